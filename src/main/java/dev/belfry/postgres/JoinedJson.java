package dev.belfry.postgres;

import static java.util.stream.Collectors.joining;

import java.util.List;
import java.util.function.Function;

/**
 * JSON of many as one parameter of a statement: as an array their quotes would have to be escaped.
 */
final class JoinedJson {

  /** What they are in SQL, as {@code text[]}. */
  static final String PARAMETER = "string_to_array(?, chr(30))";

  /** No JSON has it: in strings it stands as an escape, and elsewhere it is not allowed. */
  private static final String SEPARATOR = "\u001e";

  private JoinedJson() {}

  static <T> String of(List<T> all, Function<T, String> json) {
    return all.stream().map(json).collect(joining(SEPARATOR));
  }
}
