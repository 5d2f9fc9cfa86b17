package dev.belfry.bench.session;

import com.zaxxer.hikari.HikariDataSource;
import dev.belfry.bench.measure.BenchDatabase;
import dev.belfry.bench.measure.BenchException;
import dev.belfry.bench.measure.Figure;
import dev.belfry.bench.measure.Goal;
import dev.belfry.bench.measure.Latencies;
import dev.belfry.bench.measure.Options;
import dev.belfry.bench.measure.Part;
import dev.belfry.bench.measure.Rounds;
import dev.belfry.session.SessionStore;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.sql.DataSource;

/** How long it takes to remove what has expired, and what those notice who use the table. */
public final class CleanupPart extends Part {
  private static final int CONNECTIONS = 8;

  /** The longest that a transaction may take. */
  private static final double SHORT = 50;

  private static final String BELFRY = "Belfry";
  private static final String SILENT = "Belfry, unannounced";
  private static final String PLAIN = "one plain DELETE";

  private final Path work;
  private final Rounds rounds;
  private final Duration round;
  private final int rows;

  /** What is found out besides, by its name: of each round. */
  private final Map<String, List<Double>> noted = new LinkedHashMap<>();

  /**
   * @param work for what servers keep while they run
   */
  public CleanupPart(Path work, Options options) {
    this.work = work;
    this.rounds = new Rounds(options.number("cleanup.rounds", 2));
    this.round = options.millis("round-millis", 2_000);
    this.rows = options.number("cleanup.rows", 2_000_000);
  }

  @Override
  protected void measure() throws InterruptedException {
    findings.condition(
        ("%,d sessions with a state of about 1 KB, every other one expired. With a revive window"
                + " of 0, so that Belfry ends sessions and removes them in one run, as it usually"
                + " does in two. Meanwhile a neighbour writes sessions at random, live and expired"
                + " ones, and gives up after %d ms of waiting for a lock.")
            .formatted(rows, CleanupNeighbour.LONGEST_WAIT_MILLIS));
    try (BenchDatabase database = new BenchDatabase(work.resolve("bench"));
        HikariDataSource pool = database.pool(CONNECTIONS)) {
      SessionData data = new SessionData(database, rows);
      data.makeTemplate(pool);
      Race race = new Race(findings, "cleanup");
      race.add(PLAIN, () -> measure(PLAIN, database, pool, data, CleanupPart::delete));
      race.add(SILENT, () -> measure(SILENT, database, pool, data, belfry("false")));
      race.add(BELFRY, () -> measure(BELFRY, database, pool, data, belfry("true")));
      race.run(rounds, "s");
      Map<String, Figure> figures = new LinkedHashMap<>();
      noted.forEach((name, values) -> figures.put(name, note(name, values)));
      for (String name : List.of(BELFRY, SILENT)) {
        findings.goal(
            Goal.atMost(
                "cleanup: %s beside %s".formatted(name, PLAIN),
                1.5,
                race.figure(name),
                race.figure(PLAIN)));
        findings.goal(Goal.within(longest(name), SHORT, figures.get(longest(name))));
        findings.goal(Goal.within(blocked(name), 0, figures.get(blocked(name))));
      }
    }
  }

  private static String longest(String name) {
    return name + ": longest transaction";
  }

  private static String blocked(String name) {
    return name + ": writes blocked too long";
  }

  // The first round does not count here either.
  private Figure note(String name, List<Double> values) {
    String unit = name.contains("blocked") ? "" : "ms";
    return findings.note(new Figure(name, unit, values.subList(1, values.size())));
  }

  private void note(String name, double value) {
    noted.computeIfAbsent(name, key -> new ArrayList<>()).add(value);
  }

  /** Removes what has expired. */
  private interface Cleaning {
    void run(DataSource dataSource) throws SQLException;
  }

  private double measure(
      String name,
      BenchDatabase database,
      HikariDataSource pool,
      SessionData data,
      Cleaning cleaning)
      throws InterruptedException, SQLException {
    data.refillFromTemplate();
    try (CleanupNeighbour alone = new CleanupNeighbour(database.direct(), data::randomId)) {
      Thread.sleep(round.toMillis());
      note(name + ": the neighbour's longest write before", alone.end().milliseconds(1));
    }
    Latencies transactions = new Latencies();
    double seconds;
    try (CleanupNeighbour beside = new CleanupNeighbour(database.direct(), data::randomId)) {
      long start = System.nanoTime();
      cleaning.run(TimedDataSource.of(pool, transactions));
      seconds = (System.nanoTime() - start) / 1e9;
      Latencies writes = beside.end();
      note(longest(name), transactions.milliseconds(1));
      note(blocked(name), beside.blocked());
      note(name + ": the neighbour's longest write meanwhile", writes.milliseconds(1));
      note(name + ": the neighbour's p99 meanwhile", writes.milliseconds(0.99));
    }
    requireClean(database);
    return seconds;
  }

  private static void delete(DataSource dataSource) throws SQLException {
    try (Connection connection = dataSource.getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute("DELETE FROM sessions WHERE expires_at <= now()");
    }
  }

  private static Cleaning belfry(String announces) {
    Map<String, String> settings =
        Map.of("belfry.session.revive-window", "PT0S", "belfry.session.events", announces);
    return dataSource -> {
      try (SessionStore store = BelfrySessions.of(dataSource, settings).store()) {
        int unused = store.deleteExpired();
      }
    };
  }

  // But for a few that the neighbour was just writing.
  private void requireClean(BenchDatabase database) {
    long left = database.number("SELECT count(*) FROM sessions WHERE expires_at <= now()");
    if (left > 1 + rows / 1_000) {
      throw new BenchException("%,d expired sessions are left".formatted(left));
    }
  }
}
