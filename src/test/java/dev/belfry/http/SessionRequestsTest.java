package dev.belfry.http;

import static dev.belfry.http.FakeExchange.post;
import static dev.belfry.http.FilterUnderTest.ID;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.belfry.session.Session;
import dev.belfry.session.SessionStoreException;
import dev.belfry.session.SessionStoreUnavailableException;
import dev.belfry.testkit.FaultySessionStore.Moment;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The filter's table for the revisions with sessions. */
class SessionRequestsTest {

  private static final String CALL =
      "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"tools/call\",\"params\":{}}";
  private static final String ALICE = OwnerHash.of("alice");

  private FilterUnderTest filter = new FilterUnderTest(Map.of());

  @AfterEach
  void close() {
    filter.close();
  }

  private static FakeExchange of(String revision, FakeExchange exchange) {
    return revision.isEmpty() ? exchange : exchange.header("MCP-Protocol-Version", revision);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "2025-03-26", "2025-06-18", "2025-11-25"})
  void everyRowOfTheTableIsTheSameInEveryRevision(String revision) throws Exception {
    Session own = filter.session();
    Session others = filter.session(ALICE);
    int rows = filter.createdIds().size();

    for (String id : List.of(own.id(), others.id(), "unknown", "mal formed", "x".repeat(129))) {
      int refused =
          id.equals(own.id())
              ? 200
              : id.equals(others.id()) ? 403 : id.equals("unknown") ? 404 : 400;
      FakeExchange posted = filter.answer(of(revision, post(CALL).header(ID, id)));
      assertThat(posted.status()).isEqualTo(refused);
      assertThat(filter.answer(of(revision, stream().header(ID, id))).status()).isEqualTo(refused);
      FakeExchange deleted = filter.answer(of(revision, new FakeExchange("DELETE").header(ID, id)));
      assertThat(deleted.status()).isEqualTo(refused == 200 ? 204 : refused);
      assertThat(posted.text() + deleted.text()).doesNotContain(id);
    }
    assertThat(filter.answer(of(revision, post(CALL))).status()).isEqualTo(400);
    assertThat(filter.answer(of(revision, stream())).status()).isEqualTo(400);
    assertThat(filter.answer(of(revision, new FakeExchange("DELETE"))).status()).isEqualTo(400);

    assertThat(filter.createdIds()).hasSize(rows);
    assertThat(filter.passedOn).hasSize(1);
  }

  private static FakeExchange stream() {
    return new FakeExchange("GET").header("Accept", "text/event-stream");
  }

  @Test
  void refusalHasTheRequestsIdWhereTheBodyWasReadAndElseNone() throws Exception {
    FakeExchange read = filter.answer(post(CALL));
    FakeExchange unread = filter.answer(post(CALL).header(ID, "unknown"));

    assertThat(read.json().getInt("id")).isEqualTo(7);
    assertThat(read.errorCode()).isEqualTo(-32600);
    assertThat(unread.json()).doesNotContainKey("id");
    assertThat(unread.errorCode()).isEqualTo(-32001);
    assertThat(unread.bytesRead()).isZero();
  }

  @Test
  void admittedRequestIsPassedOnWithItsBodyAndItsSession() throws Exception {
    Session own = filter.session();
    filter.application(
        (request, response) ->
            response.getOutputStream().write(request.getInputStream().readAllBytes()));

    FakeExchange answered = filter.answer(post(CALL).header(ID, own.id()));

    assertThat(answered.text()).isEqualTo(CALL);
    assertThat(filter.current.session()).contains(own);
    assertThat(filter.current.negotiated()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"[]", "[1]", "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}", "{}"})
  void bodyOfAnAdmittedRequestIsTheApplicationsToJudge(String body) throws Exception {
    Session own = filter.session();
    filter.application(
        (request, response) -> response.getOutputStream().print(request.getReader().readLine()));

    FakeExchange answered = filter.answer(post(body).header(ID, own.id()));

    assertThat(answered.status()).isEqualTo(200);
    assertThat(answered.text()).isEqualTo(body);
  }

  @ParameterizedTest
  @CsvSource({"'', -32700", "not json, -32700", "null, -32600", "5, -32600", "'\"text\"', -32600"})
  void bodyOfAnAdmittedRequestThatCannotBeAMessageIsRefused(String body, int code)
      throws Exception {
    Session own = filter.session();

    FakeExchange answered = filter.answer(post(body).header(ID, own.id()));

    assertThat(answered.status()).isEqualTo(400);
    assertThat(answered.text()).contains("\"code\":" + code);
  }

  @Test
  void initializeWithASessionIsRefusedAndMakesNoOther() throws Exception {
    Session own = filter.session();

    FakeExchange answered = filter.answer(initialize().header(ID, own.id()));

    assertThat(answered.status()).isEqualTo(400);
    assertThat(answered.json().getInt("id")).isEqualTo(1);
    assertThat(filter.createdIds()).containsExactly(own.id());
    assertThat(filter.passedOn).isEmpty();
  }

  private static FakeExchange initialize() {
    return post("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"initialize\",\"params\":{}}");
  }

  @Test
  void severalSessionIdsAreMalformed() throws Exception {
    Session own = filter.session();

    FakeExchange answered = filter.answer(post(CALL).header(ID, own.id()).header(ID, own.id()));

    assertThat(answered.status()).isEqualTo(400);
    assertThat(filter.passedOn).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "not json | -32700",
        "'' | -32700",
        "[] | -32600",
        "[{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"initialize\"}] | -32600",
        "{} | -32600",
        "\"initialize\" | -32600",
        "{\"method\":7} | -32600",
        "{\"method\":\"initialize\",\"id\":null} | -32600",
        "{\"method\":\"initialize\",\"id\":{}} | -32600",
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}} | -32600",
      })
  void malformedMessageWithoutSessionIsRefused(String body, int code) throws Exception {
    FakeExchange answered = filter.answer(post(body));

    assertThat(answered.status()).isEqualTo(400);
    assertThat(answered.errorCode()).isEqualTo(code);
    assertThat(answered.json()).doesNotContainKey("id");
    assertThat(filter.createdIds()).isEmpty();
    assertThat(filter.passedOn).isEmpty();
  }

  @Test
  void messageNestedTooDeeplyIsRefused() throws Exception {
    String deep = "[".repeat(100_000) + "]".repeat(100_000);

    assertThat(filter.answer(post("{\"method\":\"initialize\",\"params\":" + deep + "}")).status())
        .isEqualTo(400);
  }

  @ParameterizedTest
  @ValueSource(strings = {"OPTIONS", "HEAD", "PUT", "PATCH", "TRACE", "GET", "PROPFIND"})
  void whatIsNoRequestOfTheTransportIsPassedOnWithoutSession(String method) throws Exception {
    Session own = filter.session();

    filter.answer(new FakeExchange(method).header(ID, own.id()));
    filter.answer(new FakeExchange(method).header(ID, "unknown"));
    filter.answer(new FakeExchange(method).header("Accept", "*/*"));

    assertThat(filter.passedOn).hasSize(3);
    assertThat(filter.current.session()).isEmpty();
    assertThat(filter.createdIds()).containsExactly(own.id());
  }

  @Test
  void streamIsTheSessionsOwnAndEndsWithTheCredential() throws Exception {
    Session own = filter.session(ALICE);

    filter.answer(stream().header(ID, own.id()).header("Authorization", "Bearer alice"));

    assertThat(filter.streams.opened).containsExactly(own.id());
    assertThat(filter.streams.caller.orElseThrow().userId()).isEqualTo(ALICE);
    assertThat(filter.passedOn).isEmpty();
  }

  @Test
  void deletedSessionIsDeadAndItsStreamEnds() throws Exception {
    Session own = filter.session();

    assertThat(filter.answer(new FakeExchange("DELETE").header(ID, own.id())).status())
        .isEqualTo(204);

    assertThat(filter.streams.ended).containsExactly(own.id());
    assertThat(filter.answer(post(CALL).header(ID, own.id())).status()).isEqualTo(404);
    assertThat(filter.answer(new FakeExchange("DELETE").header(ID, own.id())).status())
        .isEqualTo(404);
  }

  @Test
  void revisionIsThatOfTheHeaderAndNotOfTheBody() throws Exception {
    Session own = filter.session();
    String modern =
        "{\"jsonrpc\":\"2.0\",\"id\":3,\"method\":\"tools/list\",\"params\":{\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\"}}}";

    for (FakeExchange exchange :
        List.of(
            post(modern),
            post(modern).header("MCP-Protocol-Version", "2025-11-25"),
            post(modern).header(ID, own.id()))) {
      FakeExchange answered = filter.answer(exchange);
      assertThat(answered.status()).isEqualTo(400);
      assertThat(answered.errorCode()).isEqualTo(-32020);
      assertThat(answered.json().getInt("id")).isEqualTo(3);
    }
    assertThat(filter.passedOn).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "1999-01-01,1999-01-01",
    "v999.0.0,v999.0.0",
    "'',unknown",
    "<script>,unknown",
    "2025-11-25 evil,unknown"
  })
  void unsupportedRevisionIsRefusedWithThoseThatAreServed(String revision, String told)
      throws Exception {
    FakeExchange answered = filter.answer(post(CALL).header("MCP-Protocol-Version", revision));

    assertThat(answered.status()).isEqualTo(400);
    assertThat(answered.errorCode()).isEqualTo(-32022);
    assertThat(answered.json().getInt("id")).isEqualTo(7);
    assertThat(answered.json().getJsonObject("error").getJsonObject("data").toString())
        .isEqualTo(
            "{\"supported\":[\"2025-03-26\",\"2025-06-18\",\"2025-11-25\",\"2026-07-28\"],\"requested\":\"%s\"}"
                .formatted(told));
  }

  @Test
  void revisionThatIsNotConfiguredIsRefused() throws Exception {
    filter.close();
    filter = new FilterUnderTest(Map.of("belfry.http.protocol-versions", "2025-11-25"));

    for (String method : List.of("GET", "DELETE", "POST", "PUT")) {
      FakeExchange answered =
          filter.answer(new FakeExchange(method).header("MCP-Protocol-Version", "2026-07-28"));
      assertThat(answered.status()).isEqualTo(400);
      assertThat(answered.errorCode()).isEqualTo(-32022);
    }
  }

  @Test
  void severalRevisionsAreNone() throws Exception {
    FakeExchange answered =
        filter.answer(
            post(CALL)
                .header("MCP-Protocol-Version", "2025-11-25")
                .header("MCP-Protocol-Version", "2025-11-25"));

    assertThat(answered.errorCode()).isEqualTo(-32022);
  }

  @Test
  void expiredSessionIsNotFoundIfRevivalIsOff() throws Exception {
    filter.close();
    filter = new FilterUnderTest(Map.of("belfry.session.revive", "never"));
    Session own = filter.session();
    filter.clock.pass(Duration.ofMinutes(31));

    assertThat(filter.answer(post(CALL).header(ID, own.id())).status()).isEqualTo(404);
    assertThat(filter.answer(stream().header(ID, own.id())).status()).isEqualTo(404);
  }

  @Test
  void expiredSessionIsRevivedThroughTheStore() throws Exception {
    filter.store.failWhen(
        call -> call.method().equals("revive"),
        Moment.BEFORE,
        () -> new SessionStoreUnavailableException("asked to revive", "any", null));

    assertThat(filter.answer(post(CALL).header(ID, "expired")).status()).isEqualTo(503);
    assertThat(filter.answer(stream().header(ID, "expired")).status()).isEqualTo(503);
  }

  @Test
  void deletionDoesNotRevive() throws Exception {
    Session own = filter.session();
    filter.clock.pass(Duration.ofMinutes(31));
    filter.store.failWhen(
        call -> call.method().equals("revive"),
        Moment.BEFORE,
        () -> new SessionStoreUnavailableException("asked to revive", "any", null));

    assertThat(filter.answer(new FakeExchange("DELETE").header(ID, own.id())).status())
        .isEqualTo(404);
  }

  @ParameterizedTest
  @ValueSource(strings = {"POST", "GET", "DELETE"})
  void unreachableStoreIsUnavailable(String method) throws Exception {
    Session own = filter.session();
    filter.store.failWhen(
        any -> true,
        Moment.BEFORE,
        () -> new SessionStoreUnavailableException("away", own.id(), null));

    FakeExchange answered =
        filter.answer(
            new FakeExchange(method).header(ID, own.id()).header("Accept", "text/event-stream"));

    assertThat(answered.status()).isEqualTo(503);
    assertThat(answered.responseHeader("Retry-After")).contains("2");
    filter.store.recover();
    assertThat(filter.store.find(own.id())).isPresent();
  }

  @Test
  void brokenStoreIsAFailureWithoutDetails() throws Exception {
    Session own = filter.session();
    filter.store.failWhen(
        any -> true, Moment.BEFORE, () -> new SessionStoreException("secret detail"));

    FakeExchange answered = filter.answer(post(CALL).header(ID, own.id()));

    assertThat(answered.status()).isEqualTo(500);
    assertThat(answered.text()).doesNotContain("secret");
  }

  @Test
  void failureOfTheApplicationsIsNotTakenForOneOfTheFilters() {
    Session own = filter.session();
    SessionStoreException failure =
        new SessionStoreUnavailableException("the application's", own.id(), null);
    filter.application(
        (request, response) -> {
          throw failure;
        });

    assertThatThrownBy(() -> filter.answer(post(CALL).header(ID, own.id()))).isSameAs(failure);
    assertThatThrownBy(() -> filter.answer(initialize())).isSameAs(failure);
  }

  @Test
  void bodyThatIsTooLargeIsRefusedUnreadIfItSaysSo() throws Exception {
    Session own = filter.session();
    FakeExchange answered = filter.answer(post(CALL).contentLength(1_048_577).header(ID, own.id()));

    assertThat(answered.status()).isEqualTo(413);
    assertThat(answered.bytesRead()).isZero();
  }

  @Test
  void bodyThatIsTooLargeIsReadNoFurtherThanNeeded() throws Exception {
    filter.close();
    filter = new FilterUnderTest(Map.of("belfry.http.max-body", "1024"));
    Session own = filter.session();
    byte[] body = " ".repeat(5_000).getBytes(UTF_8);

    for (FakeExchange exchange :
        List.of(
            post("").body(body),
            post("").body(body).header(ID, own.id()),
            post("").body(body).header("MCP-Protocol-Version", "2026-07-28"),
            post("").body(body).header("MCP-Protocol-Version", "1999-01-01"))) {
      FakeExchange answered = filter.answer(exchange);
      assertThat(answered.status()).isEqualTo(413);
      assertThat(answered.bytesRead()).isEqualTo(1_025);
    }
    assertThat(filter.passedOn).isEmpty();
  }
}
