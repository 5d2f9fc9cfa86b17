package dev.belfry.container;

import static dev.belfry.container.Http.INITIALIZE;
import static dev.belfry.container.Http.json;
import static dev.belfry.container.Http.post;
import static dev.belfry.container.Http.send;
import static org.assertj.core.api.Assertions.assertThat;

import dev.belfry.sse.SseReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Sessions and streams of callers whom MicroProfile JWT has authenticated, in a real server. */
class TokenOwnerIT {

  private static final Duration LONG = Duration.ofSeconds(20);
  private static final String ID = "Mcp-Session-Id";
  private static final String LIST = "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"tools/list\"}";

  private static final String ISSUER = "https://one.example";
  private static final String OTHER_ISSUER = "https://other.example";

  private static final HttpClient HTTP =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  private static TokenSigner signer;
  private static TokenServer server;
  private static URI mcp;

  @BeforeAll
  static void start(@TempDir Path directory) throws Exception {
    signer = TokenSigner.create();
    server = TokenServer.start(directory, signer, List.of(ISSUER, OTHER_ISSUER));
    mcp = server.endpoint();
  }

  @AfterAll
  static void stop() {
    if (server != null) {
      server.close();
    }
  }

  @Test
  void refreshedTokenOfTheSameSubjectKeepsTheSession() throws Exception {
    String[] first = alice();
    String id = session(first);
    String[] refreshed = bearer(ISSUER, "alice", inAnHour().plusSeconds(60));
    assertThat(refreshed).isNotEqualTo(first);

    HttpResponse<String> answer = post(mcp, LIST, with(refreshed, ID, id));

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.body()).isEqualTo(LIST);
    assertThat(send("DELETE", mcp, "", with(refreshed, ID, id)).statusCode()).isEqualTo(204);
    assertThat(post(mcp, LIST, with(first, ID, id)).statusCode()).isEqualTo(404);
  }

  @ParameterizedTest
  @CsvSource({ISSUER + ",bob", OTHER_ISSUER + ",alice"})
  void sessionIsRefusedToEverybodyElse(String issuer, String subject) throws Exception {
    String id = session(alice());
    String[] stranger = bearer(issuer, subject, inAnHour());
    assertThat(session(stranger)).as("the stranger's own").isNotEqualTo(id);

    String[] headers = with(stranger, ID, id, "Accept", "text/event-stream");

    assertThat(post(mcp, LIST, with(stranger, ID, id)).statusCode()).isEqualTo(403);
    assertThat(send("GET", mcp, "", headers).statusCode()).isEqualTo(403);
    assertThat(send("DELETE", mcp, "", headers).statusCode()).isEqualTo(403);
    assertThat(post(mcp, LIST, with(alice(), ID, id)).statusCode()).isEqualTo(200);
  }

  @Test
  void tokenThatTheContainerRefusesDoesNotReachTheFilter() throws Exception {
    TokenSigner forger = TokenSigner.create();

    for (String[] headers :
        List.of(
            bearer(ISSUER, "alice", Instant.now().minus(1, ChronoUnit.HOURS)),
            bearer("https://nobody.example", "alice", inAnHour()),
            bearer(forger.token(ISSUER, "alice", inAnHour())),
            new String[0])) {
      HttpResponse<String> refused = post(mcp, INITIALIZE, headers);

      assertThat(refused.statusCode()).isEqualTo(401);
      assertThat(refused.headers().firstValue(ID)).isEmpty();
      assertThat(refused.body()).as("the filter's would be JSON-RPC").doesNotContain("jsonrpc");
    }
  }

  // Open Liberty takes tokens for five minutes more, in case that its clock is wrong.
  @Test
  void tokenThatHasExpiredIsRefusedByTheFilterWhereTheContainerStillTakesIt() throws Exception {
    HttpResponse<String> refused =
        post(mcp, INITIALIZE, bearer(ISSUER, "alice", Instant.now().minusSeconds(1)));

    assertThat(refused.statusCode()).isEqualTo(401);
    assertThat(refused.headers().firstValue("WWW-Authenticate").orElse(""))
        .contains("error=\"invalid_token\"");
    assertThat(refused.headers().firstValue(ID)).isEmpty();
    assertThat(json(refused).getJsonObject("error")).isNotNull();
  }

  @Test
  void streamEndsInOrderWhenItsTokenExpiresAndAnotherStays() throws Exception {
    String id = session(alice());
    try (SseReader staying = SseReader.open(mcp, with(alice(), ID, session(alice())))) {
      staying.primer(LONG);
      Instant expiry = Instant.now().truncatedTo(ChronoUnit.SECONDS).plusSeconds(6);

      HttpResponse<String> ended = streamUntilItsEnd(id, bearer(ISSUER, "alice", expiry));

      assertThat(Instant.now()).isAfterOrEqualTo(expiry);
      assertThat(ended.statusCode()).as(ended.body()).isEqualTo(200);
      List<String> frames = List.of(ended.body().split("\n\n"));
      assertThat(frames).first().asString().as("primer").contains("data:");
      assertThat(frames).last().asString().as("farewell").matches("(id: \\S+\n)?retry: \\d+");

      staying.takeData();
      assertThat(List.of(staying.nextFrame(LONG), staying.nextFrame(LONG)))
          .allMatch(frame -> frame.startsWith(": heartbeat"));
    }
    try (SseReader again = SseReader.open(mcp, with(alice(), ID, id))) {
      assertThat(again.status()).isEqualTo(200);
      again.primer(LONG);
    }
  }

  /** Fails if the stream does not end, and also if it is cut off. */
  private static HttpResponse<String> streamUntilItsEnd(String id, String[] headers)
      throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(mcp)
            .headers(with(headers, ID, id, "Accept", "text/event-stream"))
            .build();
    return HTTP.sendAsync(request, BodyHandlers.ofString()).get(LONG.toSeconds(), TimeUnit.SECONDS);
  }

  private static String session(String[] headers) throws Exception {
    HttpResponse<String> initialized = post(mcp, INITIALIZE, headers);
    assertThat(initialized.statusCode()).as(initialized.body()).isEqualTo(200);
    return initialized.headers().firstValue(ID).orElseThrow();
  }

  private static String[] alice() throws GeneralSecurityException {
    return bearer(ISSUER, "alice", inAnHour());
  }

  private static Instant inAnHour() {
    return Instant.now().plus(1, ChronoUnit.HOURS);
  }

  /** The header with a new token. */
  private static String[] bearer(String issuer, String subject, Instant expiry)
      throws GeneralSecurityException {
    return bearer(signer.token(issuer, subject, expiry));
  }

  private static String[] bearer(String token) {
    return new String[] {"Authorization", "Bearer " + token};
  }

  private static String[] with(String[] headers, String... more) {
    return Stream.concat(Arrays.stream(headers), Arrays.stream(more)).toArray(String[]::new);
  }
}
