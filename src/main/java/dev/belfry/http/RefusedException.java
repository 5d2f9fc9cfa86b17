package dev.belfry.http;

import static java.util.Objects.requireNonNull;

import jakarta.json.JsonObject;
import jakarta.json.JsonValue;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Optional;

/**
 * A request is not passed on; this is the answer. Being checked, it cannot come from the
 * application, whose own exceptions are none of the filter's business.
 */
final class RefusedException extends Exception {
  private static final long serialVersionUID = 1L;

  private final Refusal refusal;
  private final transient Optional<JsonValue> id;
  private final transient JsonObject data;

  /** A refusal of a request whose message has not been read. */
  RefusedException(Refusal refusal) {
    this(refusal, Optional.empty());
  }

  /**
   * @param id of the JSON-RPC request; empty if it has none or is not known
   */
  RefusedException(Refusal refusal, Optional<JsonValue> id) {
    this(refusal, id, JsonValue.EMPTY_JSON_OBJECT);
  }

  /**
   * @param data what else the client is told
   */
  RefusedException(Refusal refusal, Optional<JsonValue> id, JsonObject data) {
    // Neither cause nor stack trace: nothing has failed.
    super(refusal.name(), null, false, false);
    this.refusal = refusal;
    this.id = requireNonNull(id, "id");
    this.data = requireNonNull(data, "data");
  }

  Refusal refusal() {
    return refusal;
  }

  void write(HttpServletResponse response) throws IOException {
    refusal.write(response, id, data);
  }
}
