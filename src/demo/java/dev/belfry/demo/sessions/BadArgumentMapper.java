package dev.belfry.demo.sessions;

import dev.belfry.demo.Problem;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.Response.Status;
import jakarta.ws.rs.ext.ExceptionMapper;
import jakarta.ws.rs.ext.Provider;

/** Makes 400 of an argument that breaks a rule of the store, which the message names. */
@Provider
public class BadArgumentMapper implements ExceptionMapper<IllegalArgumentException> {

  @Override
  public Response toResponse(IllegalArgumentException badArgument) {
    return Response.status(Status.BAD_REQUEST)
        .entity(new Problem(badArgument.getMessage()))
        .type(MediaType.APPLICATION_JSON)
        .build();
  }
}
