package dev.belfry.bench.session;

import com.zaxxer.hikari.HikariDataSource;
import dev.belfry.bench.measure.BenchDatabase;
import dev.belfry.bench.measure.BenchException;
import dev.belfry.bench.measure.Load;
import dev.belfry.bench.measure.Options;
import dev.belfry.bench.measure.Part;
import dev.belfry.bench.measure.Rounds;
import dev.belfry.session.SessionStore;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;

/** How many sessions a second are found by their ids. */
public final class FindPart extends Part {
  private static final int CONNECTIONS = 64;

  private static final String BELFRY = "Belfry";
  private static final String CACHED = "Belfry, cached";
  private static final String ORIGINAL = "the original's way";
  private static final String UNDESCRIBED = "the same in one round trip";
  private static final String SPRING = "Spring Session";
  private static final String PGBENCH = "pgbench, %d clients";

  /** How many threads, and of how many clients pgbench is measured beside them. */
  private static final Map<Integer, List<Integer>> CLIENTS =
      Map.of(1, List.of(1), 16, List.of(16), 64, List.of(16, 32, 64));

  /** What is found again and again, by those who have a cache. */
  private static final int HOT = 1_000;

  /** What Belfry asks of the database. */
  private static final String STATEMENT =
      """
      SELECT id, user_id, created_at, last_active_at, least(expires_at, not_after) AS expires_at, \
      state::text AS state, version, negotiated::text AS negotiated FROM sessions WHERE id = :id \
      AND (expires_at > clock_timestamp() AND NOT deleted \
      AND (not_after IS NULL OR not_after > clock_timestamp()));
      """;

  private final Path work;
  private final Rounds rounds;
  private final Duration round;
  private final int rows;
  private final int hot;

  /**
   * @param work for what servers keep while they run
   */
  public FindPart(Path work, Options options) {
    this.work = work;
    this.rounds = Rounds.from(options);
    this.round = options.millis("round-millis", 2_000);
    this.rows = options.number("rows", 100_000);
    this.hot = Math.min(HOT, rows);
  }

  @Override
  protected void measure() throws InterruptedException {
    findings.condition(
        ("%,d sessions with a state of about 1 KB, found at random; all of them in PostgreSQL's"
                + " memory; a pool of %d connections. Who caches finds %,d of them again and"
                + " again. Spring Session parses no JSON, and pgbench nothing at all.")
            .formatted(rows, CONNECTIONS, hot));
    try (BenchDatabase database = new BenchDatabase(work.resolve("bench"));
        HikariDataSource pool = database.pool(CONNECTIONS)) {
      SessionData data = new SessionData(database, rows);
      data.fillBelfry(pool, Duration.ofDays(1));
      data.fillSpring(pool);
      Optional<Pgbench> pgbench =
          Pgbench.of(database, work.resolve("pgbench"), data.pgbenchId() + STATEMENT);
      if (pgbench.isEmpty()) {
        findings.condition("pgbench is not installed, and was not measured.");
      }
      for (int threads : List.of(1, 16, 64)) {
        goals(threads, race(threads, data, pool, pgbench));
      }
    }
  }

  private Race race(int threads, SessionData data, HikariDataSource pool, Optional<Pgbench> pgbench)
      throws InterruptedException {
    Race race = new Race(findings, threads == 1 ? "1 thread" : threads + " threads");
    // The original's reads the same table, as it could: so the rows are the same.
    OriginalSessions original = OriginalSessions.of(pool, SessionData.BELFRY_TABLE);
    OriginalSessions undescribed = OriginalSessions.inOneRoundTrip(pool, SessionData.BELFRY_TABLE);
    SpringSessions<?> spring = SpringSessions.of(pool);
    try (SessionStore belfry = BelfrySessions.of(pool, Map.of()).store();
        SessionStore cached = BelfrySessions.cached(pool, 10 * hot).store()) {
      race.add(BELFRY, () -> load(threads, () -> find(belfry, data.randomId())));
      race.add(ORIGINAL, () -> load(threads, () -> original.find(data.randomId())));
      race.add(UNDESCRIBED, () -> load(threads, () -> undescribed.find(data.randomId())));
      race.add(SPRING, () -> load(threads, () -> spring.find(data.randomId())));
      race.add(CACHED, () -> cached(threads, cached));
      pgbench.ifPresent(
          present -> {
            for (int clients : CLIENTS.get(threads)) {
              race.add(PGBENCH.formatted(clients), () -> present.perSecond(clients, round));
            }
          });
      race.run(rounds, "sessions/s");
    }
    return race;
  }

  private void goals(int threads, Race race) {
    switch (threads) {
      case 1 -> race.atLeast(BELFRY, 3, ORIGINAL);
      case 16 -> race.atLeast(BELFRY, 0.85, PGBENCH.formatted(16));
      default -> {
        race.atLeast(BELFRY, 6, ORIGINAL);
        best(race).ifPresent(name -> race.atLeast(BELFRY, 1.5, name));
      }
    }
    race.atLeast(BELFRY, 2, SPRING);
    race.atLeast(CACHED, 100, BELFRY);
  }

  private static Optional<String> best(Race race) {
    return CLIENTS.get(64).stream()
        .map(PGBENCH::formatted)
        .filter(race::has)
        .max(Comparator.comparingDouble(name -> race.figure(name).median()));
  }

  private double load(int threads, Load.Operation operation) throws InterruptedException {
    return Load.perSecond(threads, round, operation);
  }

  private double cached(int threads, SessionStore store) throws InterruptedException {
    String[] ids = new String[hot];
    for (int number = 0; number < hot; number++) {
      ids[number] = SessionData.id(number);
      find(store, ids[number]);
    }
    return load(threads, () -> find(store, ids[ThreadLocalRandom.current().nextInt(hot)]));
  }

  private static void find(SessionStore store, String id) {
    if (store.find(id).isEmpty()) {
      throw new BenchException("Belfry does not find session " + id);
    }
  }
}
