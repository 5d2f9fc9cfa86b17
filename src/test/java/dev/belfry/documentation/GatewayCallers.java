package dev.belfry.documentation;

import dev.belfry.http.Caller;
import dev.belfry.http.Callers;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Alternative;
import jakarta.interceptor.Interceptor;
import jakarta.servlet.http.HttpServletRequest;
import java.util.Optional;

/** The example of callers that a gateway has authenticated, of the page on HTTP. */
@Alternative
@Priority(Interceptor.Priority.APPLICATION)
@ApplicationScoped
public class GatewayCallers implements Callers {
  @Override
  public Caller of(HttpServletRequest request) {
    String user = request.getHeader("X-Authenticated-User"); // The gateway lets nobody else set it.
    return user == null ? Caller.ANONYMOUS : new Caller(user, Optional.empty());
  }
}
