package dev.belfry.demo.mcp;

import dev.belfry.demo.Problem;
import dev.belfry.event.Broadcaster;
import dev.belfry.http.CurrentSession;
import dev.belfry.session.SessionStore;
import io.modelcontextprotocol.json.McpJsonDefaults;
import io.modelcontextprotocol.json.McpJsonMapper;
import io.modelcontextprotocol.server.McpServer;
import io.modelcontextprotocol.server.McpStatelessServerFeatures.SyncToolSpecification;
import io.modelcontextprotocol.server.McpStatelessSyncServer;
import io.modelcontextprotocol.server.transport.HttpServletStatelessServerTransport;
import io.modelcontextprotocol.spec.McpSchema.Implementation;
import io.modelcontextprotocol.spec.McpSchema.ServerCapabilities;
import jakarta.annotation.Resource;
import jakarta.inject.Inject;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.List;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/**
 * The MCP endpoint: the SDK's own servlet, given the tools that the shared table holds at the time
 * of each request. A client that was told of a change therefore never sees the list of before,
 * whichever replica it asks. {@link ToolReload} only makes it likely that there is nothing left to
 * do by then.
 *
 * <p>Tools run on the request's thread, where {@link CurrentSession} is the caller's.
 */
public class McpServlet extends HttpServlet {
  private static final long serialVersionUID = 1L;

  private static final int MAX_REQUEST_BYTES = 1024 * 1024;
  private static final Implementation IDENTITY = Implementation.builder("belfry-demo", "1").build();
  private static final ServerCapabilities CAPABILITIES =
      ServerCapabilities.builder().tools(true).build();

  @Inject private transient SessionStore sessions;
  @Inject private transient CurrentSession currentSession;
  @Inject private transient Broadcaster broadcaster;
  @Inject private transient ToolReload reload;

  @Resource(lookup = "jdbc/belfry")
  private transient DataSource dataSource;

  @Inject
  @ConfigProperty(name = "replica.name", defaultValue = "?")
  private String replica;

  private transient HttpServletStatelessServerTransport transport;
  private transient McpStatelessSyncServer server;
  private transient ToolCatalog catalog;

  @Override
  public void init() throws ServletException {
    McpJsonMapper json = new TracelessJsonMapper(McpJsonDefaults.getMapper());
    transport =
        HttpServletStatelessServerTransport.builder()
            .jsonMapper(json)
            .maxRequestSize(MAX_REQUEST_BYTES)
            .build();
    transport.init(getServletConfig());
    ToolTable table = new ToolTable(dataSource);
    server =
        McpServer.sync(
                new TolerantTransport(
                    transport,
                    handler -> new StatelessRevision(handler, json, IDENTITY, CAPABILITIES)))
            .jsonMapper(json)
            .serverInfo(IDENTITY)
            .instructions("Sessions and tools are the same on every replica.")
            .capabilities(CAPABILITIES)
            .tools(builtInTools(table))
            .immediateExecution(true)
            .build();
    catalog = new ToolCatalog(server, table, replica);
    reload.use(this::reload);
  }

  private void reload() {
    try {
      catalog.refresh();
    } catch (ToolTableException ignored) {
      // Logged already; whoever asks next has it read again.
    }
  }

  private List<SyncToolSpecification> builtInTools(ToolTable table) {
    return Stream.concat(
            new SessionTools(sessions, currentSession, replica).all().stream(),
            new TableTools(table, broadcaster).all().stream())
        .toList();
  }

  @Override
  protected void service(HttpServletRequest request, HttpServletResponse response)
      throws ServletException, IOException {
    if (request.getMethod().equals("POST")) {
      try {
        catalog.refresh();
      } catch (ToolTableException unavailable) {
        new Problem("The list of tools cannot be read just now; try again")
            .send(response, HttpServletResponse.SC_SERVICE_UNAVAILABLE);
        return;
      }
    }
    transport.service(request, response);
  }

  @Override
  public void destroy() {
    server.close();
    transport.destroy();
  }
}
