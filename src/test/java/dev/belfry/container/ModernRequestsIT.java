package dev.belfry.container;

import static dev.belfry.container.Http.INITIALIZE;
import static dev.belfry.container.Http.json;
import static dev.belfry.container.Http.post;
import static dev.belfry.container.Http.send;
import static org.assertj.core.api.Assertions.assertThat;

import jakarta.json.JsonObject;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.URL;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.jboss.arquillian.container.test.api.Deployment;
import org.jboss.arquillian.container.test.api.RunAsClient;
import org.jboss.arquillian.container.test.api.TargetsContainer;
import org.jboss.arquillian.junit5.ArquillianExtension;
import org.jboss.arquillian.test.api.ArquillianResource;
import org.jboss.shrinkwrap.api.spec.WebArchive;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Requests of revision 2026-07-28, and what else of the filter needs a server to be seen: bodies,
 * streaming answers, limits.
 */
@ExtendWith(ArquillianExtension.class)
@RunAsClient
class ModernRequestsIT {

  private static final String ID = "Mcp-Session-Id";
  private static final String VERSION = "MCP-Protocol-Version";
  private static final String MODERN = "2026-07-28";
  private static final String[] ALICE = {"Authorization", "Bearer alice"};

  private final HttpClient client = HttpClient.newHttpClient();

  @ArquillianResource private URL root;

  private URI endpoint;

  @Deployment(testable = false)
  @TargetsContainer("alpha")
  static WebArchive application() {
    return Wars.war(
            "modern",
            Map.of(
                "belfry.session.table", "modern",
                "belfry.session.max-per-user", "1",
                "belfry.session.on-limit", "refuse",
                "belfry.http.anonymous", "refuse",
                "belfry.http.max-body", "2048"))
        .addClass(FilteredEndpoint.class)
        .setWebXML(Wars.filtering("/mcp"));
  }

  @BeforeEach
  void endpoint() {
    endpoint = URI.create(root + "mcp");
  }

  private static String request(String method, String params) {
    return """
        {"jsonrpc":"2.0","id":"r1","method":"%s","params":{%s"_meta":{\
        "io.modelcontextprotocol/protocolVersion":"2026-07-28",\
        "io.modelcontextprotocol/clientInfo":{"name":"tester","version":"1"},\
        "io.modelcontextprotocol/clientCapabilities":{}}}}\
        """
        .formatted(method, params);
  }

  private HttpResponse<String> modern(String query, String method, String params) throws Exception {
    return post(
        URI.create(endpoint + query),
        request(method, params),
        ALICE[0],
        ALICE[1],
        VERSION,
        MODERN,
        "Mcp-Method",
        method);
  }

  private static String rows() throws Exception {
    return String.join(" ", ServersDatabase.query("SELECT count(*) FROM modern"));
  }

  @Test
  void requestIsPassedOnAndLeavesNoRow() throws Exception {
    String before = rows();

    HttpResponse<String> answered = modern("", "server/discover", "");

    assertThat(answered.statusCode()).isEqualTo(200);
    assertThat(answered.body()).isEqualTo(request("server/discover", ""));
    assertThat(answered.headers().firstValue(ID)).isEmpty();
    assertThat(rows()).isEqualTo(before);
  }

  @Test
  void applicationKnowsWhatARequestSaysOfItsClient() throws Exception {
    assertThat(modern("?client", "tools/list", "").body())
        .isEqualTo("{\"name\":\"tester\",\"version\":\"1\"}");
  }

  @Test
  void bodyIsReadWithoutBlockingAsWell() throws Exception {
    assertThat(modern("?listener", "tools/list", "").body()).isEqualTo(request("tools/list", ""));
  }

  @Test
  void methodThatWasRemovedIsNotFound() throws Exception {
    HttpResponse<String> answered = modern("", "ping", "");

    assertThat(answered.statusCode()).isEqualTo(404);
    assertThat(json(answered).getString("id")).isEqualTo("r1");
    assertThat(json(answered).getJsonObject("error").getInt("code")).isEqualTo(-32601);
  }

  @Test
  void namesInHeadersAreDecodedAsTheSpecificationSays() throws Exception {
    HttpResponse<String> encoded =
        post(
            endpoint,
            request("tools/call", "\"name\":\"h\u00e9llo\","),
            ALICE[0],
            ALICE[1],
            VERSION,
            MODERN,
            "Mcp-Method",
            " tools/call ",
            "Mcp-Name",
            "=?base64?aMOpbGxv?=");
    assertThat(encoded.statusCode()).as(encoded.body()).isEqualTo(200);

    HttpResponse<String> missing = modern("", "tools/call", "\"name\":\"hello\",");
    assertThat(missing.statusCode()).isEqualTo(400);
    assertThat(json(missing).getJsonObject("error").getInt("code")).isEqualTo(-32020);
  }

  @ParameterizedTest
  @ValueSource(strings = {"GET", "DELETE"})
  void thereIsOnlyPost(String method) throws Exception {
    HttpResponse<String> answered = send(method, endpoint, "", ALICE[0], ALICE[1], VERSION, MODERN);

    assertThat(answered.statusCode()).isEqualTo(405);
    assertThat(answered.headers().firstValue("Allow")).contains("POST");
  }

