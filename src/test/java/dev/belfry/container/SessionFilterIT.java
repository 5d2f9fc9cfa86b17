package dev.belfry.container;

import static dev.belfry.container.Http.INITIALIZE;
import static dev.belfry.container.Http.json;
import static dev.belfry.container.Http.post;
import static dev.belfry.container.Http.send;
import static dev.belfry.container.Http.toolCall;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.json.JsonValue;
import java.io.File;
import java.io.StringReader;
import java.net.URI;
import java.net.URL;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jboss.arquillian.container.test.api.Deployment;
import org.jboss.arquillian.container.test.api.OperateOnDeployment;
import org.jboss.arquillian.container.test.api.RunAsClient;
import org.jboss.arquillian.container.test.api.TargetsContainer;
import org.jboss.arquillian.junit5.ArquillianExtension;
import org.jboss.arquillian.test.api.ArquillianResource;
import org.jboss.shrinkwrap.api.ShrinkWrap;
import org.jboss.shrinkwrap.api.spec.WebArchive;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The filter's contract over HTTP, on the demo application in two servers. */
@ExtendWith(ArquillianExtension.class)
@RunAsClient
class SessionFilterIT {

  private static final String ID = "Mcp-Session-Id";
  private static final String[] ALICE = {"Authorization", "Bearer alice"};

  @ArquillianResource
  @OperateOnDeployment("alpha")
  private URL alphaRoot;

  @ArquillianResource
  @OperateOnDeployment("beta")
  private URL betaRoot;

  @ArquillianResource
  @OperateOnDeployment("async")
  private URL asyncRoot;

  private URI alpha;
  private URI beta;

  @Deployment(name = "alpha", testable = false)
  @TargetsContainer("alpha")
  static WebArchive alpha() {
    return demo();
  }

  @Deployment(name = "beta", testable = false)
  @TargetsContainer("beta")
  static WebArchive beta() {
    return demo();
  }

  @Deployment(name = "async", testable = false)
  @TargetsContainer("alpha")
  static WebArchive async() {
    return Wars.war("async", Map.of("belfry.session.table", "async"))
        .addClass(AsyncEndpoint.class)
        .setWebXML(Wars.filtering("/mcp"));
  }

  static WebArchive demo() {
    return ShrinkWrap.createFromZipFile(
        WebArchive.class, new File(System.getProperty("belfry.demo.war")));
  }

  @BeforeEach
  void endpoints() {
    alpha = URI.create(alphaRoot + "mcp");
    beta = URI.create(betaRoot + "mcp");
  }

  @Test
  void initializeOnOneServerGivesASessionThatTheOtherServes() throws Exception {
    HttpResponse<String> initialized = post(alpha, INITIALIZE, ALICE);

    assertThat(initialized.statusCode()).isEqualTo(200);
    assertThat(json(initialized).getJsonObject("result").getString("protocolVersion"))
        .isEqualTo("2025-11-25");
    String id = initialized.headers().firstValue(ID).orElseThrow();
    assertThat(id).matches("[!-~]{22,128}");

    call(alpha, id, "remember", "{'key': 'colour', 'value': 'blue'}");
    assertThat(call(beta, id, "recall", "{'key': 'colour'}")).contains("blue");
    assertThat(call(beta, id, "whoami", "{}"))
        .contains("beta", "2025-11-25", "test") // What the client said of itself on the other.
        .doesNotContain(id);
  }

  @Test
  void sessionThatHasJustExpiredComesBackToItsOwnerOnTheOtherServer() throws Exception {
    String id = session();
    call(alpha, id, "remember", "{'key': 'colour', 'value': 'blue'}");
    ServersDatabase.execute(
        "UPDATE sessions SET expires_at = now() - interval '5 seconds' WHERE id = '%s'"
            .formatted(id));

    HttpResponse<String> stranger =
        post(
            beta,
            toolCall("whoami", JsonValue.EMPTY_JSON_OBJECT),
            withId(id, "Authorization", "Bearer mallory"));

    assertThat(stranger.statusCode()).isEqualTo(404);
    assertThat(call(beta, id, "recall", "{'key': 'colour'}")).contains("blue");
    assertThat(call(alpha, id, "whoami", "{}")).contains("2025-11-25");
  }

