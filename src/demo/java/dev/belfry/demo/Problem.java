package dev.belfry.demo;

import static java.nio.charset.StandardCharsets.UTF_8;

import jakarta.json.Json;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;

/**
 * The body of an answer that is an error.
 *
 * @param error what is wrong, for the client's developer; holds no secret and no stack trace
 */
public record Problem(String error) {

  /** After how many seconds a client may try again when the backend was unavailable. */
  public static final String RETRY_AFTER_SECONDS = "2";

  /** Answers with this problem, as JSON. */
  public void send(HttpServletResponse response, int status) throws IOException {
    if (status == HttpServletResponse.SC_SERVICE_UNAVAILABLE) {
      response.setHeader("Retry-After", RETRY_AFTER_SECONDS);
    }
    response.setStatus(status);
    response.setContentType("application/json");
    String body = Json.createObjectBuilder().add("error", error).build().toString();
    response.getOutputStream().write(body.getBytes(UTF_8));
  }
}
