package dev.belfry.sse;

import dev.belfry.event.Broadcaster;
import dev.belfry.event.CallerTransaction;
import dev.belfry.event.DeliveryObserver;
import dev.belfry.event.EventId;
import dev.belfry.event.LocalFanout;
import dev.belfry.event.MemoryBroadcaster;
import dev.belfry.event.Passed;
import dev.belfry.event.Reset;
import dev.belfry.event.ServerEvent;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/** The memory backend's log, connected to streams, with a look at its reads. */
final class TestLog implements DeliveryObserver {

  private final Supplier<EventStreams> streams;
  private final LocalFanout fanout = new LocalFanout(this);
  private final Broadcaster broadcaster;
  private final AtomicInteger reads = new AtomicInteger();
  private final Queue<Runnable> held = new ArrayDeque<>();
  private volatile Runnable beforeRead = () -> {};
  private volatile boolean holding;

  TestLog(Supplier<EventStreams> streams) {
    this(streams, 100_000);
  }

  TestLog(Supplier<EventStreams> streams, int kept) {
    this.streams = streams;
    Duration day = Duration.ofDays(1);
    MemoryBroadcaster memory =
        new MemoryBroadcaster(
            fanout,
            CallerTransaction.NONE,
            new ScheduledThreadPoolExecutor(0),
            Clock.systemUTC(),
            new MemoryBroadcaster.Limits(kept, day, day, Duration.ZERO));
    broadcaster =
        (Broadcaster)
            Proxy.newProxyInstance(
                Broadcaster.class.getClassLoader(),
                new Class<?>[] {Broadcaster.class},
                (proxy, method, arguments) -> {
                  if (method.getName().equals("replay")) {
                    reads.incrementAndGet();
                    beforeRead.run();
                  }
                  try {
                    return method.invoke(memory, arguments);
                  } catch (InvocationTargetException failure) {
                    throw failure.getCause();
                  }
                });
  }

  Broadcaster broadcaster() {
    return broadcaster;
  }

  /** Nothing is published any more. */
  void close() {
    broadcaster.close();
  }

  LocalFanout fanout() {
    return fanout;
  }

  EventId id(long offset) {
    return new EventId(broadcaster.latest().orElseThrow().epoch(), offset);
  }

  int reads() {
    return reads.get();
  }

  /** Runs something with every read, on its thread. */
  void beforeRead(Runnable action) {
    beforeRead = action;
  }

  /** From now on events are in the log but not delivered to the streams. */
  void hold() {
    holding = true;
  }

  /** Delivers what was held. */
  void release() {
    holding = false;
    held.forEach(Runnable::run);
  }

  @Override
  public void onEvent(ServerEvent event) {
    if (holding) {
      held.add(() -> onEvent(event));
    } else if (streams.get() != null) {
      streams.get().onEvent(event);
    }
  }

  @Override
  public void onPassed(Passed passed) {
    if (holding) {
      held.add(() -> onPassed(passed));
    } else if (streams.get() != null) {
      streams.get().onPassed(passed);
    }
  }

  @Override
  public void onReset(Reset reset) {
    streams.get().onReset(reset);
  }

  @Override
  public void onPosition(EventId position) {
    if (streams.get() != null) {
      streams.get().onPosition(position);
    }
  }
}
