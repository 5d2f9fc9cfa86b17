package dev.belfry.bench.session;

import static java.util.concurrent.TimeUnit.MINUTES;
import static java.util.concurrent.TimeUnit.SECONDS;

import com.zaxxer.hikari.HikariDataSource;
import dev.belfry.bench.measure.BenchDatabase;
import dev.belfry.bench.measure.BenchException;
import dev.belfry.bench.measure.Figure;
import dev.belfry.bench.measure.Goal;
import dev.belfry.bench.measure.Load;
import dev.belfry.bench.measure.Options;
import dev.belfry.bench.measure.Part;
import dev.belfry.bench.measure.Rounds;
import dev.belfry.bench.session.Coalescing.Done;
import dev.belfry.config.Settings;
import dev.belfry.session.Session;
import dev.belfry.session.SessionStore;
import jakarta.json.JsonValue;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/** What it costs to keep sessions alive that are used at random. */
public final class TouchPart extends Part {
  private static final int CONNECTIONS = 64;
  private static final int THREADS = 16;
  private static final int PERCENT = 100;

  private static final String BELFRY = "Belfry";
  private static final String EACH = "Belfry, each by itself";
  private static final String SAME = "Belfry, as many as the original's way";
  private static final String ORIGINAL = "the original's way";

  private static final String PER_TOUCH = "PostgreSQL's processor time per touch";
  private static final String PER_ROUND = "PostgreSQL's processor time per round";

  private final Path work;
  private final Rounds rounds;
  private final Duration round;
  private final int rows;

  /** What the rounds of each have cost. */
  private final Map<String, List<Cost>> costs = new LinkedHashMap<>();

  /**
   * @param work for what servers keep while they run
   */
  public TouchPart(Path work, Options options) {
    this.work = work;
    this.rounds = Rounds.from(options);
    this.round = options.millis("round-millis", 2_000);
    this.rows = options.number("rows", 100_000);
  }

  @Override
  protected void measure() throws InterruptedException {
    findings.condition(
        ("%,d sessions with a state of about 1 KB, used at random by %d threads; a pool of %d"
                + " connections. Belfry's touches count when the last of them is in the database;"
                + " each of its rounds begins as if no session had been touched for long. No expiry"
                + " moves beyond a full hour: of a session in use one touch an hour does that, and"
                + " changes an index.")
            .formatted(rows, THREADS, CONNECTIONS));
    Duration timeToLive = timeToLive(Instant.now());
    try (BenchDatabase database = new BenchDatabase(work.resolve("bench"))) {
      long belfryIndex;
      long originalIndex;
      try (HikariDataSource pool = database.pool(CONNECTIONS)) {
        SessionData data = new SessionData(database, rows);
        data.fillBelfry(pool, timeToLive);
        data.fillOriginal(timeToLive);
        belfryIndex = indexBytes(database, SessionData.BELFRY_TABLE);
        originalIndex = indexBytes(database, SessionData.ORIGINAL_TABLE);
        race(database, pool, data, timeToLive);
      }
      Figure growth =
          growth("Belfry", indexBytes(database, SessionData.BELFRY_TABLE) - belfryIndex);
      growth(ORIGINAL, indexBytes(database, SessionData.ORIGINAL_TABLE) - originalIndex);
      findings.goal(Goal.within("Belfry: growth of the expiry index", 0, growth));
      awaitStatistics(database);
      findings.goal(
          Goal.beyond("Belfry: HOT updates", PERCENT, hot(database, SessionData.BELFRY_TABLE)));
      Figure unused = hot(database, SessionData.ORIGINAL_TABLE);
    }
  }

  /** About the usual; sessions touched from now on expire well before the next full hour. */
  private static Duration timeToLive(Instant now) {
    long hour = MINUTES.toSeconds(60);
    return Duration.ofSeconds(hour - now.getEpochSecond() % hour + MINUTES.toSeconds(10));
  }

