package dev.belfry.container;

import static dev.belfry.container.Http.json;
import static dev.belfry.container.Http.send;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import jakarta.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.URL;
import java.net.http.HttpResponse;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jboss.arquillian.container.test.api.Deployer;
import org.jboss.arquillian.container.test.api.Deployment;
import org.jboss.arquillian.container.test.api.OperateOnDeployment;
import org.jboss.arquillian.container.test.api.RunAsClient;
import org.jboss.arquillian.container.test.api.TargetsContainer;
import org.jboss.arquillian.junit5.ArquillianExtension;
import org.jboss.arquillian.test.api.ArquillianResource;
import org.jboss.shrinkwrap.api.spec.WebArchive;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * What happens when applications with Belfry are deployed: side by side, and wrongly configured.
 */
@ExtendWith(ArquillianExtension.class)
@RunAsClient
class DeploymentIT {

  private static final Duration LONG = Duration.ofSeconds(10);

  @ArquillianResource private Deployer deployer;

  @ArquillianResource
  @OperateOnDeployment("postgres")
  private URL postgres;

  @ArquillianResource
  @OperateOnDeployment("memory")
  private URL memory;

  @ArquillianResource
  @OperateOnDeployment("replaced")
  private URL replaced;

  @Deployment(name = "postgres", testable = false)
  @TargetsContainer("alpha")
  static WebArchive postgres() {
    return Wars.war("postgres", Map.of("belfry.session.table", "side_by_side"))
        .addClasses(BeansProbe.class, ObservedEvents.class);
  }

  @Deployment(name = "memory", testable = false)
  @TargetsContainer("alpha")
  static WebArchive memory() {
    return Wars.war("memory", Map.of("belfry.backend", "memory", "belfry.health.delivery", "false"))
        .addClasses(BeansProbe.class, ObservedEvents.class);
  }

  @Deployment(name = "replaced", testable = false)
  @TargetsContainer("alpha")
  static WebArchive replaced() {
    return Wars.war(
            "replaced",
            Map.of("belfry.session.table", "replaced", "belfry.session.cleanup-interval", "PT1S"))
        .addClasses(
            BeansProbe.class, CleanupProbe.class, ObservedEvents.class, ReplacedStore.class);
  }

  @Deployment(name = "invalid", testable = false, managed = false)
  @TargetsContainer("beta")
  static WebArchive invalid() {
    return Wars.war(
        "invalid",
        Map.of(
            "belfry.session.ttl", "soon",
            "belfry.session.table", "x\"; DROP TABLE sessions; --",
            "belfry.events.channel", "two words"));
  }

  @Deployment(name = "unhealthy", testable = false, managed = false)
  @TargetsContainer("beta")
  static WebArchive unhealthy() {
    return Wars.war(
            "unhealthy",
            Map.of(
                "belfry.backend", "memory",
                "belfry.health.delivery-required", "true",
                "belfry.health.database", "false"))
        .addClasses(BeansProbe.class, ObservedEvents.class);
  }

  @Deployment(name = "stuck", testable = false, managed = false)
  @TargetsContainer("beta")
  static WebArchive stuck() {
    return Wars.war("stuck", Map.of("belfry.session.table", "stuck"))
        .addClass(StuckBroadcaster.class);
  }

  @Deployment(name = "missing", testable = false, managed = false)
  @TargetsContainer("beta")
  static WebArchive missing() {
    return Wars.war("missing", Map.of("belfry.listener.datasource", "jdbc/nowhere"));
  }

  @Deployment(name = "unreadable", testable = false, managed = false)
  @TargetsContainer("beta")
  static WebArchive unreadable() {
    return Wars.war("unreadable", Map.of("belfry.backend", "memory"))
        .addClass(UnreadableState.class);
  }

  @Test
  void applicationsOfOneServerDoNotDisturbEachOther() throws Exception {
    assertThat(get(postgres, "?create=side")).isEqualTo("created");

    assertThat(get(postgres, "?find=side")).isEqualTo("true");
    assertThat(get(memory, "?find=side")).isEqualTo("false");
    assertThat(get(memory, "?state")).isEqualTo("LOCAL_ONLY");
    assertThat(get(postgres, "?state")).isEqualTo("LIVE");

    get(memory, "?publish=only/here");
    assertThat(get(memory, "?observed=only/here")).isEqualTo("1");
    get(postgres, "?publish=for/all");
    await().atMost(LONG).until(() -> get(postgres, "?observed=for/all").equals("1"));
    await().atMost(LONG).until(() -> get(replaced, "?observed=for/all").equals("1"));
    assertThat(get(memory, "?observed=for/all")).isEqualTo("0");
    assertThat(get(postgres, "?observed=only/here")).isEqualTo("0");
  }

