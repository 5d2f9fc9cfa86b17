package dev.belfry.cluster;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Properties;

/**
 * What the user of the demo chose. Immutable.
 *
 * @param ports where the replicas listen
 * @param database an existing database; empty: an embedded one
 * @param duration when to stop; empty: when told to
 */
record DemoOptions(
    List<Integer> ports, Optional<DatabaseAddress> database, Optional<Duration> duration) {

  static final String PORT = "demo.port";
  private static final String REPLICAS = "demo.replicas";
  private static final String JDBC_URL = "demo.jdbc-url";
  private static final String SECONDS = "demo.seconds";

  private static final int MOST_REPLICAS = 16;
  private static final int HIGHEST_PORT = 65_535;

  DemoOptions {
    ports = List.copyOf(ports);
  }

  /**
   * Reads all options.
   *
   * @throws ClusterException naming every option that is wrong, its value and its rule
   */
  static DemoOptions from(Properties properties) {
    List<String> problems = new ArrayList<>();
    int replicas = number(properties, REPLICAS, 1, MOST_REPLICAS, problems).orElse(2);
    int base = number(properties, PORT, 0, HIGHEST_PORT - replicas, problems).orElse(9080);
    Optional<DatabaseAddress> database = database(properties, problems);
    OptionalInt seconds = number(properties, SECONDS, 1, Integer.MAX_VALUE, problems);
    if (!problems.isEmpty()) {
      throw new ClusterException(String.join(System.lineSeparator(), problems));
    }
    return new DemoOptions(
        Ports.range(base + 1, replicas),
        database,
        seconds.stream().mapToObj(Duration::ofSeconds).findFirst());
  }

  private static OptionalInt number(
      Properties properties, String key, int least, int most, List<String> problems) {
    String value = properties.getProperty(key);
    if (value == null) {
      return OptionalInt.empty();
    }
    try {
      int number = Integer.parseInt(value.strip());
      if (number >= least && number <= most) {
        return OptionalInt.of(number);
      }
    } catch (NumberFormatException ignored) {
      // Reported below, like a number out of range.
    }
    problems.add(
        "-D%s=%s: must be a whole number from %d to %d.".formatted(key, value, least, most));
    return OptionalInt.empty();
  }

  private static Optional<DatabaseAddress> database(Properties properties, List<String> problems) {
    String value = properties.getProperty(JDBC_URL);
    if (value == null) {
      return Optional.empty();
    }
    Optional<DatabaseAddress> address = DatabaseAddress.parse(value.strip());
    if (address.isEmpty()) {
      // The value stays unsaid: it may have a password anywhere.
      problems.add(
          "-D%s: must be like jdbc:postgresql://HOST:PORT/DATABASE?user=USER&password=PASSWORD."
              .formatted(JDBC_URL));
    }
    return address;
  }
}
