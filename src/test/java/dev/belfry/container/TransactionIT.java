package dev.belfry.container;

import static dev.belfry.container.ServersDatabase.execute;
import static dev.belfry.container.ServersDatabase.query;
import static dev.belfry.container.TransactionClient.LONG;
import static dev.belfry.container.TransactionClient.answer;
import static dev.belfry.container.TransactionSteps.GATE;
import static dev.belfry.container.TransactionSteps.GATE_AT_COMMIT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.URI;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.jboss.arquillian.container.test.api.Deployment;
import org.jboss.arquillian.container.test.api.RunAsClient;
import org.jboss.arquillian.container.test.api.TargetsContainer;
import org.jboss.arquillian.junit5.ArquillianExtension;
import org.jboss.shrinkwrap.api.spec.WebArchive;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Events published in the container's transactions, in two servers: with one resource ("one"), and
 * with two, which the container has to commit in two phases ("xa").
 */
@ExtendWith(ArquillianExtension.class)
@RunAsClient
class TransactionIT {

  private final String method = "test/" + UUID.randomUUID();
  private final String text = "row-" + UUID.randomUUID();

  @Deployment(name = "one-alpha", testable = false)
  @TargetsContainer("alpha")
  static WebArchive oneAlpha() {
    return war("one-alpha", "transactions_one", "jdbc/belfry");
  }

  @Deployment(name = "one-beta", testable = false)
  @TargetsContainer("beta")
  static WebArchive oneBeta() {
    return war("one-beta", "transactions_one", "jdbc/belfry");
  }

  @Deployment(name = "xa-alpha", testable = false)
  @TargetsContainer("alpha")
  static WebArchive xaAlpha() {
    return war("xa-alpha", "transactions_xa", "jdbc/belfry-xa");
  }

  @Deployment(name = "xa-beta", testable = false)
  @TargetsContainer("beta")
  static WebArchive xaBeta() {
    return war("xa-beta", "transactions_xa", "jdbc/belfry-xa");
  }

  private static WebArchive war(String name, String channel, String dataSource) {
    return TransactionClient.application(
        name, Map.of("belfry.events.channel", channel, "belfry.datasource", dataSource));
  }

  @BeforeAll
  static void createTable() throws SQLException {
    execute(TransactionSteps.TABLE);
  }

  private static TransactionClient client(String resources, String server) {
    return new TransactionClient(
        URI.create(
            "http://127.0.0.1:%s/%s-%s/transactions"
                .formatted(System.getProperty(server + ".port"), resources, server)));
  }

  private static DatabaseObstacle gate(long number) throws SQLException {
    return DatabaseObstacle.gate(connect(), number);
  }

  private static Connection connect() throws SQLException {
    return DriverManager.getConnection(
        System.getProperty(LibertyServers.DATABASE_URL), "postgres", "");
  }

  private List<String> rows() throws SQLException {
    return query("SELECT text FROM transaction_row WHERE text LIKE '%" + text + "'");
  }

  /** Waits until whatever was published before has been delivered, too. */
  private static void awaitDelivery(TransactionClient alpha, TransactionClient beta)
      throws Exception {
    String marker = "test/marker-" + UUID.randomUUID();
    assertThat(beta.run("user", "async " + marker + " x")).isEqualTo("done");
    alpha.awaitObserved(marker, "x");
    beta.awaitObserved(marker, "x");
  }

  @ParameterizedTest
  @CsvSource({"one,cdi", "one,ejb", "one,user", "xa,cdi", "xa,ejb", "xa,user"})
  void publishedIsDeliveredOnBothServersAfterTheCommitAndNotBefore(String resources, String kind)
      throws Exception {
    TransactionClient alpha = client(resources, "alpha");
    TransactionClient beta = client(resources, "beta");
    CompletableFuture<String> running;
    try (DatabaseObstacle gate = gate(GATE)) {
      running = alpha.begin(kind, "write " + text, "publish " + method + " a", "await " + GATE);
      gate.awaitWaiting("pg_advisory");

      awaitDelivery(alpha, beta);
      assertThat(alpha.observed(method)).isEmpty();
      assertThat(beta.observed(method)).isEmpty();
      assertThat(rows()).isEmpty();
      assertThat(running).isNotDone();
    }

    assertThat(answer(running)).isEqualTo("done");
    assertThat(rows()).containsExactly(text);
    alpha.awaitObserved(method, "a");
    beta.awaitObserved(method, "a");
  }

