package dev.belfry.container;

import jakarta.annotation.Resource;
import jakarta.enterprise.concurrent.ManagedExecutorService;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.annotation.WebServlet;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** An MCP endpoint that answers {@code initialize} asynchronously, or with an error. */
@WebServlet(urlPatterns = "/mcp", asyncSupported = true)
public class AsyncEndpoint extends HttpServlet {
  private static final long serialVersionUID = 1L;

  @Resource private transient ManagedExecutorService executor;

  @Override
  protected void doPost(HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    String body = new String(request.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (body.contains("refuse")) {
      response.setContentType("application/json");
      response.getWriter().print("{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":-1}}");
      return;
    }
    AsyncContext context = request.startAsync();
    executor.execute(() -> answer(context));
  }

  private static void answer(AsyncContext context) {
    try {
      context.getResponse().setContentType("application/json");
      context.getResponse().getWriter().print("{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}");
      context.getResponse().getWriter().flush();
      context.complete();
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }
}
