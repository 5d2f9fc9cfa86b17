package dev.belfry.demo.mcp;

import static java.util.Objects.requireNonNull;

import java.util.Set;
import java.util.regex.Pattern;

/**
 * A tool that was added while the application runs.
 *
 * @param name its name; none of the built-in tools'
 * @param description what a client is told of it
 */
record AddedTool(String name, String description) {

  static final int MAX_NAME_LENGTH = 64;
  static final int MAX_DESCRIPTION_LENGTH = 500;
  static final String NAME_RULE =
      "1 to " + MAX_NAME_LENGTH + " letters, digits, underscores and hyphens";
  static final String DESCRIPTION_RULE =
      "1 to " + MAX_DESCRIPTION_LENGTH + " characters, no control characters";

  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_-]{1," + MAX_NAME_LENGTH + "}");
  private static final Set<String> BUILT_IN =
      Set.of("remember", "recall", "whoami", "add_tool", "remove_tool");

  AddedTool {
    requireName(name);
    if (requireNonNull(description, "description").isBlank()
        || description.length() > MAX_DESCRIPTION_LENGTH
        || description.codePoints().anyMatch(AddedTool::isControlOrBroken)) {
      throw new IllegalArgumentException("description must be " + DESCRIPTION_RULE);
    }
  }

  /**
   * Returns {@code name}, or throws {@link IllegalArgumentException} if no added tool can have it.
   */
  static String requireName(String name) {
    if (!NAME.matcher(requireNonNull(name, "name")).matches()) {
      throw new IllegalArgumentException("name must be " + NAME_RULE);
    }
    if (BUILT_IN.contains(name)) {
      throw new IllegalArgumentException(name + " is a built-in tool");
    }
    return name;
  }

  private static boolean isControlOrBroken(int codePoint) {
    return Character.isISOControl(codePoint) || Character.getType(codePoint) == Character.SURROGATE;
  }
}
