package dev.belfry.container;

import dev.belfry.event.Broadcaster;
import dev.belfry.event.ServerEvent;
import dev.belfry.session.SessionStore;
import jakarta.inject.Inject;
import jakarta.json.JsonValue;
import jakarta.servlet.annotation.WebServlet;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Map;

/** Uses the injected beans as the query says, and answers with what came of it. */
@WebServlet("/beans")
public class BeansProbe extends HttpServlet {
  private static final long serialVersionUID = 1L;

  @Inject private transient SessionStore store;
  @Inject private transient Broadcaster broadcaster;
  @Inject private transient ObservedEvents observed;

  @Override
  protected void doGet(HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    Map.Entry<String, String[]> query = request.getParameterMap().entrySet().iterator().next();
    response.getWriter().print(use(query.getKey(), query.getValue()[0]));
  }

  private Object use(String operation, String argument) {
    return switch (operation) {
      case "create" -> {
        store.create(argument, "", JsonValue.EMPTY_JSON_OBJECT);
        yield "created";
      }
      case "find" -> store.find(argument).isPresent();
      case "publish" -> {
        broadcaster.publish(ServerEvent.of(argument));
        yield "published";
      }
      case "observed" -> observed.of(argument).size();
      case "state" -> broadcaster.status().state();
      default -> throw new IllegalArgumentException(operation);
    };
  }
}
