package dev.belfry.documentation;

import dev.belfry.http.CurrentSession;
import dev.belfry.http.Negotiated;
import dev.belfry.session.Session;
import jakarta.inject.Inject;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Optional;

/** The example of a servlet behind the filter, of the page on HTTP. */
class CurrentSessionExample extends HttpServlet {
  private static final long serialVersionUID = 1L;

  @Inject private transient CurrentSession current;

  @Override
  protected void doPost(HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    Optional<Session> session = current.session();
    Optional<Negotiated> negotiated = current.negotiated();
    response.getWriter().println(session.map(Session::state));
    response.getWriter().println(negotiated.map(Negotiated::protocolVersion));
  }
}
