package dev.belfry.event;

import java.time.Clock;

class MemoryBroadcasterTest extends BroadcasterContract {

  @Override
  protected Broadcaster createBroadcaster(LocalFanout fanout) {
    return new MemoryBroadcaster(fanout, Clock.systemUTC());
  }
}
