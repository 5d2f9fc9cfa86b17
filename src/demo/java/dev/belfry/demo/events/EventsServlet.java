package dev.belfry.demo.events;

import dev.belfry.demo.Problem;
import dev.belfry.event.Broadcaster;
import dev.belfry.event.BroadcasterException;
import dev.belfry.event.EventTooLargeException;
import dev.belfry.event.ServerEvent;
import dev.belfry.sse.EventStreams;
import jakarta.inject.Inject;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;

/**
 * POST publishes the event in its body; GET streams every event that any replica publishes. A
 * servlet, because Belfry's stream is an asynchronous servlet response.
 */
public class EventsServlet extends HttpServlet {
  private static final long serialVersionUID = 1L;

  private static final Logger LOG = System.getLogger(EventsServlet.class.getName());
  private static final int MAX_BODY_BYTES = 64 * 1024;

  @Inject private transient Broadcaster broadcaster;
  @Inject private transient EventStreams streams;

  @Override
  protected void doGet(HttpServletRequest request, HttpServletResponse response)
      throws ServletException, IOException {
    streams.openPublic(request, response);
  }

  /** Answers as GET would, but opens no stream: what is inherited would hold one open. */
  @Override
  protected void doHead(HttpServletRequest request, HttpServletResponse response) {
    response.setContentType("text/event-stream");
  }

  @Override
  protected void doPost(HttpServletRequest request, HttpServletResponse response)
      throws ServletException, IOException {
    if (!SameOrigin.admits(request)) {
      new Problem("Pages of other origins may not publish")
          .send(response, HttpServletResponse.SC_FORBIDDEN);
      return;
    }
    byte[] body = request.getInputStream().readNBytes(MAX_BODY_BYTES + 1);
    if (body.length > MAX_BODY_BYTES) {
      new Problem("An event's JSON may have at most " + MAX_BODY_BYTES + " bytes")
          .send(response, HttpServletResponse.SC_REQUEST_ENTITY_TOO_LARGE);
      return;
    }
    publish(body, response);
  }

  private void publish(byte[] body, HttpServletResponse response) throws IOException {
    ServerEvent event;
    try {
      event = EventJson.read(body);
    } catch (IllegalArgumentException invalid) {
      new Problem("Not an event: " + invalid.getMessage())
          .send(response, HttpServletResponse.SC_BAD_REQUEST);
      return;
    }
    try {
      broadcaster.publish(event);
      response.setStatus(HttpServletResponse.SC_ACCEPTED);
    } catch (EventTooLargeException tooLarge) {
      new Problem(tooLarge.getMessage())
          .send(response, HttpServletResponse.SC_REQUEST_ENTITY_TOO_LARGE);
    } catch (BroadcasterException failure) {
      LOG.log(Level.DEBUG, "An event was not published", failure);
      new Problem("The event was not published; try again")
          .send(response, HttpServletResponse.SC_SERVICE_UNAVAILABLE);
    }
  }
}