  @Test
  void initializeThatIsAnsweredAsynchronouslyGivesASession() throws Exception {
    HttpResponse<String> initialized = post(URI.create(asyncRoot + "mcp"), INITIALIZE, ALICE);

    assertThat(initialized.statusCode()).isEqualTo(200);
    assertThat(initialized.body()).contains("result");
    String id = initialized.headers().firstValue(ID).orElseThrow();
    assertThat(query("SELECT count(*) FROM async WHERE id = '" + id + "'")).isEqualTo("1");
  }

  @Test
  void initializeThatIsAnsweredWithAnErrorMakesNoSession() throws Exception {
    HttpResponse<String> refused =
        post(
            URI.create(asyncRoot + "mcp"),
            "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"initialize\",\"params\":\"refuse\"}",
            "Authorization",
            "Bearer nobody");

    assertThat(refused.statusCode()).isEqualTo(200);
    assertThat(refused.body()).contains("error");
    assertThat(refused.headers().firstValue(ID)).isEmpty();
    assertThat(query("SELECT count(*) FROM async WHERE user_id = encode(sha256('nobody'), 'hex')"))
        .isEqualTo("0");
  }

  @Test
  void toolAddedOnOneServerIsThereOnTheOtherAtOnce() throws Exception {
    String id = session();

    call(alpha, id, "add_tool", "{'name': 'hello_it', 'description': 'Says hello'}");

    assertThat(call(beta, id, "hello_it", "{}")).contains("beta");
    call(beta, id, "remove_tool", "{'name': 'hello_it'}");
    assertThat(
            post(alpha, toolCall("hello_it", JsonValue.EMPTY_JSON_OBJECT), withId(id, ALICE))
                .body())
        .contains("error");
  }

  private static String call(URI server, String id, String tool, String arguments)
      throws Exception {
    JsonObject parsed =
        Json.createReader(new StringReader(arguments.replace('\'', '"'))).readObject();
    HttpResponse<String> response = post(server, toolCall(tool, parsed), withId(id, ALICE));
    assertThat(response.statusCode()).isEqualTo(200);
    JsonObject result = json(response).getJsonObject("result");
    assertThat(result.getBoolean("isError", false)).as(response.body()).isFalse();
    return result.getJsonArray("content").toString();
  }

