package dev.belfry.bench.event;

import dev.belfry.bench.measure.BenchDatabase;
import io.vertx.core.Vertx;
import io.vertx.pgclient.PgBuilder;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.pgclient.pubsub.PgSubscriber;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.PoolOptions;
import io.vertx.sqlclient.Tuple;
import java.util.function.LongConsumer;

/** Vert.x: its reactive client notifies, and its PgSubscriber listens. In no log, like NOTIFY. */
final class VertxEvents implements Transport {
  private static final String CHANNEL = "vertx";

  private final Vertx vertx = Vertx.vertx();
  private final Pool pool;
  private final PgSubscriber subscriber;

  private VertxEvents(BenchDatabase database, int connections, LongConsumer ear) throws Exception {
    PgConnectOptions options =
        new PgConnectOptions()
            .setHost("127.0.0.1")
            .setPort(database.port())
            .setUser("postgres")
            .setDatabase("postgres")
            .setCachePreparedStatements(true);
    pool =
        PgBuilder.pool()
            .using(vertx)
            .connectingTo(options)
            .with(new PoolOptions().setMaxSize(connections))
            .build();
    subscriber = PgSubscriber.subscriber(vertx, options);
    subscriber.connect().toCompletionStage().toCompletableFuture().get();
    subscriber.channel(CHANNEL).handler(payload -> ear.accept(Mark.sentAt(payload)));
    // LISTEN goes out with the handler, on the same connection: an answer to this comes after it.
    subscriber
        .actualConnection()
        .query("SELECT 1")
        .execute()
        .toCompletionStage()
        .toCompletableFuture()
        .get();
  }

  static Opener of(BenchDatabase database, int connections) {
    return ear -> new VertxEvents(database, connections, ear);
  }

  @Override
  public void publish(Mark mark) throws Exception {
    pool.preparedQuery("SELECT pg_notify($1, $2)")
        .execute(Tuple.of(CHANNEL, mark.json()))
        .toCompletionStage()
        .toCompletableFuture()
        .get();
  }

  @Override
  public void close() throws Exception {
    vertx.close().toCompletionStage().toCompletableFuture().get();
  }
}
