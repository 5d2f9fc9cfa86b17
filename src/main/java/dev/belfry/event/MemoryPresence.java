package dev.belfry.event;

/** Knows of this replica only. */
public final class MemoryPresence implements Presence {

  private volatile int streams;
  private volatile boolean closed;

  @Override
  public Count count() {
    return closed ? new Count(0, 0) : new Count(1, streams);
  }

  @Override
  public void report(int open) {
    streams = open;
  }

  @Override
  public void close() {
    closed = true;
  }
}
