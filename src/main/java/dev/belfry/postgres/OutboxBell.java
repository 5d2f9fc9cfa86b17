package dev.belfry.postgres;

/**
 * Tells whoever moves the outbox that something was put in. Nothing is lost where nobody listens:
 * what is in the outbox is also looked for regularly. Thread-safe.
 */
public final class OutboxBell {

  private volatile Runnable listener = () -> {};

  /** From now on this one is told, on the threads of those who put something in; never blocks. */
  void attach(Runnable newListener) {
    listener = newListener;
  }

  void ring() {
    listener.run();
  }
}
