package dev.belfry.container;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.belfry.http.CurrentSession;
import dev.belfry.http.Negotiated;
import jakarta.inject.Inject;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.annotation.WebServlet;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * An MCP endpoint behind the filter that answers {@code initialize} with a result, and else with
 * the body that it was sent. {@code ?listener} has it read the body without blocking; {@code
 * ?stream} has it answer in two parts, the second when somebody asks it to with {@code ?finish};
 * {@code ?client} has it tell what it knows of the client.
 */
@WebServlet(urlPatterns = "/mcp", asyncSupported = true)
public class FilteredEndpoint extends HttpServlet {
  private static final long serialVersionUID = 1L;

  private static final CountDownLatch FINISH = new CountDownLatch(1);

  @Inject private transient CurrentSession current;

  @Override
  protected void doGet(HttpServletRequest request, HttpServletResponse response) {
    FINISH.countDown();
  }

  @Override
  protected void doPost(HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    response.setContentType("application/json;charset=UTF-8");
    if ("listener".equals(request.getQueryString())) {
      echoWithoutBlocking(request);
      return;
    }
    String body = new String(request.getInputStream().readAllBytes(), UTF_8);
    if ("stream".equals(request.getQueryString())) {
      stream(response);
    } else if ("client".equals(request.getQueryString())) {
      response.getWriter().print(current.negotiated().map(Negotiated::clientInfo).orElseThrow());
    } else if (body.contains("\"initialize\"")) {
      response
          .getWriter()
          .print("{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"protocolVersion\":\"2025-11-25\"}}");
    } else {
      response.getWriter().print(body);
    }
  }

  private static void stream(HttpServletResponse response) throws IOException {
    response.getWriter().println("first");
    response.flushBuffer();
    try {
      response.getWriter().println(FINISH.await(30, TimeUnit.SECONDS) ? "second" : "too late");
    } catch (InterruptedException interruption) {
      Thread.currentThread().interrupt();
    }
  }

  private static void echoWithoutBlocking(HttpServletRequest request) throws IOException {
    AsyncContext context = request.startAsync();
    ServletInputStream input = context.getRequest().getInputStream();
    input.setReadListener(
        new ReadListener() {
          @Override
          public void onDataAvailable() throws IOException {
            while (input.isReady() && !input.isFinished()) {
              context.getResponse().getWriter().write(input.read());
            }
          }

          @Override
          public void onAllDataRead() {
            context.complete();
          }

          @Override
          public void onError(Throwable failure) {
            context.complete();
          }
        });
  }
}
