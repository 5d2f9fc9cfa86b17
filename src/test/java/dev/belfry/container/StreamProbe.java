package dev.belfry.container;

import dev.belfry.sse.EventStreams;
import jakarta.inject.Inject;
import jakarta.servlet.annotation.WebServlet;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;

/** A public stream, as an application offers one; and how many streams there are. */
@WebServlet(urlPatterns = "/stream", asyncSupported = true)
public class StreamProbe extends HttpServlet {
  private static final long serialVersionUID = 1L;

  @Inject private transient EventStreams streams;

  @Override
  protected void doGet(HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    if (request.getParameter("count") != null) {
      response.getWriter().print(streams.count());
    } else {
      streams.openPublic(request, response);
    }
  }
}
