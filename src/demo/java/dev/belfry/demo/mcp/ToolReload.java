package dev.belfry.demo.mcp;

import dev.belfry.cdi.Topic;
import dev.belfry.event.ServerEvent;
import jakarta.annotation.Resource;
import jakarta.enterprise.concurrent.ManagedExecutorService;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;

/**
 * Hears, on every replica, that one of them has changed the table, and reads it there before a
 * client asks. A topic is for the servers alone: no stream gets these events.
 */
@ApplicationScoped
public class ToolReload {

  /** What changes of the table are published on. */
  static final String TOPIC = "demo/tools";

  @Resource private ManagedExecutorService executor;

  private volatile Runnable reload = () -> {};

  /** Says what to do when the table has changed. */
  void use(Runnable newReload) {
    reload = newReload;
  }

  /** Only has it done: this is the thread that delivers events to everybody. */
  void on(@Observes @Topic(TOPIC) ServerEvent changed) {
    executor.execute(reload);
  }
}
