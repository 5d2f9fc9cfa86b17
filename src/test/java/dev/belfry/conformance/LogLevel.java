package dev.belfry.conformance;

import dev.belfry.http.CurrentSession;
import jakarta.json.JsonString;
import jakarta.json.JsonValue;
import java.util.Locale;
import java.util.stream.Stream;

/** How much a client wants to hear, the most talkative first. */
enum LogLevel {
  DEBUG,
  INFO,
  NOTICE,
  WARNING,
  ERROR,
  CRITICAL,
  ALERT,
  EMERGENCY,
  NOTHING;

  /** Where a session keeps it. */
  static final String STATE = "logLevel";

  private static final String META = "io.modelcontextprotocol/logLevel";

  /** What holds for a request: the session's, or what the request says where there is none. */
  static LogLevel ofRequest(Call call, CurrentSession session) {
    if (call.isStateless()) {
      return call.meta().containsKey(META) ? of(call.meta().get(META)) : NOTHING;
    }
    return session
        .session()
        .map(current -> current.state().get(STATE))
        .map(LogLevel::of)
        .orElse(INFO);
  }

  static LogLevel of(JsonValue json) {
    return Stream.of(values())
        .filter(level -> level != NOTHING)
        .filter(level -> json instanceof JsonString text && level.isCalled(text.getString()))
        .findFirst()
        .orElseThrow(() -> RpcException.invalidParams("Unknown log level"));
  }

  private boolean isCalled(String name) {
    return name().toLowerCase(Locale.ROOT).equals(name);
  }

  boolean includes(LogLevel message) {
    return message.compareTo(this) >= 0;
  }
}
