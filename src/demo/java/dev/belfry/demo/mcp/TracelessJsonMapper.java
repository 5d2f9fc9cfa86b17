package dev.belfry.demo.mcp;

import io.modelcontextprotocol.json.McpJsonMapper;
import io.modelcontextprotocol.json.TypeRef;
import io.modelcontextprotocol.spec.McpError;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Writes an error as JSON-RPC's error object. SDK 2.1.0 answers a malformed request with the
 * exception itself, stack trace included.
 */
record TracelessJsonMapper(McpJsonMapper mapper) implements McpJsonMapper {

  @Override
  public String writeValueAsString(Object value) throws IOException {
    return mapper.writeValueAsString(withoutTrace(value));
  }

  @Override
  public byte[] writeValueAsBytes(Object value) throws IOException {
    return mapper.writeValueAsBytes(withoutTrace(value));
  }

  private static Object withoutTrace(Object value) {
    if (!(value instanceof McpError error)) {
      return value;
    }
    Map<String, Object> response = new LinkedHashMap<>();
    response.put("jsonrpc", "2.0");
    response.put("id", null); // As JSON-RPC says for a request whose id is not known.
    response.put("error", error.getJsonRpcError());
    return response;
  }

  @Override
  public <T> T readValue(String content, Class<T> type) throws IOException {
    return mapper.readValue(content, type);
  }

  @Override
  public <T> T readValue(byte[] content, Class<T> type) throws IOException {
    return mapper.readValue(content, type);
  }

  @Override
  public <T> T readValue(String content, TypeRef<T> type) throws IOException {
    return mapper.readValue(content, type);
  }

  @Override
  public <T> T readValue(byte[] content, TypeRef<T> type) throws IOException {
    return mapper.readValue(content, type);
  }

  @Override
  public <T> T convertValue(Object value, Class<T> type) {
    return mapper.convertValue(value, type);
  }

  @Override
  public <T> T convertValue(Object value, TypeRef<T> type) {
    return mapper.convertValue(value, type);
  }
}
