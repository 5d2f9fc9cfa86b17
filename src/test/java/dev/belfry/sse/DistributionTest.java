package dev.belfry.sse;

import static org.assertj.core.api.Assertions.assertThat;

import dev.belfry.event.EventId;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class DistributionTest {

  private static final int MOST = 3;

  private final ScheduledExecutorService scheduler = Executors.newSingleThreadScheduledExecutor();
  private final Queue<Runnable> threads = new ArrayDeque<>();
  private final StreamRegistry streams = new StreamRegistry();
  private final List<Integer> changes = new ArrayList<>();
  private final Distribution distribution =
      new Distribution(streams, new StreamWriters(threads::add, scheduler, 1), MOST);

  @BeforeEach
  void open() throws IOException {
    streams.add(stream());
  }

  @AfterEach
  void close() {
    scheduler.shutdownNow();
  }

  @Test
  void changesAreMadeTogetherInOrderByWhoWrites() {
    distribution.add(change(1));
    distribution.add(change(2));
    assertThat(changes).isEmpty();
    assertThat(threads).hasSize(1);

    threads.remove().run();
    distribution.add(change(3));
    threads.remove().run();

    assertThat(changes).containsExactly(1, 2, 3);
  }

  @Test
  void whoDoesNotWaitForTheOthersTurnMakesThemHimselfOnce() {
    distribution.add(change(1));

    distribution.complete();
    assertThat(changes).containsExactly(1);
    threads.remove().run();

    assertThat(changes).containsExactly(1);
  }

  @Test
  void noMoreWaitThanMay() {
    for (int number = 1; number <= MOST; number++) {
      distribution.add(change(number));
    }

    assertThat(changes).containsExactly(1, 2, 3);
  }

  private Consumer<Feed> change(int number) {
    return feed -> changes.add(number);
  }

  private static EventStream stream() throws IOException {
    FakeExchange client = new FakeExchange();
    TestLog log = new TestLog(() -> null);
    return new EventStream(
        Client.PUBLIC,
        new EventStream.Terms(Optional.<EventId>empty(), Instant.MAX),
        new Feed(
            new ResumableFraming(Client.PUBLIC, new Frames(Duration.ZERO, List.of())),
            new FrameQueue.Limits(10, 10_000)),
        new EventStream.Exchange(
            client.request().startAsync(), client.response().getOutputStream()),
        new EventStream.Shared(
            Runnable::run,
            new RecentFrames(1, 1),
            new LogReader(log.broadcaster(), Runnable::run, 10_000),
            ended -> {}));
  }
}
