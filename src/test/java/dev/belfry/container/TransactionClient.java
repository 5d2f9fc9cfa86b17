package dev.belfry.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.URI;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.jboss.shrinkwrap.api.spec.WebArchive;

/** Has an application with {@link TransactionProbe} work in transactions. */
record TransactionClient(URI transactions) {

  static final Duration LONG = Duration.ofSeconds(20);

  /** The application. */
  static WebArchive application(String name, Map<String, String> settings) {
    return Wars.war(name, settings)
        .addClasses(
            TransactionProbe.class,
            TransactionSteps.class,
            TransactionalBean.class,
            TransactionalEjb.class,
            DelayProbe.class,
            ObservedEvents.class);
  }

  /** What came of it. */
  String run(String kind, String... steps) throws Exception {
    URI uri = URI.create(transactions + "?" + kind);
    HttpResponse<String> response = Http.send("POST", uri, String.join("\n", steps));
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    return response.body();
  }

  /** As {@link #run}, without waiting. */
  CompletableFuture<String> begin(String kind, String... steps) {
    return CompletableFuture.supplyAsync(
        () -> {
          try {
            return run(kind, steps);
          } catch (Exception failure) {
            throw new CompletionException(failure);
          }
        });
  }

  /** The texts of the events of a method that were delivered, in the order of arrival. */
  List<String> observed(String method) throws Exception {
    String body = get("observed=" + method);
    return body.isEmpty() ? List.of() : List.of(body.split(" ", -1));
  }

  void awaitObserved(String method, String... texts) {
    await().atMost(LONG).untilAsserted(() -> assertThat(observed(method)).containsExactly(texts));
  }

  String get(String query) throws Exception {
    HttpResponse<String> response = Http.send("GET", URI.create(transactions + "?" + query), "");
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    return response.body();
  }

  /** Waits for an answer that {@link #begin} asked for. */
  static String answer(CompletionStage<String> running) throws Exception {
    return running.toCompletableFuture().get(LONG.toSeconds(), TimeUnit.SECONDS);
  }
}
