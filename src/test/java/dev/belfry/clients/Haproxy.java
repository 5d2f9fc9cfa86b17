package dev.belfry.clients;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.belfry.cluster.Ports;
import dev.belfry.cluster.Replica;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.URI;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The machine's haproxy in front of two replicas, with the configuration that the documentation
 * tells users to have; only the addresses are the test's.
 */
final class Haproxy implements Address, AutoCloseable {

  static final Program PROGRAM = new Program("haproxy");

  private static final Duration LIMIT = Duration.ofSeconds(20);
  private static final Path PAGE = Path.of("src/site/markdown/operations.md");
  private static final Pattern CONFIGURATION =
      Pattern.compile("```haproxy\\n(.*?)```", Pattern.DOTALL);

  private final int port = Ports.free(1).get(0);
  private final Path directory = Files.createTempDirectory("haproxy");
  private final Path configuration = directory.resolve("haproxy.cfg");
  private final Path control = directory.resolve("control");
  private final Path log = directory.resolve("log");
  private final Process process;

  /** Starts one; the replicas need not be running. */
  Haproxy(List<Replica> replicas) throws IOException {
    Files.writeString(configuration, configuration(replicas));
    process =
        new ProcessBuilder(
                PROGRAM.find().orElseThrow().toString(), "-db", "-f", configuration.toString())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
  }

  private String configuration(List<Replica> replicas) throws IOException {
    Matcher documented = CONFIGURATION.matcher(Files.readString(PAGE));
    if (!documented.find()) {
      throw new IOException("No configuration of haproxy in " + PAGE);
    }
    String text = documented.group(1);
    text = replace(text, "/run/haproxy/admin.sock", control.toString());
    text = replace(text, ":8080", "127.0.0.1:" + port);
    text = replace(text, "10.0.0.1:9080", replicas.get(0).uri("").getAuthority());
    return replace(text, "10.0.0.2:9080", replicas.get(1).uri("").getAuthority());
  }

  private static String replace(String text, String documented, String ours) throws IOException {
    if (!text.contains(documented)) {
      throw new IOException("No " + documented + " in the configuration in " + PAGE);
    }
    return text.replace(documented, ours);
  }

  @Override
  public URI uri(String path) {
    return URI.create("http://127.0.0.1:" + port + path);
  }

  /** Waits until it sends requests to all replicas. */
  void awaitAllUp() {
    await()
        .atMost(LIMIT)
        .failFast(
            "haproxy ended",
            () -> assertThat(process.isAlive()).as("haproxy: %s", Files.readString(log)).isTrue())
        .until(() -> Files.exists(control) && serversUp() == 2);
  }

  private long serversUp() throws IOException {
    return ask("show stat")
        .lines()
        .filter(line -> line.matches("replicas,(one|two),.*,UP,.*"))
        .count();
  }

  private String ask(String command) throws IOException {
    try (SocketChannel socket = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      socket.connect(UnixDomainSocketAddress.of(control));
      socket.write(ByteBuffer.wrap((command + "\n").getBytes(US_ASCII)));
      return new String(Channels.newInputStream(socket).readAllBytes(), US_ASCII);
    }
  }

  /** Ends it and all connections through it, and deletes its files. Idempotent. */
  @Override
  public void close() throws IOException {
    process.destroy();
    try {
      if (!process.waitFor(5, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException ignored) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
    Files.deleteIfExists(configuration);
    Files.deleteIfExists(control);
    Files.deleteIfExists(log);
    Files.deleteIfExists(directory);
  }
}
