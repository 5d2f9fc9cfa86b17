package dev.belfry.demo.mcp;

import dev.belfry.demo.mcp.TextTool.Arguments;
import dev.belfry.demo.mcp.TextTool.Parameter;
import dev.belfry.event.Broadcaster;
import dev.belfry.event.BroadcasterException;
import dev.belfry.event.PublishOption;
import dev.belfry.event.ServerEvent;
import io.modelcontextprotocol.server.McpStatelessServerFeatures.SyncToolSpecification;
import java.util.List;

/** Tools that change the tool list, on all replicas, and tell the clients of all replicas. */
record TableTools(ToolTable table, Broadcaster broadcaster) {

  private static final int MAX_TOOLS = 100;

  private static final ServerEvent TABLE_CHANGED =
      ServerEvent.of("changed").onTopic(ToolReload.TOPIC);
  private static final ServerEvent LIST_CHANGED =
      ServerEvent.of("notifications/tools/list_changed");

  /** Clients hear once of many changes at a time, from whichever replicas. */
  private static final PublishOption ONCE = PublishOption.coalesced("tools");

  private static final Parameter NAME =
      new Parameter("name", AddedTool.NAME_RULE, AddedTool.MAX_NAME_LENGTH);

  List<SyncToolSpecification> all() {
    return List.of(
        new TextTool(
                "add_tool",
                "Adds a tool on all replicas; it answers with a fixed sentence",
                List.of(
                    NAME,
                    new Parameter(
                        "description",
                        AddedTool.DESCRIPTION_RULE,
                        AddedTool.MAX_DESCRIPTION_LENGTH)),
                this::add)
            .specification(),
        new TextTool(
                "remove_tool",
                "Removes a tool that add_tool added, from all replicas",
                List.of(NAME),
                this::remove)
            .specification());
  }

  private String add(Arguments arguments) {
    AddedTool tool = new AddedTool(arguments.text("name"), arguments.text("description"));
    if (!table.add(tool, MAX_TOOLS)) {
      throw new ToolRefusedException(
          "There is a tool %s already, or there are %d added tools, the most there may be"
              .formatted(tool.name(), MAX_TOOLS));
    }
    return told("Added " + tool.name());
  }

  private String remove(Arguments arguments) {
    String name = AddedTool.requireName(arguments.text("name"));
    if (!table.remove(name)) {
      throw new ToolRefusedException("No tool " + name + " was added");
    }
    return told("Removed " + name);
  }

  // The change is in the table already: what fails here is only the news of it.
  private String told(String done) {
    try {
      broadcaster.publish(TABLE_CHANGED);
      broadcaster.publish(LIST_CHANGED, ONCE);
    } catch (BroadcasterException failure) {
      throw new ToolRefusedException(done + ", but the clients could not be told", failure);
    }
    return done;
  }
}
