package dev.belfry.cluster;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.IntStream;

/** TCP ports of the loopback interface. */
public final class Ports {
  // Below the ephemeral ports of Linux and macOS: an outgoing connection must not get the port of a
  // server that is down for a while, least of all the connection that is meant to reach it.
  private static final int LOWEST = 20_000;
  private static final int HIGHEST = 30_000;

  private Ports() {}

  /**
   * Finds free neighbours. Nothing reserves them: another process may be faster.
   *
   * @param count how many
   * @return ascending, without gaps
   */
  public static List<Integer> free(int count) {
    for (int attempt = 0; attempt < 100; attempt++) {
      List<Integer> ports =
          range(ThreadLocalRandom.current().nextInt(LOWEST, HIGHEST - count), count);
      if (unusable(ports).isEmpty()) {
        return ports;
      }
    }
    throw new ClusterException(
        "No %d free ports in a row between %d and %d.".formatted(count, LOWEST, HIGHEST));
  }

  static List<Integer> range(int first, int count) {
    return IntStream.range(first, first + count).boxed().toList();
  }

  /** Names all ports that cannot be listened on, and the option that moves them. */
  static void requireUsable(List<Integer> ports, String option) {
    List<String> unusable = unusable(ports);
    if (!unusable.isEmpty()) {
      throw new ClusterException(
          "Cannot listen on 127.0.0.1 at port %s. Choose other ports with -D%s=BASE (replica i listens on BASE+i)."
              .formatted(String.join(", port ", unusable), option));
    }
  }

  private static List<String> unusable(List<Integer> ports) {
    List<String> unusable = new ArrayList<>();
    for (int port : ports) {
      try (ServerSocket socket = new ServerSocket()) {
        socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      } catch (IOException e) {
        unusable.add("%d (%s)".formatted(port, e.getMessage()));
      }
    }
    return unusable;
  }
}
