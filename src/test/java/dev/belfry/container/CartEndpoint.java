package dev.belfry.container;

import dev.belfry.http.SessionState;
import jakarta.inject.Inject;
import jakarta.servlet.annotation.WebServlet;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.List;
import java.util.stream.Stream;

/**
 * An MCP endpoint behind the filter, with a cart in each session: {@code ?add=tea} puts something
 * into it, {@code ?clear} empties it. Answers with what is in it.
 */
@WebServlet("/mcp")
public class CartEndpoint extends HttpServlet {
  private static final long serialVersionUID = 1L;

  @Inject private transient SessionState<Cart> cart;

  /** What the application keeps in a session. */
  public record Cart(List<String> items) {
    Cart with(String item) {
      return new Cart(Stream.concat(known().stream(), Stream.of(item)).toList());
    }

    List<String> known() {
      return items == null ? List.of() : items;
    }
  }

  @Override
  protected void doPost(HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    response.setContentType("application/json");
    response.getWriter().print(answer(request));
  }

  private String answer(HttpServletRequest request) {
    if (request.getHeader("Mcp-Session-Id") == null) {
      // To initialize; there is no session yet.
      return "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"cart\":%s}}"
          .formatted(cart.get().isPresent());
    }
    String added = request.getParameter("add");
    if (added != null) {
      return text(cart.update(before -> before.with(added)).orElseThrow());
    }
    if (request.getParameter("clear") != null) {
      cart.set(new Cart(null));
    }
    return text(cart.get().orElseThrow());
  }

  private static String text(Cart cart) {
    return String.join(" ", cart.known());
  }
}
