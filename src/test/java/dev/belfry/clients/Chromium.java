package dev.belfry.clients;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import jakarta.json.Json;
import java.io.IOException;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** The machine's Chromium, without a window, told what to do over the DevTools protocol. */
final class Chromium implements AutoCloseable {

  static final Program PROGRAM = new Program("chromium");

  private static final Duration LIMIT = Duration.ofSeconds(30);

  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final Path directory = Files.createTempDirectory("chromium");
  private final Path log = directory.resolve("log");
  private final Path portFile = directory.resolve("profile/DevToolsActivePort");
  private final Process process;

  /** Starts one with a profile of its own, and waits until it listens. */
  Chromium() throws IOException {
    process =
        new ProcessBuilder(
                PROGRAM.find().orElseThrow().toString(),
                "--headless=new",
                // Root may not have one; the pages are our own.
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--disable-background-networking",
                "--disable-component-update",
                "--no-first-run",
                "--no-proxy-server",
                "--user-data-dir=" + directory.resolve("profile"),
                "--remote-debugging-port=0",
                "about:blank")
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    try {
      awaitListening();
    } catch (RuntimeException failure) {
      try (this) {
        throw failure;
      }
    }
  }

  private void awaitListening() {
    await()
        .atMost(LIMIT)
        .failFast(
            "Chromium ended",
            () -> assertThat(process.isAlive()).as("Chromium: %s", Files.readString(log)).isTrue())
        .until(() -> Files.exists(portFile) && Files.readAllLines(portFile).size() == 2);
  }

  /** Opens a page in a tab of its own. */
  Tab open(URI page) throws IOException, InterruptedException {
    URI creation =
        URI.create(
            "http://127.0.0.1:%s/json/new?about:blank"
                .formatted(Files.readAllLines(portFile).get(0)));
    HttpRequest request = HttpRequest.newBuilder(creation).PUT(BodyPublishers.noBody()).build();
    String answer = http.send(request, BodyHandlers.ofString()).body();
    String socket =
        Json.createReader(new StringReader(answer)).readObject().getString("webSocketDebuggerUrl");
    return new Tab(http, URI.create(socket), page);
  }

  /** Ends it and deletes its profile. Idempotent. */
  @Override
  public void close() throws IOException {
    // Not all end with their parent.
    List<ProcessHandle> all =
        Stream.concat(process.descendants(), Stream.of(process.toHandle())).toList();
    all.forEach(ProcessHandle::destroyForcibly);
    try {
      process.waitFor(5, TimeUnit.SECONDS);
    } catch (InterruptedException ignored) {
      Thread.currentThread().interrupt();
    }
    // They may still be writing.
    await().atMost(LIMIT).until(() -> all.stream().noneMatch(ProcessHandle::isAlive));
    delete();
  }

  private void delete() throws IOException {
    if (Files.notExists(directory)) {
      return;
    }
    try (Stream<Path> files = Files.walk(directory)) {
      files.sorted(Comparator.reverseOrder()).forEach(Chromium::delete);
    }
  }

  private static void delete(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }
}
