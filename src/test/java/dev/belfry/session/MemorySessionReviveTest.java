package dev.belfry.session;

import dev.belfry.testkit.SessionReviveContract;
import dev.belfry.testkit.SettableClock;
import java.time.Duration;
import java.util.function.Consumer;

class MemorySessionReviveTest extends SessionReviveContract {

  private final SettableClock clock = new SettableClock();

  @Override
  protected SessionBackend createBackend(SessionRules rules, Consumer<SessionEvent> observer) {
    return SessionBackend.inMemory(rules, clock, observer);
  }

  @Override
  protected void pass(Duration duration) {
    clock.pass(duration);
  }
}
