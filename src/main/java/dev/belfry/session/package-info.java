/**
 * What a session is, who may use it, and where sessions are kept.
 *
 * <p>{@link dev.belfry.session.SessionStore} is the contract; {@link
 * dev.belfry.session.MemorySessionStore} keeps it within one process. Plain Java: no Jakarta EE API
 * but {@code jakarta.json}.
 */
package dev.belfry.session;
