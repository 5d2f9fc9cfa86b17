package dev.belfry.event;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/** A transaction that a test begins and ends; it has a part in the database if it is given one. */
public final class SettableTransaction implements CallerTransaction {

  private final List<Runnable> afterCommit = new ArrayList<>();
  private Runnable committer = () -> {};
  private Runnable rollback = () -> {};
  private Thread owner;

  /** What commits and rolls back with it. */
  public void include(Runnable onCommit, Runnable onRollback) {
    committer = onCommit;
    rollback = onRollback;
  }

  public void begin() {
    owner = Thread.currentThread();
  }

  public void commit() {
    committer.run();
    owner = null;
    List<Runnable> actions = List.copyOf(afterCommit);
    afterCommit.clear();
    actions.forEach(Runnable::run);
  }

  public void rollBack() {
    rollback.run();
    owner = null;
    afterCommit.clear();
  }

  @Override
  public boolean isActive() {
    return Thread.currentThread().equals(owner);
  }

  @Override
  public void afterCommit(Runnable action) {
    afterCommit.add(action);
  }

  @Override
  public <T> T outside(Supplier<T> work) {
    Thread suspended = owner;
    owner = null;
    try {
      return work.get();
    } finally {
      owner = suspended;
    }
  }
}
