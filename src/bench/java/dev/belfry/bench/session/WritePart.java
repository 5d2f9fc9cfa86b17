package dev.belfry.bench.session;

import com.zaxxer.hikari.HikariDataSource;
import dev.belfry.bench.measure.BelfryReplica;
import dev.belfry.bench.measure.BenchDatabase;
import dev.belfry.bench.measure.BenchException;
import dev.belfry.bench.measure.Load;
import dev.belfry.bench.measure.Options;
import dev.belfry.bench.measure.Part;
import dev.belfry.bench.measure.Rounds;
import dev.belfry.postgres.OutboxBell;
import dev.belfry.session.SessionStore;
import jakarta.json.Json;
import jakarta.json.JsonArrayBuilder;
import jakarta.json.JsonObject;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;

/** How many sessions a second are created, and how many are changed. */
public final class WritePart extends Part {
  private static final int CONNECTIONS = 64;

  private static final String BELFRY = "Belfry";
  private static final String SILENT = "Belfry, unannounced";
  private static final String ORIGINAL = "the original's way";
  private static final String SPRING = "Spring Session";

  /** Made before, because to make them takes longer than one would think. */
  private static final List<JsonObject> CHANGES =
      IntStream.range(0, 1_000)
          .mapToObj(
              page -> Json.createObjectBuilder().add("lastPage", "/catalogue/" + page).build())
          .toList();

  private final Path work;
  private final Rounds rounds;
  private final Duration round;
  private final int rows;

  /** The number of the next session. */
  private final AtomicLong next = new AtomicLong();

  private final JsonObject state = state();
  private final String stateText = state.toString();

  /**
   * @param work for what servers keep while they run
   */
  public WritePart(Path work, Options options) {
    this.work = work;
    this.rounds = Rounds.from(options);
    this.round = options.millis("round-millis", 2_000);
    this.rows = options.number("rows", 100_000);
    next.set(rows);
  }

  @Override
  protected void measure() throws InterruptedException {
    findings.condition(
        ("%,d sessions with a state of about 1 KB to begin with; each write is durable; a pool of"
                + " %d connections. Belfry announces creations to all replicas, and the replica"
                + " that hears of them runs meanwhile. Merges set one member of the state of a"
                + " random session; Spring Session finds the session first, and replaces all of"
                + " its state.")
            .formatted(rows, CONNECTIONS));
    try (BenchDatabase database = new BenchDatabase(work.resolve("bench"));
        HikariDataSource pool = database.pool(CONNECTIONS)) {
      SessionData data = new SessionData(database, rows);
      data.fillBelfry(pool, Duration.ofDays(1));
      data.fillOriginal(Duration.ofDays(1));
      data.fillSpring(pool);
      OutboxBell bell = new OutboxBell();
      try (SessionStore announcing = BelfrySessions.announcing(pool, bell).store();
          SessionStore silent =
              BelfrySessions.of(pool, Map.of("belfry.session.events", "false")).store();
          BelfryReplica replica = new BelfryReplica(pool, event -> {})) {
        replica.broadcaster().listenTo(bell);
        for (int threads : List.of(16, 64)) {
          double factor = threads == 16 ? 1.4 : 2.5;
          merges(threads, pool, data, announcing).atLeast(BELFRY, factor, ORIGINAL);
          creations(threads, pool, announcing, silent).atLeast(BELFRY, factor, ORIGINAL);
        }
      }
    }
  }

  private Race merges(int threads, HikariDataSource pool, SessionData data, SessionStore belfry)
      throws InterruptedException {
    OriginalSessions original = OriginalSessions.of(pool, SessionData.ORIGINAL_TABLE);
    SpringSessions<?> spring = SpringSessions.of(pool);
    Race race = new Race(findings, "merge, %d threads".formatted(threads));
    race.add(BELFRY, () -> load(threads, () -> merge(belfry, data.randomId())));
    race.add(ORIGINAL, () -> load(threads, () -> original.mergeState(data.randomId(), change())));
    race.add(SPRING, () -> load(threads, () -> spring.save(data.randomId(), stateText)));
    race.run(rounds, "merges/s");
    return race;
  }

  private Race creations(
      int threads, HikariDataSource pool, SessionStore announcing, SessionStore silent)
      throws InterruptedException {
    OriginalSessions original = OriginalSessions.of(pool, SessionData.ORIGINAL_TABLE);
    SpringSessions<?> spring = SpringSessions.of(pool);
    Race race = new Race(findings, "create, %d threads".formatted(threads));
    race.add(BELFRY, () -> load(threads, () -> announcing.create(newId(), user(), state)));
    race.add(SILENT, () -> load(threads, () -> silent.create(newId(), user(), state)));
    race.add(ORIGINAL, () -> load(threads, () -> original.create(newId(), user(), state)));
    race.add(SPRING, () -> load(threads, () -> spring.create(stateText)));
    race.run(rounds, "sessions/s");
    return race;
  }

  private double load(int threads, Load.Operation operation) throws InterruptedException {
    return Load.perSecond(threads, round, operation);
  }

  private static void merge(SessionStore store, String id) {
    if (!store.mergeState(id, change())) {
      throw new BenchException("Belfry does not change session " + id);
    }
  }

  private static JsonObject change() {
    return CHANGES.get(ThreadLocalRandom.current().nextInt(CHANGES.size()));
  }

  private String newId() {
    return SessionData.id(next.getAndIncrement());
  }

  // As long as the hash that an owner is.
  private static String user() {
    return Long.toHexString(ThreadLocalRandom.current().nextLong(Long.MIN_VALUE, -1)).repeat(4);
  }

  // As SQL makes it for the rows that are there before.
  private static JsonObject state() {
    JsonArrayBuilder cart = Json.createArrayBuilder();
    for (int item = 1; item <= 8; item++) {
      cart.add(
          Json.createObjectBuilder()
              .add("sku", "0123456789abcdef".repeat(2))
              .add("title", "Item number " + item)
              .add("quantity", item)
              .add("price", item * 9.95));
    }
    return Json.createObjectBuilder()
        .add(
            "user",
            Json.createObjectBuilder()
                .add("id", 1)
                .add("name", "User 1")
                .add("locale", "en-GB")
                .add("roles", Json.createArrayBuilder(List.of("reader", "editor"))))
        .add("cart", cart)
        .add("lastPage", "/catalogue/1")
        .build();
  }
}
