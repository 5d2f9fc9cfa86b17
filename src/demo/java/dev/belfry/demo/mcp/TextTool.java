package dev.belfry.demo.mcp;

import dev.belfry.event.BroadcasterException;
import dev.belfry.session.SessionStoreException;
import io.modelcontextprotocol.server.McpStatelessServerFeatures.SyncToolSpecification;
import io.modelcontextprotocol.spec.McpSchema.CallToolRequest;
import io.modelcontextprotocol.spec.McpSchema.CallToolResult;
import io.modelcontextprotocol.spec.McpSchema.Tool;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * A tool that takes texts and answers with a text.
 *
 * <p>What it throws becomes a tool error, which the model can read: a refusal or a bad argument
 * with its message, a failing backend without details.
 *
 * @param answer runs on the request's thread
 */
record TextTool(
    String name,
    String description,
    List<Parameter> parameters,
    Function<Arguments, String> answer) {

  private static final Logger LOG = System.getLogger(TextTool.class.getName());

  /** A required argument; the limit is in characters. */
  record Parameter(String name, String description, int maxLength) {}

  /** The arguments of one call. The SDK has checked them against the schema: all are there. */
  record Arguments(Map<String, Object> values) {

    String text(String name) {
      return (String) values.get(name);
    }
  }

  SyncToolSpecification specification() {
    Tool tool = Tool.builder(name, schema()).description(description).build();
    return SyncToolSpecification.builder()
        .tool(tool)
        .callHandler((context, request) -> call(request))
        .build();
  }

  private Map<String, Object> schema() {
    Map<String, Object> properties = new LinkedHashMap<>();
    for (Parameter parameter : parameters) {
      properties.put(
          parameter.name(),
          Map.of(
              "type", "string",
              "description", parameter.description(),
              "maxLength", parameter.maxLength()));
    }
    return Map.of(
        "type",
        "object",
        "properties",
        properties,
        "required",
        parameters.stream().map(Parameter::name).toList(),
        "additionalProperties",
        false);
  }

  // Boundary to the SDK, which would answer with the message of whatever is thrown.
  private CallToolResult call(CallToolRequest request) {
    try {
      return result(answer.apply(new Arguments(request.arguments())), false);
    } catch (ToolRefusedException | IllegalArgumentException refused) {
      LOG.log(Level.DEBUG, "Tool " + name + " refused a call", refused);
      return result(refused.getMessage(), true);
    } catch (SessionStoreException | BroadcasterException | ToolTableException failure) {
      LOG.log(Level.DEBUG, "Tool " + name + " could not reach its backend", failure);
      return result("The backend failed; try again later", true);
    } catch (RuntimeException failure) {
      LOG.log(Level.ERROR, "Tool " + name + " failed", failure);
      return result("The tool failed", true);
    }
  }

  private static CallToolResult result(String text, boolean isError) {
    return CallToolResult.builder().addTextContent(text).isError(isError).build();
  }
}
