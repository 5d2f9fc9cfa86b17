package dev.belfry.bench.measure;

import java.time.Duration;
import java.util.Properties;

/** What is wanted differently from the usual: system properties that begin with {@code bench.}. */
public final class Options {
  private static final String PREFIX = "bench.";

  private final Properties properties;

  public Options(Properties properties) {
    this.properties = properties;
  }

  public String text(String name, String usual) {
    return properties.getProperty(PREFIX + name, usual);
  }

  /** A whole number from 1. */
  public int number(String name, int usual) {
    String value = text(name, Integer.toString(usual));
    try {
      int number = Integer.parseInt(value.strip());
      if (number > 0) {
        return number;
      }
    } catch (NumberFormatException ignored) {
      // Reported below, like a number out of range.
    }
    throw new BenchException(
        "-D%s%s=%s: must be a whole number from 1.".formatted(PREFIX, name, value));
  }

  /** A whole number of milliseconds. */
  public Duration millis(String name, int usual) {
    return Duration.ofMillis(number(name, usual));
  }
}
