/**
 * Server-sent events: one stream per client, from the observer of events to the bytes on the wire.
 *
 * <p>An event is encoded once for all streams; each stream has a bounded queue that the container's
 * executor drains. See the HTML standard, section 9.2.
 */
package dev.belfry.sse;
