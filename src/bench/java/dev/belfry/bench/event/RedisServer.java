package dev.belfry.bench.event;

import dev.belfry.bench.measure.Program;
import dev.belfry.cluster.Ports;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.function.LongConsumer;
import redis.clients.jedis.ConnectionPoolConfig;
import redis.clients.jedis.JedisPubSub;
import redis.clients.jedis.RedisClient;

/** A Redis of our own, if one is installed. Nothing is in a log, and nothing is on a disk. */
final class RedisServer implements AutoCloseable {
  private static final String CHANNEL = "bench";
  private static final Duration CONNECT = Duration.ofSeconds(20);

  private final int port = Ports.free(1).get(0);
  private final Program program;

  private RedisServer(Path executable, Path directory) {
    program =
        Program.start(
            List.of(
                executable.toString(),
                "--port",
                Integer.toString(port),
                "--bind",
                "127.0.0.1",
                "--save",
                "",
                "--appendonly",
                "no"),
            directory);
    program.awaitPort(port);
  }

  /** Empty if there is none. */
  static Optional<RedisServer> start(Path directory) {
    return Program.find("redis-server").map(executable -> new RedisServer(executable, directory));
  }

  /** Publishes with so many connections. */
  Transport.Opener events(int connections) {
    return ear -> new Events(client(connections), client(1), ear);
  }

  private RedisClient client(int connections) {
    ConnectionPoolConfig config = new ConnectionPoolConfig();
    config.setMaxTotal(connections);
    config.setMaxIdle(connections);
    config.setMaxWait(CONNECT);
    return RedisClient.builder().hostAndPort("127.0.0.1", port).poolConfig(config).build();
  }

  @Override
  public void close() {
    program.close();
  }

  private static final class Events implements Transport {
    private final RedisClient publisher;
    private final RedisClient listener;
    private final JedisPubSub subscription;
    private final Thread thread;

    Events(RedisClient publisher, RedisClient listener, LongConsumer ear)
        throws InterruptedException {
      this.publisher = publisher;
      this.listener = listener;
      CountDownLatch subscribed = new CountDownLatch(1);
      subscription =
          new JedisPubSub() {
            @Override
            public void onSubscribe(String channel, int channels) {
              subscribed.countDown();
            }

            @Override
            public void onMessage(String channel, String message) {
              ear.accept(Mark.sentAt(message));
            }
          };
      thread = new Thread(() -> listener.subscribe(subscription, CHANNEL), "redis-listener");
      thread.start();
      subscribed.await();
    }

    @Override
    public void publish(Mark mark) {
      publisher.publish(CHANNEL, mark.json());
    }

    @Override
    public void close() throws InterruptedException {
      subscription.unsubscribe();
      thread.join();
      listener.close();
      publisher.close();
    }
  }
}
