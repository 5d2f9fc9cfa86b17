package dev.belfry.container;

import jakarta.inject.Inject;
import jakarta.servlet.annotation.WebServlet;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;

/** Tells how the timer used the application's own store. */
@WebServlet("/cleanups")
public class CleanupProbe extends HttpServlet {
  private static final long serialVersionUID = 1L;

  @Inject private transient ReplacedStore store;

  @Override
  protected void doGet(HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    response
        .getWriter()
        .print(
            request.getParameter("most") == null ? store.cleanups() : store.mostCleanupsAtOnce());
  }
}
