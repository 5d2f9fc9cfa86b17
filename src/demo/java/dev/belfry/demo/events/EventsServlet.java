package dev.belfry.demo.events;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.belfry.demo.Problem;
import dev.belfry.event.Broadcaster;
import dev.belfry.event.BroadcasterException;
import dev.belfry.event.EventId;
import dev.belfry.event.EventTooLargeException;
import dev.belfry.event.PublishOption;
import dev.belfry.event.ServerEvent;
import dev.belfry.sse.EventStreams;
import jakarta.inject.Inject;
import jakarta.json.Json;
import jakarta.json.JsonObjectBuilder;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.Optional;

/**
 * POST publishes the event in its body, and answers with the id that it got, if it got one; GET
 * streams every event that any replica publishes to everyone, and goes on after the {@code
 * Last-Event-ID} of its request. A servlet, because Belfry's stream is an asynchronous servlet
 * response.
 *
 * <p>What is posted with an {@code Idempotency-Key} is published once, however often it is posted
 * and to whichever replica; what is posted with the same {@code Coalescing-Key} within a short time
 * becomes one event.
 */
public class EventsServlet extends HttpServlet {
  private static final long serialVersionUID = 1L;

  private static final Logger LOG = System.getLogger(EventsServlet.class.getName());

  /** More than the largest event, so that Belfry's limit is the one that counts. */
  private static final int MAX_BODY_BYTES = 2 * 1024 * 1024;

  private static final String IDEMPOTENCY_KEY = "Idempotency-Key";
  private static final String COALESCING_KEY = "Coalescing-Key";

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
    byte[] body;
    try {
      body = request.getInputStream().readNBytes(MAX_BODY_BYTES + 1);
    } catch (IOException broken) {
      LOG.log(Level.DEBUG, "A body could not be read to its end", broken);
      new Problem("The body could not be read to its end")
          .send(response, HttpServletResponse.SC_BAD_REQUEST);
      return;
    }
    if (body.length > MAX_BODY_BYTES) {
      new Problem("An event's JSON may have at most " + MAX_BODY_BYTES + " bytes")
          .send(response, HttpServletResponse.SC_REQUEST_ENTITY_TOO_LARGE);
      return;
    }
    publish(body, request, response);
  }

  private void publish(byte[] body, HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    ServerEvent event;
    PublishOption option;
    try {
      event = EventJson.read(body);
      option = option(request);
    } catch (IllegalArgumentException invalid) {
      new Problem("Not an event: " + invalid.getMessage())
          .send(response, HttpServletResponse.SC_BAD_REQUEST);
      return;
    }
    try {
      accept(broadcaster.publish(event, option), response);
    } catch (IllegalArgumentException unreadable) {
      new Problem("Not an event: " + unreadable.getMessage())
          .send(response, HttpServletResponse.SC_BAD_REQUEST);
    } catch (EventTooLargeException tooLarge) {
      new Problem(tooLarge.getMessage())
          .send(response, HttpServletResponse.SC_REQUEST_ENTITY_TOO_LARGE);
    } catch (BroadcasterException failure) {
      LOG.log(Level.DEBUG, "An event was not published", failure);
      new Problem("It is not certain that the event was published; try again, with the same key")
          .send(response, HttpServletResponse.SC_SERVICE_UNAVAILABLE);
    }
  }

  private static PublishOption option(HttpServletRequest request) {
    Optional<PublishOption> idempotent =
        Optional.ofNullable(request.getHeader(IDEMPOTENCY_KEY)).map(PublishOption::idempotent);
    Optional<PublishOption> coalesced =
        Optional.ofNullable(request.getHeader(COALESCING_KEY)).map(PublishOption::coalesced);
    if (idempotent.isPresent() && coalesced.isPresent()) {
      throw new IllegalArgumentException(
          "it can have an " + IDEMPOTENCY_KEY + " or a " + COALESCING_KEY + ", not both");
    }
    return idempotent.or(() -> coalesced).orElse(PublishOption.PLAIN);
  }

  private static void accept(Optional<EventId> id, HttpServletResponse response)
      throws IOException {
    JsonObjectBuilder answer = Json.createObjectBuilder();
    id.ifPresent(place -> answer.add("id", place.toString()));
    response.setStatus(HttpServletResponse.SC_ACCEPTED);
    response.setContentType("application/json");
    response.getOutputStream().write(answer.build().toString().getBytes(UTF_8));
  }
}
