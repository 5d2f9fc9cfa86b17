package dev.belfry.demo.events;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.sse.Sse;
import jakarta.ws.rs.sse.SseEventSink;

/**
 * An application's own stream, made with the standard API: a resource that takes an {@link
 * SseEventSink}, and a bean that observes Belfry's events, {@link EventSinks}.
 *
 * <p>What it costs, compared to Belfry's stream ({@link EventsServlet}):
 *
 * <ul>
 *   <li>Every event is encoded and written again for every client, one write per event. Belfry
 *       encodes once and writes all that is waiting at a time, which carried ten times as many
 *       frames.
 *   <li>A client that does not read blocks a thread of the executor until the server's write
 *       timeout.
 *   <li>A client that has left is noticed on the second write after that: without events, not at
 *       all.
 *   <li>Nothing is resumed, so a client that reconnects has missed what happened in between, and is
 *       not told so.
 *   <li>Whom an event is for is this application's to decide: it sends only what is for everyone.
 * </ul>
 *
 * <p>What it gives is freedom: any path, any selection, any form of the data.
 */
// Not request scoped: Liberty leaves the context of an asynchronous request with its thread, and
// with
// it, after an undeployment, the application's class loader.
@Path("/sink")
@ApplicationScoped
public class SinkResource {

  @Inject private EventSinks sinks;

  /** Streams every event from now on; a first comment says that "now" has begun. */
  @GET
  @Produces(MediaType.SERVER_SENT_EVENTS)
  public void open(@Context SseEventSink sink, @Context Sse sse) {
    sinks.add(sink, sse);
  }
}
