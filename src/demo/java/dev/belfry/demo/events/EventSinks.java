package dev.belfry.demo.events;

import dev.belfry.cdi.Topic;
import dev.belfry.event.Audience;
import dev.belfry.event.ServerEvent;
import jakarta.annotation.PreDestroy;
import jakarta.annotation.Resource;
import jakarta.enterprise.concurrent.ManagedExecutorService;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.ws.rs.sse.Sse;
import jakarta.ws.rs.sse.SseEventSink;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** The sinks of this replica's {@link SinkResource}. Thread-safe. */
@ApplicationScoped
public class EventSinks {

  private final Set<QueuedSink> sinks = ConcurrentHashMap.newKeySet();

  @Resource private ManagedExecutorService executor;

  private volatile boolean stopping;

  /**
   * Sends every event for everyone from now on to a sink, until its client leaves or falls behind.
   */
  void add(SseEventSink sink, Sse sse) {
    QueuedSink queued = new QueuedSink(sink, sse, executor, sinks::remove);
    sinks.add(queued);
    // Only now, so that a client that has read it misses nothing.
    queued.offer(sse.newEventBuilder().comment("open").build());
    // Checked after adding: either stop() sees the sink, or this sees that it is stopping.
    if (stopping) {
      queued.end();
    }
  }

  /**
   * Hears of events without a topic: those with one are the servers' own business. Nobody is known
   * here, so only what is for everyone is sent.
   *
   * <p>Runs on the thread that delivers events to everybody, and so only queues.
   */
  void on(@Observes @Topic ServerEvent event) {
    if (event.audience().equals(Audience.EVERYONE)) {
      String data = EventJson.notification(event);
      sinks.forEach(sink -> sink.offer(data));
    }
  }

  /** Closes all sinks: a server waits long for a response that is never completed. */
  @PreDestroy
  void stop() {
    stopping = true;
    sinks.forEach(QueuedSink::end);
  }
}
