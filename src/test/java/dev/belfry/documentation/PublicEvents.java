package dev.belfry.documentation;

import dev.belfry.sse.EventStreams;
import jakarta.inject.Inject;
import jakarta.servlet.annotation.WebServlet;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;

/** The example of a public stream, of the page on HTTP. */
@WebServlet(urlPatterns = "/events", asyncSupported = true)
public class PublicEvents extends HttpServlet {
  private static final long serialVersionUID = 1L;

  @Inject private transient EventStreams streams;

  @Override
  protected void doGet(HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    streams.openPublic(request, response);
  }
}