  @Test
  void requestWithoutIdIsRefusedAndMakesNoSession() throws Exception {
    String before = sessions();

    assertThat(post(alpha, toolCall("whoami", JsonValue.EMPTY_JSON_OBJECT), ALICE).statusCode())
        .isEqualTo(400);
    assertThat(send("DELETE", alpha, "", ALICE).statusCode()).isEqualTo(400);
    assertThat(send("GET", alpha, "", "Accept", "text/event-stream").statusCode()).isEqualTo(400);
    assertThat(send("OPTIONS", alpha, "").statusCode()).isLessThan(500);
    assertThat(send("HEAD", alpha, "").statusCode()).isLessThan(500);
    assertThat(send("GET", alpha, "").statusCode()).isEqualTo(405);
    assertThat(send("PUT", alpha, INITIALIZE).statusCode()).isLessThan(500);

    assertThat(sessions()).isEqualTo(before);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "not json | -32700",
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"initialize\" | -32700", // cut off
        "[] | -32600",
        "[{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"initialize\"}] | -32600",
        "{\"method\":7} | -32600",
        "{} | -32600",
        "\"initialize\" | -32600",
      })
  void malformedInitializeIsRefusedAndMakesNoSession(String body, int code) throws Exception {
    String before = sessions();

    HttpResponse<String> response = post(alpha, body, ALICE);

    assertThat(response.statusCode()).isEqualTo(400);
    assertThat(json(response).getJsonObject("error").getInt("code")).isEqualTo(code);
    assertThat(json(response)).doesNotContainKey("id");
    assertThat(response.headers().firstValue(ID)).isEmpty();
    assertThat(sessions()).isEqualTo(before);
  }

  @Test
  void initializeWithASessionIsRefusedAndMakesNoOther() throws Exception {
    String id = session();
    String before = sessions();

    HttpResponse<String> response = post(beta, INITIALIZE, withId(id, ALICE));

    assertThat(response.statusCode()).isEqualTo(400);
    assertThat(response.headers().firstValue(ID)).isEmpty();
    assertThat(sessions()).isEqualTo(before);
    assertThat(call(alpha, id, "whoami", "{}")).isNotEmpty();
  }

  @Test
  void initializeThatTheApplicationRefusesMakesNoSession() throws Exception {
    String before = sessions();

    // The SDK's transport answers only clients that accept both of its content types.
    HttpResponse<String> response =
        send("POST", alpha, INITIALIZE, "Content-Type", "application/json", "Accept", "text/plain");

    assertThat(response.statusCode()).isEqualTo(400);

    assertThat(response.headers().firstValue(ID)).isEmpty();
    assertThat(sessions()).isEqualTo(before);
  }

  @Test
  void bodyThatIsTooLargeIsRefused() throws Exception {
    String huge = "{\"method\":\"initialize\",\"x\":\"" + "y".repeat(1_100_000) + "\"}";

    assertThat(post(alpha, huge, ALICE).statusCode()).isEqualTo(413);
  }

  @ParameterizedTest
  @ValueSource(strings = {"unknown-id", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"})
  void unknownIdIsNotFoundNotEchoedAndNotCreated(String id) throws Exception {
    String before = sessions();

    List<HttpResponse<String>> responses =
        List.of(
            post(alpha, INITIALIZE, withId(id, ALICE)),
            send("GET", beta, "", withId(id, "Accept", "text/event-stream")),
            send("DELETE", beta, "", withId(id, ALICE)));
    for (HttpResponse<String> response : responses) {
      assertThat(response.statusCode()).isEqualTo(404);
      assertThat(response.body()).doesNotContain(id);
    }
    assertThat(sessions()).isEqualTo(before);
  }

  @Test
  void malformedIdIsRefused() throws Exception {
    for (String id : new String[] {"x".repeat(129), "a b"}) {
      assertThat(post(alpha, INITIALIZE, withId(id, ALICE)).statusCode()).isEqualTo(400);
    }
    assertThat(
            RawHttp.send(
                alpha,
                "POST %s HTTP/1.1\nHost: localhost\nConnection: close\nContent-Length: 0\n%s: \u00fc\n\n"
                    .formatted(alpha.getPath(), ID)))
        .startsWith("HTTP/1.1 400");
  }

  @Test
  void anotherOwnersSessionIsForbiddenInEveryWay() throws Exception {
    String id = session();
    String[] mallory = {"Authorization", "Bearer mallory"};

    assertThat(
            post(beta, toolCall("whoami", JsonValue.EMPTY_JSON_OBJECT), withId(id, mallory))
                .statusCode())
        .isEqualTo(403);
    assertThat(post(beta, toolCall("whoami", JsonValue.EMPTY_JSON_OBJECT), ID, id).statusCode())
        .isEqualTo(403);
    assertThat(
            send("GET", beta, "", ID, id, "Accept", "text/event-stream", mallory[0], mallory[1])
                .statusCode())
        .isEqualTo(403);
    assertThat(send("DELETE", beta, "", withId(id, mallory)).statusCode()).isEqualTo(403);

    assertThat(call(alpha, id, "whoami", "{}")).isNotEmpty();
  }

  @Test
  void apiKeyIsACredentialToo() throws Exception {
    String id = post(alpha, INITIALIZE, "X-API-Key", "k1").headers().firstValue(ID).orElseThrow();
    String whoami = toolCall("whoami", JsonValue.EMPTY_JSON_OBJECT);

    assertThat(post(beta, whoami, ID, id, "X-API-Key", "k1").statusCode()).isEqualTo(200);
    // The original's hash is of the secret alone: the same token as a bearer's is the same owner.
    assertThat(post(beta, whoami, ID, id, "Authorization", "bearer k1").statusCode())
        .isEqualTo(200);
    assertThat(post(beta, whoami, ID, id, "X-API-Key", "k2").statusCode()).isEqualTo(403);
  }

  @Test
  void deletedSessionIsDeadOnBothServers() throws Exception {
    String id = session();

    assertThat(send("DELETE", beta, "", withId(id, ALICE)).statusCode()).isEqualTo(204);

    for (URI server : new URI[] {alpha, beta}) {
      assertThat(
              post(server, toolCall("whoami", JsonValue.EMPTY_JSON_OBJECT), withId(id, ALICE))
                  .statusCode())
          .isEqualTo(404);
      assertThat(
              post(server, INITIALIZE, withId(id, "Authorization", "Bearer mallory")).statusCode())
          .isEqualTo(404);
    }
    assertThat(send("DELETE", beta, "", withId(id, ALICE)).statusCode()).isEqualTo(404);
  }

  @Test
  void sessionThatExpiredLongAgoIsNotFoundAndTheTimerEndsIt() throws Exception {
    String id = session();
    query(
        "UPDATE sessions SET expires_at = now() - interval '1 hour' WHERE id = '"
            + id
            + "' RETURNING id");

    assertThat(
            post(beta, toolCall("whoami", JsonValue.EMPTY_JSON_OBJECT), withId(id, ALICE))
                .statusCode())
        .isEqualTo(404);
    await()
        .atMost(Duration.ofSeconds(10))
        .until(
            () ->
                query("SELECT count(*) FROM sessions WHERE ended_at IS NULL AND id = '" + id + "'")
                    .equals("0"));
  }

  @Test
  void demoListsSessionsOfAllServersAndDeletesThem() throws Exception {
    String id = session();
    URI sessions = URI.create(betaRoot + "api/sessions");

    assertThat(send("GET", URI.create(sessions + "?limit=1000"), "").body()).contains(id);
    assertThat(send("DELETE", URI.create(sessions + "/" + id), "").statusCode()).isEqualTo(204);
    assertThat(send("DELETE", URI.create(sessions + "/" + id), "").statusCode()).isEqualTo(404);
    assertThat(send("GET", URI.create(sessions + "?limit=0"), "").statusCode()).isEqualTo(400);
  }

  @Test
  void ownerIsStoredAsTheOriginalDoes() throws Exception {
    String id = session();

    assertThat(query("SELECT user_id FROM sessions WHERE id = '" + id + "'"))
        .isEqualTo(query("SELECT encode(sha256('alice'), 'hex')"));
  }

  @Test
  void foreignOriginIsForbiddenAndMakesNoSession() throws Exception {
    String before = sessions();

    for (String origin : new String[] {"https://evil.example", "null", "http://127.0.0.1:1"}) {
      assertThat(post(alpha, INITIALIZE, "Origin", origin).statusCode()).isEqualTo(403);
    }
    assertThat(sessions()).isEqualTo(before);
    assertThat(post(alpha, INITIALIZE, "Origin", "http://" + alpha.getAuthority()).statusCode())
        .isEqualTo(200);
  }

  @Test
  void unsupportedRevisionIsRefusedAndOneWithoutSessionsHasNoHandshake() throws Exception {
    HttpResponse<String> unsupported =
        post(alpha, INITIALIZE, "MCP-Protocol-Version", "1999-01-01");
    assertThat(unsupported.statusCode()).isEqualTo(400);
    assertThat(json(unsupported).getInt("id")).isEqualTo(1);
    assertThat(json(unsupported).getJsonObject("error").getInt("code")).isEqualTo(-32022);
    for (String revision : new String[] {"2025-03-26", "2025-06-18", "2025-11-25"}) {
      assertThat(post(alpha, INITIALIZE, "MCP-Protocol-Version", revision).statusCode())
          .isEqualTo(200);
    }
    String before = sessions();
    HttpResponse<String> refused = post(alpha, INITIALIZE, "MCP-Protocol-Version", "2026-07-28");
    assertThat(refused.statusCode()).isEqualTo(400);
    assertThat(refused.headers().firstValue(ID)).isEmpty();
    assertThat(sessions()).isEqualTo(before);
  }

  private String session() throws Exception {
    return post(alpha, INITIALIZE, ALICE).headers().firstValue(ID).orElseThrow();
  }

  private static String[] withId(String id, String... headers) {
    String[] all = Arrays.copyOf(headers, headers.length + 2);
    all[headers.length] = ID;
    all[headers.length + 1] = id;
    return all;
  }

  private static String sessions() throws Exception {
    return query("SELECT count(*) FROM sessions");
  }

  /** One value. */
  private static String query(String sql) throws Exception {
    List<String> values = ServersDatabase.query(sql);
    assertThat(values).hasSize(1);
    return values.get(0);
  }
}
