package dev.belfry.bench.session;

import com.zaxxer.hikari.HikariDataSource;
import dev.belfry.bench.measure.BenchDatabase;
import dev.belfry.bench.measure.BenchException;
import dev.belfry.bench.measure.Load;
import dev.belfry.bench.measure.Rounds;
import dev.belfry.bench.measure.Series;
import dev.belfry.config.BelfrySettings;
import dev.belfry.postgres.PostgresSchema;
import dev.belfry.postgres.SessionTable;
import dev.belfry.session.SessionStore;
import jakarta.json.Json;
import jakarta.json.JsonObject;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import java.util.Set;

/**
 * What a session costs as the table grows: for each multiple there is one, in a schema of its own.
 */
public final class SessionGrowth {
  private static final int THREADS = 16;
  private static final double MICROSECONDS = 1e6;
  private static final Duration LIVE = Duration.ofDays(1);
  private static final Duration EXPIRED = Duration.ofSeconds(-1);
  private static final JsonObject CHANGE =
      Json.createObjectBuilder().add("lastPage", "/catalogue/2").build();

  private final BenchDatabase database;
  private final HikariDataSource pool;
  private final Rounds rounds;
  private final Duration round;
  private final int rows;

  /**
   * @param rows at 1×
   */
  public SessionGrowth(
      BenchDatabase database, HikariDataSource pool, Rounds rounds, Duration round, int rows) {
    this.database = database;
    this.pool = pool;
    this.rounds = rounds;
    this.round = round;
    this.rows = rows;
  }

  /** Makes the table for a multiple. */
  public void prepare(int multiple) {
    String schema = schema(multiple);
    database.execute("CREATE SCHEMA " + schema);
    try {
      new PostgresSchema(
              pool,
              new SessionTable(schema, SessionData.BELFRY_TABLE),
              BelfrySettings.SchemaMode.CREATE,
              Set.of())
          .prepare();
    } catch (SQLException failure) {
      throw new BenchException("The tables cannot be made: " + failure, failure);
    }
    data(multiple).insert(table(multiple), LIVE);
  }

  /** To find one at random. */
  public Series finds() throws InterruptedException {
    return operations("find", (store, id) -> store.find(id).isPresent());
  }

  /** To change one at random. */
  public Series merges() throws InterruptedException {
    return operations("merge", (store, id) -> store.mergeState(id, CHANGE));
  }

  private interface Operation {
    boolean run(SessionStore store, String id);
  }

  private Series operations(String name, Operation operation) throws InterruptedException {
    return Series.measure(
        name + ", by sessions",
        "%,d sessions at 1×, %d threads".formatted(rows, THREADS),
        "µs",
        rounds,
        multiple ->
            () -> {
              SessionData data = data(multiple);
              try (SessionStore store = store(multiple)) {
                return MICROSECONDS
                    / Load.perSecond(
                        THREADS,
                        round,
                        () -> {
                          if (!operation.run(store, data.randomId())) {
                            throw new BenchException("A session is missing");
                          }
                        });
              }
            });
  }

  /** To remove one that has expired. */
  public Series cleanups() throws InterruptedException {
    return Series.measure(
        "cleanup, by expired sessions",
        "%,d expired at 1×, unannounced".formatted(rows / 2),
        "µs",
        rounds,
        multiple ->
            () -> {
              int expired = rows * multiple / 2;
              database.execute("TRUNCATE " + table(multiple));
              new SessionData(database, expired).insert(table(multiple), EXPIRED);
              try (SessionStore store = store(multiple)) {
                long begin = System.nanoTime();
                int removed = store.deleteExpired();
                double seconds = (System.nanoTime() - begin) / 1e9;
                if (removed != expired) {
                  throw new BenchException("%d of %d were removed".formatted(removed, expired));
                }
                return MICROSECONDS * seconds / removed;
              }
            });
  }

  private SessionStore store(int multiple) {
    return BelfrySessions.of(
            pool,
            Map.of(
                "belfry.schema.name", schema(multiple),
                "belfry.session.revive-window", "PT0S",
                "belfry.session.events", "false"))
        .store();
  }

  private SessionData data(int multiple) {
    return new SessionData(database, rows * multiple);
  }

  private static String schema(int multiple) {
    return "growth_" + multiple;
  }

  private static String table(int multiple) {
    return schema(multiple) + "." + SessionData.BELFRY_TABLE;
  }
}
