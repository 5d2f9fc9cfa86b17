package dev.belfry.demo.mcp;

import static java.util.Objects.requireNonNull;

import io.modelcontextprotocol.server.McpStatelessSyncServer;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.List;
import java.util.Set;

/** Keeps the SDK server's tools in line with the table. Thread-safe. */
final class ToolCatalog {

  private static final Logger LOG = System.getLogger(ToolCatalog.class.getName());

  private final McpStatelessSyncServer server;
  private final ToolTable table;
  private final String replica;

  /** The added tools that the server has. Written under this object's lock. */
  private volatile Set<AddedTool> installed = Set.of();

  private volatile boolean failing;

  /**
   * @param replica this replica's name, which every added tool tells
   */
  ToolCatalog(McpStatelessSyncServer server, ToolTable table, String replica) {
    this.server = requireNonNull(server, "server");
    this.table = requireNonNull(table, "table");
    this.replica = requireNonNull(replica, "replica");
  }

  /**
   * Gives the server the tools that are in the table now. Costs one query, and no lock while
   * nothing changes.
   *
   * @throws ToolTableException if the table cannot be read; logged once until it can be again
   */
  void refresh() {
    try {
      if (!table.list().equals(installed)) {
        install();
      }
      failing = false;
    } catch (ToolTableException failure) {
      if (!failing) {
        failing = true;
        LOG.log(Level.WARNING, "Tools cannot be listed: {0}", failure.getMessage());
      }
      throw failure;
    }
  }

  // Reads again under the lock: of two requests, the one that read last must install last.
  private synchronized void install() {
    Set<AddedTool> wanted = table.list();
    for (AddedTool tool : installed) {
      if (!wanted.contains(tool)) {
        server.removeTool(tool.name());
      }
    }
    for (AddedTool tool : wanted) {
      if (!installed.contains(tool)) {
        server.addTool(textTool(tool).specification());
      }
    }
    installed = Set.copyOf(wanted);
  }

  private TextTool textTool(AddedTool tool) {
    return new TextTool(
        tool.name(),
        tool.description(),
        List.of(),
        arguments -> "%s ran on replica %s".formatted(tool.name(), replica));
  }
}
