/**
 * Belfry's test kit: what a session backend has to do, as tests, and doubles for testing code that
 * uses sessions.
 *
 * <p>It is published beside Belfry:
 *
 * <pre>{@code
 * <dependency>
 *   <groupId>dev.belfry</groupId>
 *   <artifactId>belfry</artifactId>
 *   <version>…</version>
 *   <classifier>testkit</classifier>
 *   <scope>test</scope>
 * </dependency>
 * }</pre>
 *
 * <p>Such an artifact brings no dependencies along. All of it needs Belfry itself and an
 * implementation of Jakarta JSON Processing. {@link dev.belfry.testkit.SettableClock} (for {@link
 * dev.belfry.session.SessionBackend#inMemory}) and {@link dev.belfry.testkit.FaultySessionStore}
 * need nothing else. The contracts, which are made to be extended by tests of a backend of one's
 * own, need {@code org.junit.jupiter:junit-jupiter}, {@code org.assertj:assertj-core} and {@code
 * org.awaitility:awaitility}, and those with properties {@code net.jqwik:jqwik} as well. See {@link
 * dev.belfry.testkit.SessionContract} for where to begin.
 */
package dev.belfry.testkit;
