package dev.belfry.cluster;

import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class ExistingDatabaseTest {

  @Test
  void startWhenNothingListensThenNamesTheAddressWithoutPassword() {
    int port = Ports.free(1).get(0);

    assertThatExceptionOfType(ClusterException.class)
        .isThrownBy(() -> database("127.0.0.1:" + port).start())
        .withMessageContainingAll("127.0.0.1:" + port, "as ann", "does not answer")
        .withMessageNotContaining("secret");
  }

  @Test
  void startWhenHostIsUnknownThenSaysSo() {
    assertThatExceptionOfType(ClusterException.class)
        .isThrownBy(() -> database("host.invalid").start())
        .withMessageContaining("UnknownHostException: host.invalid");
  }

  @Test
  @Timeout(15)
  void startWhenServerAcceptsAndSaysNothingThenGivesUp() throws IOException {
    try (ServerSocket silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      assertThatExceptionOfType(ClusterException.class)
          .isThrownBy(() -> database("127.0.0.1:" + silent.getLocalPort()).start())
          .withMessageContaining("does not answer");
    }
  }

  private static Database database(String host) {
    return new ExistingDatabase(
        new DatabaseAddress("jdbc:postgresql://" + host + "/app?loginTimeout=1", "ann", "secret"));
  }
}
