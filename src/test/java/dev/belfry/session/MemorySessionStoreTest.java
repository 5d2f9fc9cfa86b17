package dev.belfry.session;

import java.time.Duration;

class MemorySessionStoreTest extends SessionStoreContract {

  private final SettableClock clock = new SettableClock();

  @Override
  protected SessionStore createStore() {
    return new MemorySessionStore(TIME_TO_LIVE, clock);
  }

  @Override
  protected void pass(Duration duration) {
    clock.pass(duration);
  }
}