  @ParameterizedTest
  @CsvSource({"one", "xa"})
  void publishedIsNotDeliveredWhileTheCommitIsUnderWay(String resources) throws Exception {
    TransactionClient alpha = client(resources, "alpha");
    TransactionClient beta = client(resources, "beta");
    CompletableFuture<String> running;
    try (DatabaseObstacle gate = gate(GATE_AT_COMMIT)) {
      // What is enlisted last Liberty prepares first: Belfry's resource is prepared already.
      running = alpha.begin("cdi", "write slow-" + text, "publish " + method + " a");
      gate.awaitWaiting(resources.equals("xa") ? "PREPARE TRANSACTION" : "COMMIT");

      assertThat(query("SELECT gid FROM pg_prepared_xacts"))
          .as("prepared transactions")
          .hasSize(resources.equals("xa") ? 1 : 0);
      awaitDelivery(alpha, beta);
      assertThat(alpha.observed(method)).isEmpty();
      assertThat(beta.observed(method)).isEmpty();
    }

    assertThat(answer(running)).isEqualTo("done");
    assertThat(rows()).containsExactly("slow-" + text);
    alpha.awaitObserved(method, "a");
    beta.awaitObserved(method, "a");
    assertThat(query("SELECT gid FROM pg_prepared_xacts")).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "one,cdi,fail",
    "one,ejb,fail",
    "one,user,fail",
    "xa,cdi,fail",
    "xa,ejb,fail",
    "xa,user,fail",
    "one,cdi,roll-back",
    "one,ejb,roll-back",
    "one,user,roll-back",
    "xa,cdi,roll-back",
    "xa,ejb,roll-back",
    "xa,user,roll-back"
  })
  void rolledBackIsNeitherDeliveredNorKept(String resources, String kind, String end)
      throws Exception {
    TransactionClient alpha = client(resources, "alpha");

    String answer = alpha.run(kind, "write " + text, "publish " + method + " a", end);

    if (end.equals("fail")) {
      assertThat(answer).contains("as the test wants it");
    } else {
      assertRolledBack(kind, answer);
    }
    assertNothingCameOfIt(resources);
  }

  /** Who begins a transaction himself is told that it could not be committed. */
  private static void assertRolledBack(String kind, String answer) {
    if (kind.equals("user")) {
      assertThat(answer).startsWith("failed: jakarta.transaction.RollbackException");
    } else {
      assertThat(answer).isEqualTo("done");
    }
  }

  private void assertNothingCameOfIt(String resources) throws Exception {
    TransactionClient alpha = client(resources, "alpha");
    TransactionClient beta = client(resources, "beta");
    assertThat(rows()).isEmpty();
    assertThat(
            query(
                "SELECT payload FROM belfry_outbox WHERE payload->>'method' = '%s'"
                    .formatted(method)))
        .isEmpty();
    awaitDelivery(alpha, beta);
    assertThat(alpha.observed(method)).isEmpty();
    assertThat(beta.observed(method)).isEmpty();
    assertThat(query("SELECT gid FROM pg_prepared_xacts")).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"one,cdi", "one,ejb", "one,user", "xa,cdi", "xa,ejb", "xa,user"})
  void whatIsPublishedWhenTheTransactionCanOnlyBeRolledBackIsNotDelivered(
      String resources, String kind) throws Exception {
    String answer = client(resources, "alpha").run(kind, "roll-back", "publish " + method + " a");

    assertRolledBack(kind, answer);
    assertNothingCameOfIt(resources);
  }

  @ParameterizedTest
  @CsvSource({"one,cdi", "one,ejb", "xa,cdi", "xa,ejb"})
  void orderWithinATransactionIsKept(String resources, String kind) throws Exception {
    TransactionClient alpha = client(resources, "alpha");
    String publish = "publish " + method + " ";

    assertThat(
            alpha.run(
                kind,
                publish + "1",
                publish + "2",
                "write " + text,
                publish + "3",
                "holding-a-connection " + method + " " + text,
                "write " + text,
                publish + "4"))
        .isEqualTo("done");

    alpha.awaitObserved(method, "1", "2", "3", text, "4");
    client(resources, "beta").awaitObserved(method, "1", "2", "3", text, "4");
    assertThat(rows()).hasSize(4);
  }

  @ParameterizedTest
  @ValueSource(strings = {"one", "xa"})
  void openTransactionHoldsUpNoOther(String resources) throws Exception {
    TransactionClient alpha = client(resources, "alpha");
    TransactionClient beta = client(resources, "beta");
    String publish = "publish " + method + " ";
    CompletableFuture<String> first;
    try (DatabaseObstacle gate = gate(GATE)) {
      first = alpha.begin("cdi", publish + "a1", "await " + GATE, publish + "a2");
      gate.awaitWaiting("pg_advisory");

      assertThat(beta.run("ejb", publish + "b1", "write " + text, publish + "b2"))
          .isEqualTo("done");
      alpha.awaitObserved(method, "b1", "b2");
    }

    assertThat(answer(first)).isEqualTo("done");
    alpha.awaitObserved(method, "b1", "b2", "a1", "a2");
    beta.awaitObserved(method, "b1", "b2", "a1", "a2");
  }

  @ParameterizedTest
  @ValueSource(strings = {"one", "xa"})
  void asynchronousPublishIsNoPartOfTheTransaction(String resources) throws Exception {
    TransactionClient alpha = client(resources, "alpha");
    TransactionClient beta = client(resources, "beta");
    CompletableFuture<String> running;
    try (DatabaseObstacle gate = gate(GATE)) {
      running =
          alpha.begin(
              "cdi",
              "publish " + method + " within",
              "async " + method + " without",
              "await " + GATE,
              "fail");
      gate.awaitWaiting("pg_advisory");

      alpha.awaitObserved(method, "without");
      beta.awaitObserved(method, "without");
    }

    assertThat(answer(running)).contains("as the test wants it");
    awaitDelivery(alpha, beta);
    assertThat(alpha.observed(method)).containsExactly("without");
    assertThat(beta.observed(method)).containsExactly("without");
  }

  @ParameterizedTest
  @ValueSource(strings = {"one", "xa"})
  void keyOfARolledBackTransactionIsNotUsedUpAndThatOfACommittedOneIs(String resources)
      throws Exception {
    TransactionClient alpha = client(resources, "alpha");
    TransactionClient beta = client(resources, "beta");

    alpha.run("cdi", "idempotent " + method + " rolled-back", "fail");
    assertThat(
            alpha.run("cdi", "idempotent " + method + " first", "idempotent " + method + " again"))
        .isEqualTo("done");
    alpha.awaitObserved(method, "first");
    assertThat(beta.run("ejb", "idempotent " + method + " elsewhere")).isEqualTo("done");

    awaitOutboxEmpty(resources);
    awaitDelivery(alpha, beta);
    assertThat(alpha.observed(method)).containsExactly("first");
    assertThat(beta.observed(method)).containsExactly("first");
  }

  @ParameterizedTest
  @ValueSource(strings = {"one", "xa"})
  void coalescedEventsOfCommittedTransactionsBecomeOne(String resources) throws Exception {
    TransactionClient alpha = client(resources, "alpha");
    TransactionClient beta = client(resources, "beta");

    try (DatabaseObstacle log = log(resources)) {
      assertThat(
              alpha.run(
                  "cdi",
                  "coalesced " + method + " 1",
                  "write " + text,
                  "coalesced " + method + " 2"))
          .isEqualTo("done");
      assertThat(beta.run("ejb", "coalesced " + method + " 3")).isEqualTo("done");
      alpha.run("cdi", "coalesced " + method + " rolled-back", "fail");
      log.awaitWaiting("belfry_log");
    }

    awaitOutboxEmpty(resources);
    awaitDelivery(alpha, beta);
    assertThat(alpha.observed(method)).containsExactly("3");
    assertThat(beta.observed(method)).containsExactly("3");
  }

  /** While it is held nothing is moved from the outbox into the log. */
  private static DatabaseObstacle log(String resources) throws SQLException {
    return new DatabaseObstacle(
        connect(),
        "SELECT FROM belfry_log WHERE channel = 'transactions_%s' FOR UPDATE".formatted(resources));
  }

  private static void awaitOutboxEmpty(String resources) {
    String sql =
        "SELECT id FROM belfry_outbox WHERE channel = 'transactions_%s'".formatted(resources);
    await().atMost(LONG).untilAsserted(() -> assertThat(query(sql)).isEmpty());
  }

  @ParameterizedTest
  @CsvSource({
    "one,before-completion",
    "xa,before-completion",
    "one,after-success",
    "xa,after-success",
    "one,after-completion",
    "xa,after-completion"
  })
  void whatIsPublishedAtTheEndOfATransactionIsDeliveredIfItCommits(String resources, String phase)
      throws Exception {
    TransactionClient alpha = client(resources, "alpha");
    TransactionClient beta = client(resources, "beta");

    alpha.run("cdi", phase + " " + method + " rolled-back", "write " + text, "fail");
    assertThat(
            alpha.run(
                "cdi",
                "publish " + method + " within",
                phase + " " + method + " end",
                "write " + text))
        .isEqualTo("done");

    awaitBothObserved(alpha, phase, "within", "end");
    awaitBothObserved(beta, phase, "within", "end");
    assertThat(rows()).hasSize(1);
  }

  private void awaitBothObserved(TransactionClient client, String phase, String... texts) {
    if (phase.equals("before-completion")) {
      client.awaitObserved(method, texts);
    } else {
      // Published without a transaction, perhaps before the move of the transaction's events.
      await()
          .atMost(LONG)
          .untilAsserted(
              () -> assertThat(client.observed(method)).containsExactlyInAnyOrder(texts));
    }
  }

  @Test
  void delayOfTheMoveIsMeasured() throws Exception {
    String delays = client("one", "alpha").get("delays=400");
    System.out.println("Delay of events, one resource:\n" + delays);
    String xaDelays = client("xa", "alpha").get("delays=200");
    System.out.println("Delay of events, two resources (XA):\n" + xaDelays);

    assertThat(delays).contains("400 events");
    assertThat(xaDelays).contains("200 events");
  }
}
