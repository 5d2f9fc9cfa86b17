package dev.belfry.config;

import java.util.List;
import java.util.stream.Collectors;

/** Settings are invalid. Names all that are, each with its rule and, unless secret, its value. */
public class InvalidSettingsException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  InvalidSettingsException(List<Problem> problems) {
    super(
        problems.stream()
            .map(Problem::toString)
            .collect(Collectors.joining("\n  ", "Belfry's settings are invalid:\n  ", "")));
  }

  /** One setting's value that breaks its rule. */
  record Problem(Setting setting, String value) {

    private static final int SHOWN_CHARACTERS = 100;

    @Override
    public String toString() {
      return "%s = %s: must be %s".formatted(setting.key(), shownValue(), setting.rule());
    }

    // A value may come from anywhere: shortened, and unable to fake another line of a log.
    private String shownValue() {
      if (setting.isSecret()) {
        return "(not shown)";
      }
      String shown =
          value.length() <= SHOWN_CHARACTERS ? value : value.substring(0, SHOWN_CHARACTERS) + "…";
      return "'" + shown.replaceAll("\\p{Cntrl}", "?") + "'";
    }
  }
}
