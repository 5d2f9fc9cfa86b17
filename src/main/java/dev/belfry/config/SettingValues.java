package dev.belfry.config;

import dev.belfry.config.InvalidSettingsException.Problem;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.eclipse.microprofile.config.Config;

/**
 * The configured values of settings, each of its type. Collects those that break their rules; a
 * default stands in for them, so that the settings after them are still looked at.
 */
final class SettingValues {

  private final Config config;
  private final Set<Problem> problems = new LinkedHashSet<>();

  SettingValues(Config config) {
    this.config = config;
  }

  /**
   * Does nothing if all values that were asked for keep their rules.
   *
   * @throws InvalidSettingsException if any does not; it names them all
   */
  void requireValid() {
    if (!problems.isEmpty()) {
      throw new InvalidSettingsException(List.copyOf(problems));
    }
  }

  /** Remembers that a value breaks its setting's rule. */
  void reject(Setting setting, String value) {
    problems.add(new Problem(setting, value));
  }

  /** The value as it is configured, valid or not, without blanks around it. */
  String value(Setting setting) {
    return config
        .getOptionalValue(setting.key(), String.class)
        .map(String::strip)
        .orElse(setting.defaultValue());
  }

  String text(Setting setting, Predicate<String> rule) {
    String value = value(setting);
    if (!rule.test(value)) {
      reject(setting, value);
    }
    return value;
  }

  /** The parts of a value with commas between them; each has to keep the rule. */
  List<String> texts(Setting setting, Predicate<String> rule) {
    String value = value(setting);
    List<String> parts =
        Arrays.stream(value.split(",")).map(String::strip).filter(part -> !part.isEmpty()).toList();
    if (!parts.stream().allMatch(rule)) {
      reject(setting, value);
    }
    return parts;
  }

  Duration duration(Setting setting, Duration min, Duration max) {
    String value = value(setting);
    try {
      Duration duration = Duration.parse(value);
      if (duration.compareTo(min) >= 0 && duration.compareTo(max) <= 0) {
        return duration;
      }
    } catch (DateTimeParseException ignored) {
      // Rejected below, like a duration out of range.
    }
    reject(setting, value);
    return setting.defaultValue().isEmpty() ? min : Duration.parse(setting.defaultValue());
  }

  /** A duration, or nothing where the value is empty. */
  Optional<Duration> optionalDuration(Setting setting, Duration min, Duration max) {
    return value(setting).isEmpty() ? Optional.empty() : Optional.of(duration(setting, min, max));
  }

  int number(Setting setting, int min, int max) {
    String value = value(setting);
    try {
      int number = Integer.parseInt(value);
      if (number >= min && number <= max) {
        return number;
      }
    } catch (NumberFormatException ignored) {
      // Rejected below, like a number out of range.
    }
    reject(setting, value);
    return Integer.parseInt(setting.defaultValue());
  }

  boolean flag(Setting setting) {
    return text(setting, value -> value.equals("true") || value.equals("false")).equals("true");
  }

  <E extends Enum<E>> E choice(Setting setting, Class<E> choices) {
    String value = value(setting);
    return Arrays.stream(choices.getEnumConstants())
        .filter(choice -> spelling(choice).equals(value))
        .findFirst()
        .orElseGet(
            () -> {
              reject(setting, value);
              return choices.getEnumConstants()[0];
            });
  }

  private static String spelling(Enum<?> choice) {
    return choice.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
