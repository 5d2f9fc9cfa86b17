package dev.belfry.http;

import static dev.belfry.http.FakeExchange.post;
import static dev.belfry.http.FilterUnderTest.ID;
import static dev.belfry.http.FilterUnderTest.RESULT;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.belfry.session.SessionLimitException;
import dev.belfry.session.SessionStoreUnavailableException;
import dev.belfry.testkit.FaultySessionStore.Moment;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What becomes of {@code initialize}. */
class InitializeTest {

  private static final String JSON = "application/json";

  private final FilterUnderTest filter = new FilterUnderTest(Map.of());

  @AfterEach
  void close() {
    filter.close();
  }

  private static FakeExchange initialize() {
    return initialize("{\"name\":\"tester\",\"version\":\"1\"}", "{\"roots\":{}}");
  }

  private static FakeExchange initialize(String clientInfo, String capabilities) {
    return post(
        """
        {"jsonrpc":"2.0","id":1,"method":"initialize",\
        "params":{"protocolVersion":"2025-06-18","clientInfo":%s,"capabilities":%s}}
        """
            .formatted(clientInfo, capabilities));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "2025-03-26", "2025-06-18", "2025-11-25"})
  void successMakesASessionThatKnowsWhatWasNegotiated(String revision) throws Exception {
    FakeExchange exchange = initialize();
    if (!revision.isEmpty()) {
      exchange.header("MCP-Protocol-Version", revision);
    }

    filter.answer(exchange);

    assertThat(exchange.responseHeader(ID)).contains(filter.created().id());
    assertThat(exchange.text()).isEqualTo(RESULT);
    assertThat(filter.created().negotiated().toString())
        .isEqualTo(
            "{\"protocolVersion\":\"2025-11-25\",\"clientInfo\":{\"name\":\"tester\",\"version\":\"1\"},\"capabilities\":{\"roots\":{}}}");
  }

  @Test
  void laterRequestsKnowWhatWasNegotiated() throws Exception {
    filter.answer(initialize());

    filter.answer(post("{}").header(ID, filter.created().id()));

    Negotiated negotiated = filter.current.negotiated().orElseThrow();
    assertThat(negotiated.protocolVersion()).isEqualTo("2025-11-25");
    assertThat(negotiated.clientInfo().getString("name")).isEqualTo("tester");
  }

  @Test
  void sessionBelongsToTheCaller() throws Exception {
    filter.answer(initialize().header("Authorization", "Bearer alice"));

    assertThat(filter.created().userId()).isEqualTo(OwnerHash.of("alice"));
  }

  @Test
  void errorMakesNoSession() throws Exception {
    answerWith(JSON, "{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":-1}}");

    assertNoSession(filter.answer(initialize()));
  }

  @Test
  void statusOfFailureMakesNoSession() throws Exception {
    filter.application(
        (request, response) -> {
          response.setStatus(500);
          response.getOutputStream().print(RESULT);
        });

    assertNoSession(filter.answer(initialize()));
  }

  @Test
  void answerThatIsNoMessageMakesNoSession() throws Exception {
    answerWith("text/html", "<html>");

    assertNoSession(filter.answer(initialize()));
  }

  private void assertNoSession(FakeExchange exchange) {
    assertThat(exchange.responseHeader(ID)).isEmpty();
    assertThat(filter.createdIds()).isEmpty();
    assertThat(filter.passedOn).hasSize(1);
  }

  private void answerWith(String contentType, String text) {
    filter.application(
        (request, response) -> {
          response.setContentType(contentType);
          response.getWriter().print(text);
        });
  }

  @Test
  void eventStreamIsUnderstoodAlsoWithNotificationsBeforeTheResult() throws Exception {
    answerWith(
        "text/event-stream",
        "id: 1\ndata:\n\ndata: {\"method\":\"notifications/message\"}\n\nevent: message\ndata: "
            + RESULT
            + "\n\n");

    filter.answer(initialize());

    assertThat(filter.created().negotiated().getString("protocolVersion")).isEqualTo("2025-11-25");
  }

  @Test
  void whatIsFlushedIsJudgedAsFarAsItHasCome() throws Exception {
    FakeExchange exchange = initialize();
    filter.application(
        (request, response) -> {
          response.setContentType("text/event-stream");
          response.getWriter().print(": open\n\n");
          response.flushBuffer();
          assertThat(exchange.text()).isEqualTo(": open\n\n");
          response.getWriter().print("data: " + RESULT + "\n\n");
        });

    filter.answer(exchange);

    assertThat(exchange.responseHeader(ID)).contains(filter.created().id());
    assertThat(exchange.text()).isEqualTo(": open\n\ndata: " + RESULT + "\n\n");
    assertThat(filter.created().negotiated().getString("protocolVersion")).isEmpty();
    assertThat(filter.created().negotiated().getJsonObject("clientInfo")).isNotEmpty();
  }

  @Test
  void errorThatIsFlushedMakesNoSession() throws Exception {
    filter.application(
        (request, response) -> {
          response.setContentType(JSON);
          response.getWriter().print("{\"id\":1,\"error\":{}}");
          response.flushBuffer();
        });

    assertNoSession(filter.answer(initialize()));
  }

  @Test
  void longAnswerIsNotHeldBackToItsEnd() throws Exception {
    FakeExchange exchange = initialize();
    filter.application(
        (request, response) -> {
          response.setContentType(JSON);
          response.getOutputStream().print("{\"result\":{\"x\":\"");
          response.getOutputStream().write("y".repeat(300_000).getBytes(UTF_8));
          assertThat(exchange.text()).hasSizeGreaterThan(300_000);
          response.getOutputStream().print("\"}}");
        });

    filter.answer(exchange);

    assertThat(exchange.responseHeader(ID)).contains(filter.created().id());
    assertThat(exchange.json()).containsKey("result");
  }

  @Test
  void asynchronousAnswerIsJudgedByItsFirstBytes() throws Exception {
    FakeExchange exchange = initialize();
    filter.application((request, response) -> request.startAsync());
    filter.answer(exchange);
    assertThat(filter.createdIds()).isEmpty();
    assertThat(exchange.asyncRequest().getInputStream().readAllBytes()).isNotEmpty();

    exchange.asyncResponse().setContentType(JSON);
    exchange.asyncResponse().getWriter().print(RESULT);
    exchange.asyncResponse().getWriter().flush();

    assertThat(exchange.text()).isEqualTo(RESULT);
    assertThat(filter.created().negotiated().getString("protocolVersion")).isEqualTo("2025-11-25");
  }

  @Test
  void sessionThatCannotBeHadIsARefusalInPlaceOfTheAnswer() throws Exception {
    filter.store.failNext(1, Moment.BEFORE, () -> new SessionLimitException("any", 1));
    FakeExchange limited = filter.answer(initialize());
    assertThat(limited.status()).isEqualTo(429);
    assertThat(limited.text()).doesNotContain("result");

    filter.store.failNext(
        1, Moment.BEFORE, () -> new SessionStoreUnavailableException("away", "any", null));
    FakeExchange away = filter.answer(initialize());
    assertThat(away.status()).isEqualTo(503);
    assertThat(away.responseHeader("Retry-After")).contains("2");
    assertThat(away.responseHeader(ID)).isEmpty();
  }

  @Test
  void whatIsWrittenAfterARefusalIsLost() throws Exception {
    FakeExchange exchange = initialize();
    filter.store.failNext(
        1, Moment.BEFORE, () -> new SessionStoreUnavailableException("away", "any", null));
    filter.application((request, response) -> request.startAsync());
    filter.answer(exchange);

    exchange.asyncResponse().setContentType(JSON);
    exchange.asyncResponse().getOutputStream().write(RESULT.getBytes(UTF_8));
    exchange.asyncResponse().getOutputStream().write(RESULT.getBytes(UTF_8));
    exchange.asyncResponse().flushBuffer();

    assertThat(exchange.status()).isEqualTo(503);
    assertThat(exchange.text()).doesNotContain("result");
    assertThat(exchange.isCommitted()).isTrue();
  }

  @Test
  void largeClientInfoIsCutToNameAndVersion() throws Exception {
    filter.answer(
        initialize(
            "{\"name\":\"tester\",\"version\":\"1\",\"icons\":\"%s\"}"
                .formatted("x".repeat(70_000)),
            "{\"roots\":{}}"));

    assertThat(filter.created().negotiated().toString())
        .contains("tester", "roots")
        .doesNotContain("icons");
  }

  @Test
  void largeCapabilitiesAreLeftOut() throws Exception {
    filter.answer(
        initialize("{\"name\":\"tester\"}", "{\"x\":\"%s\"}".formatted("x".repeat(70_000))));

    assertThat(filter.created().negotiated().toString())
        .isEqualTo(
            "{\"protocolVersion\":\"2025-11-25\",\"clientInfo\":{\"name\":\"tester\"},\"capabilities\":{}}");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"{\"name\":\"\\u0000\"}", "{\"name\":\"\\ud800\"}", "7", "{\"name\":1e999999}"})
  void clientInfoThatCannotBeStoredIsLeftOut(String clientInfo) throws Exception {
    FakeExchange exchange = filter.answer(initialize(clientInfo, "{}"));

    assertThat(exchange.status()).isEqualTo(200);
    assertThat(filter.created().negotiated().getJsonObject("clientInfo")).isEmpty();
  }

  @Test
  void notificationWithoutResultMakesNoSession() throws Exception {
    filter.application((request, response) -> response.setStatus(202));

    assertNoSession(filter.answer(post("{\"jsonrpc\":\"2.0\",\"method\":\"initialize\"}")));
  }
}
