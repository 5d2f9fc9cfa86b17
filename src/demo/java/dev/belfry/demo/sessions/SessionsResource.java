package dev.belfry.demo.sessions;

import dev.belfry.session.SessionPage;
import dev.belfry.session.SessionQueries;
import dev.belfry.session.SessionQuery;
import dev.belfry.session.SessionStore;
import jakarta.enterprise.context.RequestScoped;
import jakarta.inject.Inject;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.DefaultValue;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.NotFoundException;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;

/**
 * All sessions of all owners. There is no access control: the demo is bound to the loopback
 * interface. An application would not show the ids, which are as good as a password for an
 * anonymous session.
 */
@Path("/sessions")
@RequestScoped
@Produces(MediaType.APPLICATION_JSON)
public class SessionsResource {

  @Inject private SessionStore sessions;
  @Inject private SessionQueries queries;

  /**
   * Lists live sessions, page by page.
   *
   * @param after the {@code next} of the page before; empty for the first page
   * @param limit how many at most, from 1 to 1000
   */
  @GET
  public SessionListing list(
      @QueryParam("after") @DefaultValue("") String after,
      @QueryParam("limit") @DefaultValue("50") String limit) {
    if (after.indexOf('\0') >= 0) {
      throw new IllegalArgumentException("after must not hold the character U+0000");
    }
    return SessionListing.of(
        queries.list(SessionQuery.all(), new SessionPage.Request(after, number(limit))));
  }

  /** Deletes a session, which ends it on every replica; 404 if there is none. */
  @DELETE
  @Path("/{id}")
  public void delete(@PathParam("id") String id) {
    if (!sessions.delete(id)) {
      throw new NotFoundException();
    }
  }

  // An int parameter would make a 404 of what is no number.
  private static int number(String limit) {
    try {
      return Integer.parseInt(limit);
    } catch (NumberFormatException notANumber) {
      throw new IllegalArgumentException("limit must be a whole number", notANumber);
    }
  }
}