  @Test
  void beanOfTheApplicationReplacesBelfrys() throws Exception {
    assertThat(get(replaced, "?find=anything")).isEqualTo("true");
    assertThat(get(replaced, "?state")).isEqualTo("LIVE");
  }

  @Test
  void healthTellsOfDatabaseAndDeliveryUnlessDisabled() throws Exception {
    URI health = URI.create("http://" + postgres.getAuthority() + "/health");
    HttpResponse<String> response = send("GET", health, "");

    assertThat(response.statusCode()).isEqualTo(200);
    // Three applications; the one in memory has its delivery check switched off.
    assertThat(checks(response, "belfry-database")).isEqualTo(3);
    assertThat(checks(response, "belfry-delivery")).isEqualTo(2);
    assertThat(checks(response, "belfry-listener")).isEqualTo(3);
    assertThat(response.body()).contains("\"state\":\"LIVE\"").doesNotContain("password");
  }

  @Test
  void replicaWithoutDeliveryIsNotReadyWhereThatIsRequired() throws Exception {
    deployer.deploy("unhealthy");
    try {
      assertThat(statuses("/health/ready", "belfry-delivery")).contains("DOWN");
      assertThat(statuses("/health/ready", "belfry-database")).isEmpty();
    } finally {
      deployer.undeploy("unhealthy");
    }
  }

  @Test
  void loopThatDoesNotTurnIsNotAlive() throws Exception {
    deployer.deploy("stuck");
    try {
      assertThat(statuses("/health/live", "belfry-listener")).contains("DOWN");
    } finally {
      deployer.undeploy("stuck");
    }
  }

  private static List<String> statuses(String path, String name) throws Exception {
    URI beta = URI.create("http://127.0.0.1:" + System.getProperty("beta.port") + path);
    return json(send("GET", beta, "")).getJsonArray("checks").getValuesAs(JsonObject.class).stream()
        .filter(check -> check.getString("name").equals(name))
        .map(check -> check.getString("status"))
        .toList();
  }

  @Test
  void cleanupRunsAgainAfterAFailureAndNeverTwiceAtOnce() throws Exception {
    URI cleanups = URI.create(replaced + "cleanups");

    await()
        .atMost(Duration.ofSeconds(20))
        .until(() -> Integer.parseInt(send("GET", cleanups, "").body()) >= 4);

    assertThat(send("GET", URI.create(cleanups + "?most"), "").body()).isEqualTo("1");
  }

  private static long checks(HttpResponse<String> response, String name) {
    return json(response).getJsonArray("checks").getValuesAs(JsonObject.class).stream()
        .filter(check -> check.getString("name").equals(name))
        .count();
  }

  @Test
  void invalidSettingsFailTheDeploymentAllTogether() throws Exception {
    assertThatThrownBy(() -> deployer.deploy("invalid")).isNotNull();

    assertThat(log())
        .contains("belfry.session.ttl = 'soon': must be a duration from PT1S to P36500D")
        .contains("belfry.session.table = 'x\"; DROP TABLE sessions; --': must be 1 to 40 bytes")
        .contains("belfry.events.channel = 'two words': must be 1 to 56 bytes");
  }

  @Test
  void missingDataSourceFailsTheDeployment() throws Exception {
    assertThatThrownBy(() -> deployer.deploy("missing")).isNotNull();

    assertThat(log())
        .contains("belfry.listener.datasource = 'jdbc/nowhere': there is no DataSource");
  }

  @Test
  void stateThatIsNoObjectFailsTheDeployment() throws Exception {
    assertThatThrownBy(() -> deployer.deploy("unreadable")).isNotNull();

    assertThat(log())
        .contains("inject SessionState of a record or class of the application's")
        .contains("dev.belfry.http.SessionState<java.util.List<java.lang.String>>");
  }

  private static String get(URL application, String query) throws Exception {
    HttpResponse<String> response = send("GET", URI.create(application + "beans" + query), "");
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    return response.body();
  }

  private static String log() throws IOException {
    Path server =
        Path.of(System.getProperty("liberty.usr"), "servers", System.getProperty("beta.server"));
    try (DirectoryStream<Path> logs =
        Files.newDirectoryStream(server.resolve("logs"), "messages*.log")) {
      StringBuilder text = new StringBuilder();
      for (Path log : logs) {
        text.append(Files.readString(log));
      }
      return text.toString();
    }
  }
}
