package dev.belfry.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.List;
import org.junit.jupiter.api.Test;

class PortsTest {

  @Test
  void requireUsableWhenPortsAreTakenThenNamesAllAndTheOption() throws IOException {
    int free = Ports.free(1).get(0);
    try (ServerSocket loopback = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        ServerSocket everywhere = new ServerSocket(0)) {
      List<Integer> ports = List.of(loopback.getLocalPort(), free, everywhere.getLocalPort());

      assertThatExceptionOfType(ClusterException.class)
          .isThrownBy(() -> Ports.requireUsable(ports, "demo.port"))
          .withMessageContainingAll(
              "port " + loopback.getLocalPort(),
              "port " + everywhere.getLocalPort(),
              "-Ddemo.port=BASE")
          .withMessageNotContaining("port " + free);
    }
  }

  @Test
  void requireUsableWhenPortsAreFreeThenLeavesThemFree() {
    List<Integer> ports = Ports.free(2);

    Ports.requireUsable(ports, "demo.port");

    assertThatCode(() -> Ports.requireUsable(ports, "demo.port")).doesNotThrowAnyException();
  }

  @Test
  void freeReturnsNeighboursBelowTheEphemeralPorts() {
    List<Integer> ports = Ports.free(16);

    assertThat(ports).hasSize(16).isEqualTo(Ports.range(ports.get(0), 16));
    assertThat(ports).allMatch(port -> port >= 20_000 && port < 32_768);
  }
}
