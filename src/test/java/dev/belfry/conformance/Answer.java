package dev.belfry.conformance;

import static java.nio.charset.StandardCharsets.UTF_8;

import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import jakarta.json.JsonValue;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.UncheckedIOException;

/**
 * The answer to one request: JSON, or an event stream from the first thing on that comes before the
 * result.
 */
final class Answer implements Conversation {

  private final HttpServletResponse response;
  private final ClientReplies replies;
  private boolean streaming;

  Answer(HttpServletResponse response, ClientReplies replies) {
    this.response = response;
    this.replies = replies;
  }

  @Override
  public void tell(String method, JsonObject params) {
    stream(message().add("method", method).add("params", params).build());
  }

  @Override
  public JsonObject ask(String method, JsonObject params) {
    return replies.await(
        id -> stream(message().add("id", id).add("method", method).add("params", params).build()));
  }

  void result(JsonValue id, JsonObject result) throws IOException {
    finish(message().add("id", id).add("result", result).build(), HttpServletResponse.SC_OK);
  }

  void error(JsonValue id, RpcException failure, int status) throws IOException {
    finish(message().add("id", id).add("error", failure.toJson()).build(), status);
  }

  private static JsonObjectBuilder message() {
    return Json.createObjectBuilder().add("jsonrpc", "2.0");
  }

  private void stream(JsonObject message) {
    try {
      ServletOutputStream output = response.getOutputStream();
      if (!streaming) {
        response.setContentType("text/event-stream");
        response.setCharacterEncoding("UTF-8");
        output.flush(); // Open Liberty's first flush commits the response, and sends nothing.
        streaming = true;
      }
      output.write(("data: " + message + "\n\n").getBytes(UTF_8));
      output.flush();
    } catch (IOException gone) {
      throw new UncheckedIOException(gone);
    }
  }

  private void finish(JsonObject message, int status) throws IOException {
    if (streaming) {
      stream(message);
      return;
    }
    response.setStatus(status);
    response.setContentType("application/json");
    response.getOutputStream().write(message.toString().getBytes(UTF_8));
  }
}
