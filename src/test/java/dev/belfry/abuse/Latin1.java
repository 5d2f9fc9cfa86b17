package dev.belfry.abuse;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

/** What goes over the wire as text in which every character is one byte. */
final class Latin1 {

  /** Longer ones are cut where they are shown. */
  private static final int SHOWN = 1_500;

  private Latin1() {}

  static byte[] bytes(String wire) {
    return wire.getBytes(ISO_8859_1);
  }

  static String wire(byte[] bytes) {
    return new String(bytes, ISO_8859_1);
  }

  /** The bytes that a text has in UTF-8. */
  static String utf8(String text) {
    return wire(text.getBytes(UTF_8));
  }

  /** In a form that can be printed and read back. */
  static String shown(String wire) {
    StringBuilder text = new StringBuilder();
    wire.chars()
        .limit(SHOWN)
        .forEach(
            character -> {
              if (character == '\r') {
                text.append("\\r");
              } else if (character == '\n') {
                text.append("\\n\n");
              } else if (character < ' ' || character > '~') {
                text.append("\\x%02x".formatted(character));
              } else {
                text.append((char) character);
              }
            });
    if (wire.length() > SHOWN) {
      text.append("… (").append(wire.length()).append(" bytes)");
    }
    return text.toString();
  }
}
