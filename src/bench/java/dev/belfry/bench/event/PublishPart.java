package dev.belfry.bench.event;

import com.zaxxer.hikari.HikariDataSource;
import dev.belfry.bench.measure.BelfryReplica;
import dev.belfry.bench.measure.BenchDatabase;
import dev.belfry.bench.measure.Figure;
import dev.belfry.bench.measure.Goal;
import dev.belfry.bench.measure.Options;
import dev.belfry.bench.measure.Part;
import dev.belfry.bench.measure.Rounds;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;

/** How many events a second are accepted, durably, and heard by one who listens. */
public final class PublishPart extends Part {
  /** As many as the most busy peer can use; all have the same. */
  private static final int CONNECTIONS = 64;

  /** Where all peers are measured. */
  private static final int MANY = 32;

  private static final String BELFRY = "Belfry";
  private static final String BELFRY_LATER = "Belfry, fire and forget";
  private static final String ORIGINAL = "the original's way, not durable";
  private static final String DURABLE = "one durable transaction each";
  private static final String VERTX = "Vert.x, not durable";
  private static final String SPRING = "Spring Integration";
  private static final String REDIS = "Redis, not durable";

  private final Path work;
  private final Rounds rounds;
  private final Duration round;

  /**
   * @param work for what servers keep while they run
   */
  public PublishPart(Path work, Options options) {
    this.work = work;
    this.rounds = Rounds.from(options);
    this.round = options.millis("round-millis", 1_500);
  }

  @Override
  protected void measure() throws InterruptedException {
    findings.condition(
        "Events of about 200 bytes; one subscriber hears all of them; a pool of %d connections."
            .formatted(CONNECTIONS));
    try (BenchDatabase database = new BenchDatabase(work.resolve("bench"));
        HikariDataSource pool = database.pool(CONNECTIONS)) {
      BelfryReplica.makeTables(pool);
      beside(database, pool, 1, 1);
      beside(database, pool, 8, 2);
      besideAll(database, pool);
      beside(database, pool, 128, 5);
    }
  }

  private void beside(BenchDatabase database, HikariDataSource pool, int publishers, double factor)
      throws InterruptedException {
    Map<String, Transport.Opener> openers = new LinkedHashMap<>();
    openers.put(BELFRY, BelfryEvents.blocking(pool));
    openers.put(ORIGINAL, OriginalEvents.prompt(database, pool));
    measure(publishers, openers).atLeast(BELFRY, factor, ORIGINAL);
  }

  private void besideAll(BenchDatabase database, HikariDataSource pool)
      throws InterruptedException {
    Map<String, Transport.Opener> openers = new LinkedHashMap<>();
    openers.put(BELFRY, BelfryEvents.blocking(pool));
    openers.put(BELFRY_LATER, BelfryEvents.asynchronous(pool));
    openers.put(ORIGINAL, OriginalEvents.prompt(database, pool));
    openers.put(DURABLE, DurableEvents.of(database, pool));
    openers.put(VERTX, VertxEvents.of(database, CONNECTIONS));
    openers.put(SPRING, SpringIntegrationEvents.of(database, pool));
    Optional<RedisServer> redis = RedisServer.start(work.resolve("redis"));
    try {
      redis.ifPresentOrElse(
          server -> openers.put(REDIS, server.events(CONNECTIONS)),
          () -> findings.condition("Redis is not installed, and was not measured."));
      Race race = measure(MANY, openers);
      race.atLeast(BELFRY, 5, ORIGINAL);
      race.atLeast(BELFRY_LATER, 15, ORIGINAL);
      race.atLeast(BELFRY, 8, DURABLE);
      race.atLeast(BELFRY, 3, VERTX);
      race.atLeast(BELFRY, 20, SPRING);
      if (redis.isPresent()) {
        race.atLeast(BELFRY, 0.8, REDIS);
      }
    } finally {
      redis.ifPresent(RedisServer::close);
    }
  }

  private Race measure(int publishers, Map<String, Transport.Opener> openers)
      throws InterruptedException {
    Map<String, Callable<Double>> contestants = new LinkedHashMap<>();
    openers.forEach(
        (name, opener) ->
            contestants.put(
                crowd(publishers) + ": " + name,
                () -> Traffic.perSecond(opener, publishers, round)));
    Map<String, Figure> figures = rounds.of("events/s", contestants);
    figures.values().forEach(findings::note);
    return new Race(publishers, figures);
  }

  private static String crowd(int publishers) {
    return publishers == 1 ? "1 publisher" : publishers + " publishers";
  }

  private final class Race {
    private final int publishers;
    private final Map<String, Figure> figures;

    Race(int publishers, Map<String, Figure> figures) {
      this.publishers = publishers;
      this.figures = figures;
    }

    void atLeast(String own, double factor, String peer) {
      findings.goal(
          Goal.atLeast(
              "%s: %s beside %s".formatted(crowd(publishers), own, peer),
              factor,
              figure(own),
              figure(peer)));
    }

    private Figure figure(String name) {
      return figures.get(crowd(publishers) + ": " + name);
    }
  }
}
