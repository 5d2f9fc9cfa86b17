package dev.belfry.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import jakarta.json.JsonString;
import jakarta.servlet.http.HttpServletRequest;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * What a message of revision 2026-07-28 and its headers have to keep: a proxy that acts by the
 * headers and the application that acts by the body must see the same request.
 *
 * @see <a
 *     href="https://modelcontextprotocol.io/specification/2026-07-28/basic/transports/streamable-http">MCP
 *     specification, revision 2026-07-28, Streamable HTTP, Request Metadata</a>
 */
final class StatelessRules {

  private static final String METHOD = "Mcp-Method";
  private static final String NAME = "Mcp-Name";

  /** The parameter that {@code Mcp-Name} repeats, by method. */
  private static final Map<String, String> NAMED =
      Map.of("tools/call", "name", "prompts/get", "name", "resources/read", "uri");

  /** What a header's value consists of; everything else has to be encoded. */
  private static final Pattern PRINTABLE = Pattern.compile("[\\t -~]*");

  private static final String ENCODED_BEGIN = "=?base64?";
  private static final String ENCODED_END = "?=";

  private StatelessRules() {}

  /** The first rule that is broken; empty if all are kept. */
  static Optional<Refusal> broken(JsonRpcMessage message, HttpServletRequest request) {
    if (message.id().isEmpty()) {
      // The specification leaves open what a notification has to have; but nothing may differ.
      return contradicts(message, request)
          ? Optional.of(Refusal.HEADER_MISMATCH)
          : Optional.empty();
    }
    if (!message.meta().isComplete()) {
      return Optional.of(Refusal.META_INVALID);
    }
    if (contradicts(message, request)
        || Headers.value(request, ProtocolVersions.HEADER).isEmpty()
        || Headers.value(request, METHOD).isEmpty()) {
      return Optional.of(Refusal.HEADER_MISMATCH);
    }
    return Optional.ofNullable(NAMED.get(message.method()))
        .flatMap(parameter -> nameBroken(message, parameter, request));
  }

  /** Whether the headers that are there say something else than the message. */
  static boolean contradicts(JsonRpcMessage message, HttpServletRequest request) {
    return contradictsVersion(message, request)
        || Headers.value(request, METHOD)
            .filter(method -> !method.equals(message.method()))
            .isPresent();
  }

  /** Whether the header says something else than the message about the revision. */
  static boolean contradictsVersion(JsonRpcMessage message, HttpServletRequest request) {
    Optional<String> version = message.meta().protocolVersion();
    return version.isPresent() && !version.equals(Headers.value(request, ProtocolVersions.HEADER));
  }

  private static Optional<Refusal> nameBroken(
      JsonRpcMessage message, String parameter, HttpServletRequest request) {
    if (!(message.params().get(parameter) instanceof JsonString name)) {
      return Optional.of(Refusal.PARAMS_INVALID);
    }
    return Headers.value(request, NAME)
            .flatMap(StatelessRules::decoded)
            .filter(name.getString()::equals)
            .isPresent()
        ? Optional.empty()
        : Optional.of(Refusal.HEADER_MISMATCH);
  }

  /** What a header's value stands for; empty if it is malformed. */
  private static Optional<String> decoded(String value) {
    if (!PRINTABLE.matcher(value).matches()) {
      return Optional.empty();
    }
    boolean encoded =
        value.length() >= ENCODED_BEGIN.length() + ENCODED_END.length()
            && value.startsWith(ENCODED_BEGIN)
            && value.endsWith(ENCODED_END);
    return encoded
        ? base64(value.substring(ENCODED_BEGIN.length(), value.length() - ENCODED_END.length()))
        : Optional.of(value);
  }

  private static Optional<String> base64(String text) {
    if (text.length() % 4 != 0) {
      return Optional.empty(); // Java's decoder would do without the padding.
    }
    try {
      ByteBuffer bytes = ByteBuffer.wrap(Base64.getDecoder().decode(text));
      return Optional.of(UTF_8.newDecoder().decode(bytes).toString());
    } catch (IllegalArgumentException | CharacterCodingException ignored) {
      return Optional.empty(); // Malformed, as the caller is told.
    }
  }
}
