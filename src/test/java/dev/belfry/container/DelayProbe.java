package dev.belfry.container;

import static java.util.concurrent.TimeUnit.NANOSECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;

import dev.belfry.event.Broadcaster;
import dev.belfry.event.ServerEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import jakarta.transaction.UserTransaction;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/** How long events take from their commit to this replica's observers, one after another. */
@ApplicationScoped
public class DelayProbe {

  private static final String METHOD = "test/delay";
  private static final int WARM_UP = 100;

  @Inject private Broadcaster broadcaster;
  @Inject private TransactionSteps steps;
  @Inject private UserTransaction transaction;

  private final BlockingQueue<Long> arrivals = new LinkedBlockingQueue<>();

  void onEvent(@Observes ServerEvent event) {
    if (event.method().equals(METHOD)) {
      arrivals.add(System.nanoTime());
    }
  }

  /** The delays as text: of events published in transactions, and of others to compare with. */
  String measure(int count) {
    try {
      transactions(WARM_UP);
      List<long[]> transactional = transactions(count);
      plain(WARM_UP);
      List<long[]> plain = plain(count);
      return """
          in a transaction: %s
          without one:      %s"""
          .formatted(text(transactional), text(plain));
    } catch (Exception failure) {
      throw new IllegalStateException(failure);
    }
  }

  private List<long[]> transactions(int count) throws Exception {
    List<long[]> times = new ArrayList<>();
    for (int number = 0; number < count; number++) {
      transaction.begin();
      steps.run(List.of("write delay", "publish " + METHOD + " " + number));
      long begin = System.nanoTime();
      transaction.commit();
      times.add(new long[] {begin, System.nanoTime(), arrival()});
    }
    return times;
  }

  private List<long[]> plain(int count) throws InterruptedException {
    List<long[]> times = new ArrayList<>();
    for (int number = 0; number < count; number++) {
      long begin = System.nanoTime();
      broadcaster.publish(ServerEvent.of(METHOD));
      times.add(new long[] {begin, System.nanoTime(), arrival()});
    }
    return times;
  }

  private long arrival() throws InterruptedException {
    Long arrival = arrivals.poll(10, SECONDS);
    if (arrival == null) {
      throw new IllegalStateException("The event did not arrive");
    }
    return arrival;
  }

  private static String text(List<long[]> times) {
    return "%d events, ms p50/p90/p99: commit %s, begin of commit to delivery %s, end of commit to delivery %s"
        .formatted(
            times.size(),
            percentiles(times, 0, 1),
            percentiles(times, 0, 2),
            percentiles(times, 1, 2));
  }

  private static String percentiles(List<long[]> times, int from, int until) {
    long[] sorted = times.stream().mapToLong(time -> time[until] - time[from]).sorted().toArray();
    return "%.1f/%.1f/%.1f"
        .formatted(
            milliseconds(sorted[sorted.length / 2]),
            milliseconds(sorted[sorted.length * 9 / 10]),
            milliseconds(sorted[sorted.length * 99 / 100]));
  }

  private static double milliseconds(long nanoseconds) {
    return NANOSECONDS.toMicros(nanoseconds) / 1000.0;
  }
}
