package dev.belfry.cluster;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;

/** Waits for a server to become ready, or finds out why it does not. For one use, by one thread. */
final class Startup {
  private static final Duration LIMIT = Duration.ofMinutes(2);
  private static final Duration POLL_INTERVAL = Duration.ofMillis(200);
  private static final Duration ANSWER_LIMIT = Duration.ofSeconds(5);

  private final String name;
  private final ServerProcess process;
  private final ServerDirectory directory;
  private final HttpRequest readiness;
  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final long begin = System.nanoTime();

  private String lastAnswer = "none";

  Startup(String name, URI readiness, ServerProcess process, ServerDirectory directory) {
    this.name = name;
    this.process = process;
    this.directory = directory;
    this.readiness = HttpRequest.newBuilder(readiness).timeout(ANSWER_LIMIT).build();
  }

  void await() {
    while (!isReady()) {
      if (process.awaitEnd(POLL_INTERVAL)) {
        throw new ClusterException(directory.obituary(process.exitCode()));
      }
      requireApplication();
      requireTimeLeft();
    }
  }

  private boolean isReady() {
    try {
      HttpResponse<String> response = client.send(readiness, BodyHandlers.ofString());
      lastAnswer = response.statusCode() + " " + response.body();
      return response.statusCode() == 200;
    } catch (IOException e) {
      lastAnswer = e.toString();
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ClusterException("Interrupted while " + name + " was starting.", e);
    }
  }

  // Liberty itself goes on without the application, so that waiting longer would be in vain.
  private void requireApplication() {
    directory
        .failedApplication()
        .ifPresent(
            line -> {
              throw new ClusterException(
                  "The application does not start on %s: %s%n%s"
                      .formatted(name, line, directory.endOfConsole()));
            });
  }

  private void requireTimeLeft() {
    if (System.nanoTime() - begin > LIMIT.toNanos()) {
      throw new ClusterException(
          "%s is not ready after %d seconds. %s answered last: %s%n%s"
              .formatted(
                  name, LIMIT.toSeconds(), readiness.uri(), lastAnswer, directory.endOfConsole()));
    }
  }
}
