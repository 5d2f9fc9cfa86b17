package dev.belfry.clients;

import static java.nio.charset.StandardCharsets.UTF_8;

import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.json.JsonReader;
import jakarta.json.JsonValue;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/**
 * A program of {@code src/test/npm} that obeys, line by line, and tells what it sees. Thread-safe.
 */
final class NodeProcess implements AutoCloseable {

  private static final long PATIENCE_SECONDS = 30;

  private final Process process;
  private final BufferedWriter commands;
  private final Consumer<JsonObject> observer;
  private final Map<Integer, CompletableFuture<JsonObject>> answers = new ConcurrentHashMap<>();
  private final AtomicInteger ids = new AtomicInteger();

  /**
   * Starts it.
   *
   * @param script its file's name
   * @param observer called with everything it tells that is no answer
   */
  NodeProcess(String script, String argument, Consumer<JsonObject> observer) {
    this.observer = observer;
    NodePackages packages = NodePackages.required();
    try {
      process =
          new ProcessBuilder(
                  packages.node().toString(), packages.script(script).toString(), argument)
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .start();
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
    commands = process.outputWriter(UTF_8);
    new Thread(this::read, script).start();
  }

  private void read() {
    try (BufferedReader lines = process.inputReader(UTF_8)) {
      lines.lines().map(NodeProcess::json).forEach(this::take);
    } catch (UncheckedIOException | IOException ended) {
      // With the process: whoever waits for an answer is told below.
    } finally {
      answers.values().forEach(answer -> answer.cancel(false));
    }
  }

  private static JsonObject json(String line) {
    try (JsonReader reader = Json.createReader(new StringReader(line))) {
      return reader.readObject();
    }
  }

  private void take(JsonObject line) {
    if (line.containsKey("id")) {
      answers.get(line.getInt("id")).complete(line);
    } else {
      observer.accept(line);
    }
  }

  /**
   * Has it do something, and waits until it has.
   *
   * @throws IllegalStateException with what the program says if it could not
   */
  JsonValue act(String action, JsonValue argument) {
    int id = ids.incrementAndGet();
    CompletableFuture<JsonObject> answer = new CompletableFuture<>();
    answers.put(id, answer);
    try {
      send(
          Json.createObjectBuilder()
              .add("id", id)
              .add("action", action)
              .add("argument", argument)
              .build());
      JsonObject line = answer.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
      if (line.containsKey("failure")) {
        throw new IllegalStateException(action + ": " + line.getString("failure"));
      }
      return line.get("answer");
    } catch (IOException | ExecutionException | TimeoutException failure) {
      throw new IllegalStateException(action + " is not answered", failure);
    } catch (InterruptedException interruption) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(action + " is not waited for", interruption);
    } finally {
      answers.remove(id);
    }
  }

  private synchronized void send(JsonObject command) throws IOException {
    commands.write(command + "\n");
    commands.flush();
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
