package dev.belfry.cdi;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;

/**
 * Does something when the JVM is told to end, at once. Applications are told later: Open Liberty
 * first closes all connections.
 *
 * <p>This is the one thread that is not the container's. The JVM starts it, at its end and only
 * then.
 */
final class ShutdownHook implements AutoCloseable {

  private static final Logger LOG = System.getLogger(ShutdownHook.class.getName());

  private final Thread thread;

  private ShutdownHook(Runnable action) {
    this.thread = new Thread(action, "belfry shutdown");
  }

  static ShutdownHook install(Runnable action) {
    ShutdownHook hook = new ShutdownHook(action);
    Runtime.getRuntime().addShutdownHook(hook.thread);
    return hook;
  }

  /** Forgets it: the JVM goes on without the application. Idempotent. */
  @Override
  public void close() {
    try {
      Runtime.getRuntime().removeShutdownHook(thread);
    } catch (IllegalStateException ending) {
      LOG.log(Level.TRACE, "The JVM ends, and has started it", ending);
    }
  }
}
