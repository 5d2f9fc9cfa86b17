package dev.belfry.config;

import java.util.List;
import java.util.stream.Collectors;

/** Settings are invalid. Names all that are, each with its value and its rule. */
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
      // A value may come from anywhere: shortened, and unable to fake another line of a log.
      String shown =
          value.length() <= SHOWN_CHARACTERS ? value : value.substring(0, SHOWN_CHARACTERS) + "…";
      return "%s = '%s': must be %s"
          .formatted(setting.key(), shown.replaceAll("\\p{Cntrl}", "?"), setting.rule());
    }
  }
}