  @Test
  void listenOpensAStream() throws Exception {
    HttpRequest listen =
        HttpRequest.newBuilder(endpoint)
            .headers(ALICE[0], ALICE[1], VERSION, MODERN, "Mcp-Method", "subscriptions/listen")
            .POST(
                BodyPublishers.ofString(
                    request(
                        "subscriptions/listen", "\"notifications\":{\"toolsListChanged\":true},")))
            .build();

    HttpResponse<InputStream> stream = client.send(listen, BodyHandlers.ofInputStream());

    try (InputStream ignored = stream.body()) {
      assertThat(stream.statusCode()).isEqualTo(200);
      assertThat(stream.headers().firstValue("Content-Type").orElseThrow())
          .startsWith("text/event-stream");
    }
  }

  @Test
  void streamingAnswerIsPassedThroughUnbuffered() throws Exception {
    HttpRequest streaming =
        HttpRequest.newBuilder(URI.create(endpoint + "?stream"))
            .headers(ALICE[0], ALICE[1], VERSION, MODERN, "Mcp-Method", "tools/list")
            .POST(BodyPublishers.ofString(request("tools/list", "")))
            .build();

    HttpResponse<InputStream> stream = client.send(streaming, BodyHandlers.ofInputStream());

    try (BufferedReader lines =
        new BufferedReader(new InputStreamReader(stream.body(), StandardCharsets.UTF_8))) {
      assertThat(lines.readLine()).isEqualTo("first");
      assertThat(send("GET", endpoint, "", ALICE).statusCode()).isEqualTo(200);
      assertThat(lines.readLine()).isEqualTo("second");
    }
  }

  @Test
  void userWithTooManySessionsIsToldSo() throws Exception {
    String[] bob = {"Authorization", "Bearer bob"};
    String id = post(endpoint, INITIALIZE, bob).headers().firstValue(ID).orElseThrow();

    HttpResponse<String> refused = post(endpoint, INITIALIZE, bob);

    assertThat(refused.statusCode()).isEqualTo(429);
    assertThat(refused.headers().firstValue(ID)).isEmpty();
    assertThat(refused.body()).doesNotContain("result");
    assertThat(send("DELETE", endpoint, "", bob[0], bob[1], ID, id).statusCode()).isEqualTo(204);
    assertThat(post(endpoint, INITIALIZE, bob).statusCode()).isEqualTo(200);
  }

  @Test
  void callerWithoutCredentialIsAskedForOne() throws Exception {
    String before = rows();

    HttpResponse<String> refused = post(endpoint, INITIALIZE);

    assertThat(refused.statusCode()).isEqualTo(401);
    assertThat(refused.headers().firstValue("WWW-Authenticate")).contains("Bearer");
    assertThat(json(refused)).doesNotContainKey("id");
    assertThat(rows()).isEqualTo(before);
  }

  @Test
  void chunkedBodyThatIsTooLargeIsRefused() throws Exception {
    HttpRequest chunked =
        HttpRequest.newBuilder(endpoint)
            .headers(ALICE)
            .POST(BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(new byte[4_096])))
            .build();

    HttpResponse<String> refused = client.send(chunked, BodyHandlers.ofString());

    assertThat(refused.statusCode()).isEqualTo(413);
    assertThat(json(refused)).isInstanceOf(JsonObject.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Transfer-Encoding: chunked\n\nzz\n{}\n0\n\n", // Not a length.
        "Transfer-Encoding: chunked\n\n5\n{}", // Broken off.
        "Content-Length: 50\n\n{}", // Shorter than it says.
        "Content-Type: application/json;charset=nonsense\nContent-Length: 2\n\n{}",
        "Content-Encoding: gzip\nContent-Length: 2\n\n{}"
      })
  void bodyThatIsNotWhatItSaysIsRefusedWithoutATrace(String rest) throws Exception {
    String before = rows();

    String answer =
        RawHttp.send(
            endpoint,
            "POST %s HTTP/1.1\nHost: localhost\nConnection: close\nAuthorization: Bearer alice\n%s"
                .formatted(endpoint.getPath(), rest));

    assertThat(answer).doesNotContain("HTTP/1.1 5", "HTTP/1.1 2", "Exception", "dev.belfry");
    assertThat(rows()).isEqualTo(before);
  }

  @Test
  void pageThatLeadsHereByItsOwnNameIsForbidden() throws Exception {
    String request =
        "PUT %s HTTP/1.1\nHost: %s\nOrigin: http://%s\nConnection: close\nAuthorization: Bearer alice\nContent-Length: 0\n\n";

    assertThat(
            RawHttp.send(
                endpoint, request.formatted(endpoint.getPath(), "evil.example", "evil.example")))
        .startsWith("HTTP/1.1 403");
    assertThat(
            RawHttp.send(endpoint, request.formatted(endpoint.getPath(), "localhost", "localhost")))
        .doesNotStartWith("HTTP/1.1 403");
  }

  @Test
  void pageOfTheServerItselfIsAdmittedOverHttp2AsWell() throws Exception {
    HttpRequest question =
        HttpRequest.newBuilder(endpoint).method("OPTIONS", BodyPublishers.noBody()).build();
    assertThat(client.send(question, BodyHandlers.ofString()).version())
        .isEqualTo(HttpClient.Version.HTTP_2);

    for (String origin :
        new String[] {"http://" + endpoint.getAuthority(), "http://evil.example"}) {
      HttpRequest request =
          HttpRequest.newBuilder(endpoint)
              .headers(ALICE[0], ALICE[1], "Origin", origin)
              .method("PUT", BodyPublishers.noBody())
              .build();
      HttpResponse<String> answered = client.send(request, BodyHandlers.ofString());
      assertThat(answered.version()).isEqualTo(HttpClient.Version.HTTP_2);
      assertThat(answered.statusCode()).isEqualTo(origin.contains("evil") ? 403 : 405);
    }
  }
}
