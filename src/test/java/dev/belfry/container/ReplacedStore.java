package dev.belfry.container;

import dev.belfry.session.Lifetime;
import dev.belfry.session.Session;
import dev.belfry.session.SessionBackend;
import dev.belfry.session.SessionRules;
import dev.belfry.session.SessionStore;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Alternative;
import jakarta.json.JsonObject;
import jakarta.json.JsonValue;
import java.time.Clock;
import java.time.Duration;
import java.util.Collection;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** An application's own store, which finds whatever it is asked for. */
@Alternative
@Priority(1)
@ApplicationScoped
public class ReplacedStore implements SessionStore {

  private final SessionStore memory =
      SessionBackend.inMemory(SessionRules.of(Duration.ofHours(1)), Clock.systemUTC(), event -> {})
          .store();

  private final AtomicInteger cleanups = new AtomicInteger();
  private final AtomicInteger cleanupsRunning = new AtomicInteger();
  private final AtomicInteger mostCleanupsAtOnce = new AtomicInteger();

  @Override
  public Session create(String id, String userId, JsonObject state) {
    return memory.create(id, userId, state);
  }

  @Override
  public Session create(
      String id, String userId, JsonObject state, Lifetime lifetime, JsonObject negotiated) {
    return memory.create(id, userId, state, lifetime, negotiated);
  }

  @Override
  public Optional<Session> revive(String id, String userId) {
    return memory.revive(id, userId);
  }

  @Override
  public Optional<Session> find(String id) {
    return memory.find(id).or(() -> Optional.of(create(id, "", JsonValue.EMPTY_JSON_OBJECT)));
  }

  @Override
  public boolean exists(String id) {
    return memory.exists(id);
  }

  @Override
  public boolean touch(String id) {
    return memory.touch(id);
  }

  @Override
  public Touched touchAll(Collection<String> ids) {
    return memory.touchAll(ids);
  }

  @Override
  public boolean delete(String id) {
    return memory.delete(id);
  }

  @Override
  public boolean mergeState(String id, JsonObject changes) {
    return memory.mergeState(id, changes);
  }

  /** Fails the first time, and takes longer than the interval. */
  @Override
  public int deleteExpired() {
    mostCleanupsAtOnce.accumulateAndGet(cleanupsRunning.incrementAndGet(), Math::max);
    try {
      if (cleanups.incrementAndGet() == 1) {
        throw new IllegalStateException("the first cleanup fails, as this test wants it");
      }
      new CountDownLatch(1).await(1_500, TimeUnit.MILLISECONDS);
      return memory.deleteExpired();
    } catch (InterruptedException interruption) {
      Thread.currentThread().interrupt();
      return 0;
    } finally {
      cleanupsRunning.decrementAndGet();
    }
  }

  int cleanups() {
    return cleanups.get();
  }

  int mostCleanupsAtOnce() {
    return mostCleanupsAtOnce.get();
  }

  @Override
  public void check() {
    memory.check();
  }

  @Override
  public void close() {
    memory.close();
  }
}
