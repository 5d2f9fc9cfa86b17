package dev.belfry.event;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class LocalFanoutTest {

  @Test
  void eventThatAnObserverPublishesComesAfterTheOneItObserves() {
    List<LocalFanout> fanouts = new ArrayList<>();
    List<String> seen = new ArrayList<>();
    LocalFanout fanout =
        new LocalFanout(
            BroadcasterContract.observer(
                event -> {
                  if (event.method().equals("first")) {
                    fanouts.get(0).deliver(ServerEvent.of("second"));
                  }
                  seen.add(event.method());
                }));
    fanouts.add(fanout);

    fanout.deliver(ServerEvent.of("first"));

    assertThat(seen).containsExactly("first", "second");
  }
}
