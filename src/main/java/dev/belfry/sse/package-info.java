/**
 * Server-sent events: one stream per client, from the observer of events to the bytes on the wire.
 *
 * <p>An event is encoded once for all streams. Each stream has an {@link dev.belfry.sse.Feed},
 * bounded, that knows which place in the log its client has come to, and that the container's
 * executor drains. A client that comes back with an id is given what it missed from {@link
 * dev.belfry.sse.RecentFrames}, or by the {@link dev.belfry.sse.LogReader}. See the HTML standard,
 * section 9.2.
 */
package dev.belfry.sse;
