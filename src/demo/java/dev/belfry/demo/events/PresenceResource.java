package dev.belfry.demo.events;

import dev.belfry.demo.Problem;
import dev.belfry.event.BroadcasterException;
import dev.belfry.event.Presence;
import jakarta.enterprise.context.RequestScoped;
import jakarta.inject.Inject;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.Response.Status;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;

/** How many replicas there are, and how many streams they have open together. */
@Path("/presence")
@RequestScoped
@Produces(MediaType.APPLICATION_JSON)
public class PresenceResource {

  private static final Logger LOG = System.getLogger(PresenceResource.class.getName());

  @Inject private Presence presence;

  /** Answers like {@code {"replicas":2,"streams":17}}; 503 if nobody can say. */
  @GET
  public Response count() {
    try {
      return Response.ok(presence.count()).build();
    } catch (BroadcasterException failure) {
      LOG.log(Level.DEBUG, "Nobody could be counted", failure);
      return Response.status(Status.SERVICE_UNAVAILABLE)
          .header(HttpHeaders.RETRY_AFTER, Problem.RETRY_AFTER_SECONDS)
          .entity(new Problem("It is not known who is there; try again"))
          .build();
    }
  }
}
