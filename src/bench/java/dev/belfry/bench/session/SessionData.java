package dev.belfry.bench.session;

import com.zaxxer.hikari.HikariDataSource;
import dev.belfry.bench.measure.BelfryReplica;
import dev.belfry.bench.measure.BenchDatabase;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import org.springframework.core.io.ClassPathResource;
import org.springframework.jdbc.datasource.init.ResourceDatabasePopulator;

/** Rows for all contestants: the same sessions, each in the table that is its own. */
final class SessionData {
  static final String BELFRY_TABLE = BelfryReplica.SESSIONS;
  static final String ORIGINAL_TABLE = "original_sessions";

  /** As JSON about 1 KB, of about fifty values, as an application's may be. */
  static final String STATE =
      """
      jsonb_build_object(
        'user', jsonb_build_object('id', n, 'name', 'User ' || n, 'locale', 'en-GB',
          'roles', jsonb_build_array('reader', 'editor')),
        'cart', (SELECT jsonb_agg(jsonb_build_object('sku', md5((n * 10 + item)::text),
            'title', 'Item number ' || item, 'quantity', item, 'price', item * 9.95))
          FROM generate_series(1, 8) AS item),
        'lastPage', '/catalogue/' || n)
      """;

  // Ids are numbers, because pgbench knows no others, and of the length that ids have.
  private static final long FIRST = 1_000_000_000_000_000_000L;
  private static final long STEP = 7_000_000_001L;
  private static final String ID = "(%d + n * %d)::text".formatted(FIRST, STEP);

  private final BenchDatabase database;
  private final int rows;

  SessionData(BenchDatabase database, int rows) {
    this.database = database;
    this.rows = rows;
  }

  /** The id of one of the rows, or of one to be. */
  static String id(long number) {
    return Long.toString(FIRST + number * STEP);
  }

  String randomId() {
    return id(ThreadLocalRandom.current().nextInt(rows));
  }

  /** The same for pgbench. */
  String pgbenchId() {
    return "\\set id %d + random(0, %d) * %d%n".formatted(FIRST, rows - 1, STEP);
  }

  /**
   * Makes Belfry's table.
   *
   * @param timeToLive from now on
   */
  void fillBelfry(HikariDataSource pool, Duration timeToLive) {
    BelfryReplica.makeTables(pool);
    insert(BELFRY_TABLE, timeToLive);
  }

  /** Makes Belfry's tables, and rows for the sessions, half of which have expired. */
  void makeTemplate(HikariDataSource pool) {
    BelfryReplica.makeTables(pool);
    database.execute(
        """
        CREATE UNLOGGED TABLE template AS
        SELECT %s AS id, md5(n::text) AS user_id, n %% 2 = 0 AS expired, %s AS state
        FROM (SELECT n::bigint FROM generate_series(0, %d) AS n ORDER BY random()) AS numbers
        """
            .formatted(ID, STATE, rows - 1));
  }

  /** Fills Belfry's table anew. */
  void refillFromTemplate() {
    database.execute(
        "TRUNCATE sessions, belfry_outbox",
        """
        INSERT INTO sessions (id, user_id, expires_at, state)
        SELECT id, user_id,
          CASE WHEN expired THEN now() - interval '1 second' ELSE now() + interval '1 day' END, state
        FROM template
        """,
        "VACUUM ANALYZE sessions",
        "CHECKPOINT");
  }

  /** Makes the original's table, with its index. */
  void fillOriginal(Duration timeToLive) {
    database.execute(
        """
        CREATE TABLE %s (
          id text PRIMARY KEY,
          user_id text NOT NULL DEFAULT '',
          created_at timestamptz NOT NULL DEFAULT now(),
          last_active_at timestamptz NOT NULL DEFAULT now(),
          expires_at timestamptz NOT NULL,
          state jsonb NOT NULL DEFAULT '{}')
        """
            .formatted(ORIGINAL_TABLE),
        "CREATE INDEX ON %s (expires_at)".formatted(ORIGINAL_TABLE));
    insert(ORIGINAL_TABLE, timeToLive);
  }

  // In no order, as sessions come.
  void insert(String table, Duration timeToLive) {
    database.execute(
        """
        INSERT INTO %s (id, user_id, expires_at, state)
        SELECT %s, md5(n::text), now() + interval '%d milliseconds', %s
        FROM (SELECT n::bigint FROM generate_series(0, %d) AS n ORDER BY random()) AS numbers
        """
            .formatted(table, ID, timeToLive.toMillis(), STATE, rows - 1),
        "VACUUM ANALYZE " + table,
        "CHECKPOINT");
  }

  /**
   * Makes Spring Session's tables, with the state as one attribute: its JSON, as a text, in Java's
   * serialized form.
   */
  void fillSpring(HikariDataSource pool) {
    makeSpringTables(pool);
    database.execute(
        """
        INSERT INTO spring_session (primary_id, session_id, creation_time, last_access_time,
          max_inactive_interval, expiry_time, principal_name)
        SELECT md5(n::text)::uuid, %s, millis, millis, 86400, millis + 86400000, NULL
        FROM (SELECT n::bigint FROM generate_series(0, %d) AS n ORDER BY random()) AS numbers,
          (SELECT floor(extract(epoch FROM now()) * 1000)::bigint AS millis) AS clock
        """
            .formatted(ID, rows - 1),
        """
        INSERT INTO spring_session_attributes (session_primary_id, attribute_name, attribute_bytes)
        SELECT md5(n::text)::uuid, '%s',
          '\\xaced000574'::bytea || int2send(octet_length(state)::int2) || convert_to(state, 'UTF8')
        FROM (SELECT n, (%s)::text AS state FROM
          (SELECT n::bigint FROM generate_series(0, %d) AS n ORDER BY random()) AS numbers) AS states
        """
            .formatted(SpringSessions.ATTRIBUTE, STATE, rows - 1),
        "VACUUM ANALYZE spring_session",
        "VACUUM ANALYZE spring_session_attributes",
        "CHECKPOINT");
  }

  /** Makes Spring Session's tables, empty. */
  static void makeSpringTables(HikariDataSource pool) {
    new ResourceDatabasePopulator(
            new ClassPathResource("org/springframework/session/jdbc/schema-postgresql.sql"))
        .execute(pool);
  }
}
