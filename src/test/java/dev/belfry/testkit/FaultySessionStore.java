package dev.belfry.testkit;

import static java.util.Objects.requireNonNull;

import dev.belfry.session.Lifetime;
import dev.belfry.session.Session;
import dev.belfry.session.SessionStore;
import dev.belfry.session.SessionStoreException;
import jakarta.json.JsonObject;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * A session store that fails or hesitates when it is told to, and else does what another one does:
 * for tests of what an application makes of it. {@link #close()} neither fails nor hesitates.
 * Thread-safe.
 */
public final class FaultySessionStore implements SessionStore {

  private final SessionStore store;
  private final List<Fault> faults = new CopyOnWriteArrayList<>();
  private final List<Hold> holds = new CopyOnWriteArrayList<>();

  /**
   * @param store does the work
   */
  public FaultySessionStore(SessionStore store) {
    this.store = requireNonNull(store, "store");
  }

  /** When a call fails. */
  public enum Moment {
    /** Nothing was done. */
    BEFORE,
    /** It was done, but the caller cannot know: the answer got lost. */
    AFTER
  }

  /**
   * A call of a method.
   *
   * @param method the name of the method, such as {@code find}
   * @param ids the sessions that it is about
   */
  public record Call(String method, List<String> ids) {
    public Call {
      requireNonNull(method, "method");
      ids = List.copyOf(ids);
    }
  }

  private record Fault(
      Predicate<Call> which, Moment moment, Supplier<? extends SessionStoreException> failure) {

    Fault {
      requireNonNull(which, "which");
      requireNonNull(moment, "moment");
      requireNonNull(failure, "failure");
    }
  }

  /** Lets the next calls fail, whatever they are. */
  public void failNext(
      int calls, Moment moment, Supplier<? extends SessionStoreException> failure) {
    AtomicInteger left = new AtomicInteger(calls);
    failWhen(call -> left.getAndUpdate(count -> Math.max(count - 1, 0)) > 0, moment, failure);
  }

  /**
   * Lets calls fail until {@link #recover()}.
   *
   * @param which those calls; asked once for each
   */
  public void failWhen(
      Predicate<Call> which, Moment moment, Supplier<? extends SessionStoreException> failure) {
    faults.add(new Fault(which, moment, failure));
  }

  /** Lets no call fail any more. */
  public void recover() {
    faults.clear();
  }

  /**
   * Holds calls up, before anything is done, until the hold is closed.
   *
   * @param which those calls; asked once for each
   */
  public Hold hold(Predicate<Call> which) {
    Hold hold = new Hold(which);
    holds.add(hold);
    return hold;
  }

  /** Holds calls up until it is closed. */
  public static final class Hold implements AutoCloseable {

    private final Predicate<Call> which;
    private final Semaphore arrived = new Semaphore(0);
    private final CountDownLatch released = new CountDownLatch(1);

    private Hold(Predicate<Call> which) {
      this.which = requireNonNull(which, "which");
    }

    /**
     * Waits until that many more calls have arrived.
     *
     * @throws IllegalStateException if they have not in time, or the thread is interrupted
     */
    public void await(int calls, Duration timeout) {
      try {
        if (!arrived.tryAcquire(calls, timeout.toMillis(), TimeUnit.MILLISECONDS)) {
          throw new IllegalStateException(
              "Only %d of %d calls have arrived within %s"
                  .formatted(arrived.availablePermits(), calls, timeout));
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException("Interrupted while waiting for calls", e);
      }
    }

    /** Lets all go, those that are held and those that come. Idempotent. */
    @Override
    public void close() {
      released.countDown();
    }

    private void pass(Call call) {
      if (released.getCount() == 0 || !which.test(call)) {
        return;
      }
      arrived.release();
      try {
        released.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException("Interrupted while " + call + " was held up", e);
      }
    }
  }

  private <T> T call(String method, Collection<String> ids, Supplier<T> work) {
    Call call = new Call(method, List.copyOf(ids));
    holds.forEach(hold -> hold.pass(call));
    Optional<Fault> fault = faults.stream().filter(each -> each.which().test(call)).findFirst();
    failIf(fault, Moment.BEFORE);
    T result = work.get();
    failIf(fault, Moment.AFTER);
    return result;
  }

  private static void failIf(Optional<Fault> fault, Moment moment) {
    if (fault.isPresent() && fault.get().moment() == moment) {
      throw fault.get().failure().get();
    }
  }

  @Override
  public Session create(String id, String userId, JsonObject state) {
    return call("create", List.of(id), () -> store.create(id, userId, state));
  }

  @Override
  public Session create(
      String id, String userId, JsonObject state, Lifetime lifetime, JsonObject negotiated) {
    return call("create", List.of(id), () -> store.create(id, userId, state, lifetime, negotiated));
  }

  @Override
  public Optional<Session> revive(String id, String userId) {
    return call("revive", List.of(id), () -> store.revive(id, userId));
  }

  @Override
  public Optional<Session> find(String id) {
    return call("find", List.of(id), () -> store.find(id));
  }

  @Override
  public boolean exists(String id) {
    return call("exists", List.of(id), () -> store.exists(id));
  }

  @Override
  public boolean touch(String id) {
    return call("touch", List.of(id), () -> store.touch(id));
  }

  @Override
  public Touched touchAll(Collection<String> ids) {
    return call("touchAll", ids, () -> store.touchAll(ids));
  }

  @Override
  public boolean delete(String id) {
    return call("delete", List.of(id), () -> store.delete(id));
  }

  @Override
  public boolean mergeState(String id, JsonObject changes) {
    return call("mergeState", List.of(id), () -> store.mergeState(id, changes));
  }

  @Override
  public int deleteExpired() {
    return call("deleteExpired", List.of(), store::deleteExpired);
  }

  @Override
  public void check() {
    call(
        "check",
        List.of(),
        () -> {
          store.check();
          return true;
        });
  }

  @Override
  public void close() {
    store.close();
  }
}
