package dev.belfry.abuse;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Spoils JSON, in its values, its structure or its bytes. */
record JsonMutations(Dice dice, String marker) {

  private static final Pattern TOKEN =
      Pattern.compile("\"(?:[^\"\\\\]++|\\\\.)*+\"|-?\\d+(?:\\.\\d+)?|true|false|null|\\{}|\\[]");

  private static final int DEEP = 100_000;

  /** Applies a few of them. */
  String spoil(String json) {
    String spoilt = json;
    for (int count = dice.below(4); count > 0; count--) {
      spoilt = dice.oneIn(4) ? bytes(spoilt) : token(spoilt);
    }
    return spoilt;
  }

  /** Puts something else in the place of a name or a value. */
  private String token(String json) {
    Matcher matcher = TOKEN.matcher(json.substring(0, Math.min(json.length(), 5_000)));
    List<MatchResult> tokens = new ArrayList<>();
    while (matcher.find()) {
      tokens.add(matcher.toMatchResult());
    }
    if (tokens.isEmpty()) {
      return value();
    }
    MatchResult token = dice.pick(tokens);
    String old = token.group();
    String replacement =
        switch (dice.below(8)) {
          case 0 -> old + "," + old;
          case 1 -> old + ":" + value() + "," + old;
          case 2 -> "[" + old + "]";
          default -> value();
        };
    return json.substring(0, token.start()) + replacement + json.substring(token.end());
  }

  private String value() {
    return switch (dice.below(7)) {
      case 0 -> dice.pick("null", "true", "[]", "{}", "\"\"", "{\"__proto__\":{\"a\":1}}");
      case 1 -> dice.pick("0", "-0", "-1", "1.5", "2147483648", "9223372036854775808", "1e-400");
      case 2 -> dice.pick("1e999999", "-1e999999", "1E+2147483647", "1" + "0".repeat(400));
      case 3 -> dice.pick("NaN", "01", "1e", "'x'", "\"", "\\", "/* */", "\"\\x\"", "\ufeff1");
      case 4 -> string();
      case 5 -> nested();
      default -> "\"" + marker + "\"";
    };
  }

  private String string() {
    return dice.pick(
        "\"\\u0000\"",
        "\"a\u0000b\"",
        "\"\\ud800\"",
        "\"\\udfff\\ud800\"",
        "\"\u00ed\u00a0\u0080\"", // The bytes of a lone surrogate.
        "\"\u00ff\u00fe\u00c0\u0080\"",
        "\"\\r\\n" + ServerTraces.FORGED_LINE + marker + "\\r\\nX-Injected: " + marker + "\"",
        "\"" + marker + "x".repeat(70_000) + "\"",
        "\"{0} %s%n ${replica.name} #{1+1} " + marker + "\"",
        "\"2026-07-28\"",
        "\"initialize\"",
        "\"subscriptions/listen\"",
        "\"" + Latin1.utf8("\u00fc\ud83d\ude00\u2028") + "\"");
  }

  private String nested() {
    int depth = dice.pick(2, 600, DEEP);
    return switch (dice.below(3)) {
      case 0 -> "[".repeat(depth) + "]".repeat(depth);
      case 1 -> "{\"a\":".repeat(depth) + "1" + "}".repeat(depth);
      default -> "[".repeat(depth);
    };
  }

  private String bytes(String json) {
    int place = dice.below(json.length() + 1);
    String before = json.substring(0, place);
    String after = json.substring(place);
    return switch (dice.below(8)) {
      case 0 -> before;
      case 1 -> before + (char) dice.below(256) + after;
      case 2 -> before + "\u0000" + after;
      case 3 -> before + "\u00c3(" + after;
      case 4 -> "\u00ef\u00bb\u00bf" + json;
      case 5 ->
          json + dice.pick(json, "\n" + json, " x", "\u0000", "\r\n\r\nGET / HTTP/1.1\r\n\r\n");
      case 6 -> "[" + json + "," + json + "]";
      default -> "\u0000" + String.join("\u0000", json.split("")); // UTF-16
    };
  }
}
