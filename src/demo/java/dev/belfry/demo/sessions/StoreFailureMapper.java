package dev.belfry.demo.sessions;

import dev.belfry.demo.Problem;
import dev.belfry.session.SessionStoreException;
import dev.belfry.session.SessionStoreUnavailableException;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.Response.Status;
import jakarta.ws.rs.ext.ExceptionMapper;
import jakarta.ws.rs.ext.Provider;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;

/** Makes 503 of a store that cannot be reached, and 500 of one that fails otherwise. */
@Provider
public class StoreFailureMapper implements ExceptionMapper<SessionStoreException> {

  private static final Logger LOG = System.getLogger(StoreFailureMapper.class.getName());

  @Override
  public Response toResponse(SessionStoreException failure) {
    if (failure instanceof SessionStoreUnavailableException) {
      LOG.log(Level.DEBUG, "The session store is unavailable", failure);
      return Response.status(Status.SERVICE_UNAVAILABLE)
          .header(HttpHeaders.RETRY_AFTER, Problem.RETRY_AFTER_SECONDS)
          .entity(new Problem("The session store is unavailable; try again"))
          .type(MediaType.APPLICATION_JSON)
          .build();
    }
    LOG.log(Level.ERROR, "The session store failed", failure);
    return Response.serverError()
        .entity(new Problem("The session store failed"))
        .type(MediaType.APPLICATION_JSON)
        .build();
  }
}