  private void race(
      BenchDatabase database, HikariDataSource pool, SessionData data, Duration timeToLive)
      throws InterruptedException {
    Map<String, String> settings = Map.of("belfry.session.ttl", timeToLive.toString());
    OriginalSessions original = OriginalSessions.of(pool, SessionData.ORIGINAL_TABLE);
    Race race = new Race(findings, "touches");
    try (SessionStore store = BelfrySessions.of(pool, settings).store()) {
      Coalescing coalescing =
          new Coalescing(store, Settings.with(settings).session(), sessions(timeToLive));
      race.add(
          ORIGINAL,
          costing(database, ORIGINAL, () -> closedLoop(() -> original.touch(data.randomId()))));
      race.add(BELFRY, costing(database, BELFRY, () -> coalescing.closedLoop(THREADS, round)));
      race.add(
          SAME,
          costing(database, SAME, () -> coalescing.atAnEvenPace(lastTouches(ORIGINAL), round)));
      race.add(
          EACH, costing(database, EACH, () -> closedLoop(() -> touch(store, data.randomId()))));
      race.run(rounds, "touches/s");
    }
    race.atLeast(BELFRY, 5, ORIGINAL);
    Map<String, Figure> perTouch = figures(PER_TOUCH, "µs", Cost::microsPerTouch);
    Map<String, Figure> perRound = figures(PER_ROUND, "ms", Cost::millis);
    cheaper(PER_TOUCH, BELFRY, perTouch);
    cheaper(PER_TOUCH, SAME, perTouch);
    cheaper(PER_ROUND, SAME, perRound);
  }

  private void cheaper(String what, String own, Map<String, Figure> figures) {
    findings.goal(
        Goal.atMost(
            "%s: %s beside %s".formatted(what, own, ORIGINAL),
            0.25,
            figures.get(own),
            figures.get(ORIGINAL)));
  }

  // As requests have found them, a while ago.
  private List<Session> sessions(Duration timeToLive) {
    Instant found = Instant.now().minus(Duration.ofMinutes(5));
    return IntStream.range(0, rows)
        .mapToObj(
            number ->
                new Session(
                    SessionData.id(number),
                    "",
                    found,
                    found,
                    found.plus(timeToLive),
                    JsonValue.EMPTY_JSON_OBJECT,
                    0,
                    JsonValue.EMPTY_JSON_OBJECT))
        .toList();
  }

  private Done closedLoop(Load.Operation touch) throws InterruptedException {
    double rate = Load.perSecond(THREADS, round, touch);
    return new Done(Math.round(rate * round.toNanos() / SECONDS.toNanos(1)), round);
  }

  private static void touch(SessionStore store, String id) {
    if (!store.touch(id)) {
      throw new BenchException("Belfry does not touch session " + id);
    }
  }

  /** What touches take of the database's processors. */
  private record Cost(long touches, Duration processorTime) {
    double microsPerTouch() {
      return processorTime.toNanos() / 1e3 / touches;
    }

    double millis() {
      return processorTime.toMillis();
    }
  }

  private Callable<Double> costing(BenchDatabase database, String name, Callable<Done> touches) {
    costs.put(name, new ArrayList<>());
    return () -> {
      Duration before = database.processorTime();
      Done done = touches.call();
      costs.get(name).add(new Cost(done.touches(), database.processorTime().minus(before)));
      return done.perSecond();
    };
  }

  private long lastTouches(String name) {
    List<Cost> all = costs.get(name);
    return all.get(all.size() - 1).touches();
  }

  private Map<String, Figure> figures(String what, String unit, ToDoubleFunction<Cost> value) {
    Map<String, Figure> figures = new LinkedHashMap<>();
    costs.forEach(
        (name, all) -> {
          // The first round does not count here either.
          List<Double> values =
              all.subList(1, all.size()).stream().map(value::applyAsDouble).toList();
          String title = "%s: %s".formatted(what, name);
          figures.put(name, findings.note(new Figure(title, unit, values)));
        });
    return figures;
  }

  private static long indexBytes(BenchDatabase database, String table) {
    return database.number(
        """
        SELECT pg_relation_size(indexrelid) FROM pg_index
        JOIN pg_attribute ON attrelid = indrelid AND attnum = indkey[0]
        WHERE indrelid = '%s'::regclass AND attname IN ('expires_bucket', 'expires_at')
        """
            .formatted(table));
  }

  private Figure growth(String name, long bytes) {
    return findings.note("growth of the expiry index: " + name, (double) bytes, "bytes");
  }

  // What a connection has counted is there at the latest when it has ended.
  private static void awaitStatistics(BenchDatabase database) throws InterruptedException {
    while (database.number(
            "SELECT count(*) FROM pg_stat_activity"
                + " WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()")
        > 0) {
      Thread.sleep(50);
    }
  }

  private Figure hot(BenchDatabase database, String table) {
    String name = table.equals(SessionData.BELFRY_TABLE) ? BELFRY : ORIGINAL;
    double all = database.number(statistic("n_tup_upd", table));
    double hot = database.number(statistic("n_tup_hot_upd", table));
    findings.note("updates: " + name, all, "");
    findings.note("updates that are not HOT: " + name, all - hot, "");
    return findings.note("HOT updates: " + name, PERCENT * hot / all, "%");
  }

  private static String statistic(String column, String table) {
    return "SELECT %s FROM pg_stat_user_tables WHERE relname = '%s'".formatted(column, table);
  }
}
