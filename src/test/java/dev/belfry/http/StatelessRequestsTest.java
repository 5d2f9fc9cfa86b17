package dev.belfry.http;

import static dev.belfry.http.FakeExchange.post;
import static dev.belfry.http.FilterUnderTest.ID;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.belfry.http.ListenRequest.NotificationType;
import jakarta.json.Json;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The filter's table for revision 2026-07-28. */
class StatelessRequestsTest {

  private static final String META =
      "\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\",\"io.modelcontextprotocol/clientInfo\":{\"name\":\"tester\",\"version\":\"1\"},\"io.modelcontextprotocol/clientCapabilities\":{\"roots\":{}}}";

  private FilterUnderTest filter = new FilterUnderTest(Map.of());

  @AfterEach
  void close() {
    assertThat(filter.createdIds()).isEmpty();
    filter.close();
  }

  private static FakeExchange request(String method, String params) {
    return bare(method, params).header("Mcp-Method", method);
  }

  /** Without Mcp-Method. */
  private static FakeExchange bare(String method, String params) {
    return post("{\"jsonrpc\":\"2.0\",\"id\":\"r1\",\"method\":\"%s\",\"params\":{%s}}"
            .formatted(method, params))
        .header("MCP-Protocol-Version", "2026-07-28");
  }

  private void assertRefused(FakeExchange exchange, int status, int code) throws Exception {
    filter.answer(exchange);
    assertThat(exchange.status()).isEqualTo(status);
    assertThat(exchange.errorCode()).isEqualTo(code);
    assertThat(exchange.json().getString("id")).isEqualTo("r1");
    assertThat(filter.passedOn).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"server/discover", "tools/list", "unknown/method", "completion/complete"})
  void validRequestIsPassedOnWithItsBodyAndWhatItSaysOfItself(String method) throws Exception {
    filter.application(
        (request, response) -> response.getOutputStream().print(request.getReader().readLine()));

    FakeExchange answered = filter.answer(request(method, META));

    assertThat(answered.status()).isEqualTo(200);
    assertThat(answered.text()).contains(method, "clientCapabilities");
    assertThat(filter.current.session()).isEmpty();
    Negotiated negotiated = filter.current.negotiated().orElseThrow();
    assertThat(negotiated.protocolVersion()).isEqualTo("2026-07-28");
    assertThat(negotiated.clientInfo().getString("name")).isEqualTo("tester");
    assertThat(negotiated.capabilities()).containsKey("roots");
  }

  @Test
  void sessionIdIsNeitherLookedAtNorSet() throws Exception {
    FakeExchange answered = filter.answer(request("tools/list", META).header(ID, "any thing"));

    assertThat(answered.status()).isEqualTo(200);
    assertThat(answered.responseHeader(ID)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"GET", "DELETE"})
  void thereIsOnlyPost(String method) throws Exception {
    FakeExchange answered =
        filter.answer(new FakeExchange(method).header("MCP-Protocol-Version", "2026-07-28"));

    assertThat(answered.status()).isEqualTo(405);
    assertThat(answered.responseHeader("Allow")).contains("POST");
    assertThat(filter.passedOn).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"OPTIONS", "HEAD", "PUT"})
  void whatIsNoRequestOfTheTransportIsPassedOn(String method) throws Exception {
    filter.answer(new FakeExchange(method).header("MCP-Protocol-Version", "2026-07-28"));

    assertThat(filter.passedOn).hasSize(1);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "not json | -32700",
        "'' | -32700",
        "[] | -32600",
        "7 | -32600",
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}} | -32600",
        "{\"jsonrpc\":\"2.0\",\"id\":null,\"method\":\"tools/list\"} | -32600",
        "{\"jsonrpc\":\"2.0\",\"method\":\"subscriptions/listen\"} | -32600",
      })
  void malformedMessageIsRefusedWithoutId(String body, int code) throws Exception {
    FakeExchange answered = filter.answer(post(body).header("MCP-Protocol-Version", "2026-07-28"));

    assertThat(answered.status()).isEqualTo(400);
    assertThat(answered.errorCode()).isEqualTo(code);
    assertThat(answered.json()).doesNotContainKey("id");
    assertThat(filter.passedOn).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"jsonrpc\":\"2.0\",\"id\":\"r1\"}",
        "{\"id\":\"r1\",\"method\":\"tools/list\"}",
        "{\"jsonrpc\":\"1.0\",\"id\":\"r1\",\"method\":\"tools/list\"}"
      })
  void malformedMessageWithAnIdIsRefusedWithIt(String body) throws Exception {
    assertRefused(post(body).header("MCP-Protocol-Version", "2026-07-28"), 400, -32600);
  }

  @Test
  void textThatIsNotUtf8IsNoJson() throws Exception {
    FakeExchange answered =
        filter.answer(
            post("")
                .body(new byte[] {'"', (byte) 0xC3, '"'})
                .header("MCP-Protocol-Version", "2026-07-28"));

    assertThat(answered.errorCode()).isEqualTo(-32700);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "\"_meta\":7",
        "\"_meta\":{}",
        "\"_meta\":{\"io.modelcontextprotocol/clientCapabilities\":{}}",
        "\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\"}",
        "\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":1,\"io.modelcontextprotocol/clientCapabilities\":{}}",
        "\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\",\"io.modelcontextprotocol/clientCapabilities\":[]}"
      })
  void requestWithoutItsMetadataIsRefused(String params) throws Exception {
    assertRefused(request("server/discover", params), 400, -32602);
  }

  @Test
  void clientNeedNotSayItsName() throws Exception {
    filter.answer(
        request(
            "server/discover",
            "\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\",\"io.modelcontextprotocol/clientCapabilities\":{}}"));

    assertThat(filter.passedOn).hasSize(1);
  }

  @Test
  void revisionMustBeThatOfTheHeader() throws Exception {
    String other = META.replace("2026-07-28", "v999.0.0");

    assertRefused(request("server/discover", other), 400, -32020);
    assertRefused(
        request("server/discover", META)
            .withoutHeader("MCP-Protocol-Version")
            .header("MCP-Protocol-Version", "v999.0.0"),
        400,
        -32020);
    assertRefused(
        request("server/discover", META).withoutHeader("MCP-Protocol-Version"), 400, -32020);
  }

  @Test
  void unknownRevisionInHeaderAndBodyIsToldThoseThatAreServed() throws Exception {
    FakeExchange exchange =
        request("server/discover", META.replace("2026-07-28", "v999.0.0"))
            .withoutHeader("MCP-Protocol-Version")
            .header("MCP-Protocol-Version", "v999.0.0");

    assertRefused(exchange, 400, -32022);
    assertThat(exchange.json().getJsonObject("error").getJsonObject("data").getString("requested"))
        .isEqualTo("v999.0.0");
  }

  @Test
  void methodMustBeThatOfTheHeader() throws Exception {
    assertRefused(bare("tools/list", META), 400, -32020);
    for (String method : List.of("prompts/list", "TOOLS/LIST", "")) {
      assertRefused(bare("tools/list", META).header("Mcp-Method", method), 400, -32020);
    }
    assertRefused(request("tools/list", META).header("Mcp-Method", "tools/list"), 400, -32020);
  }

  @Test
  void blanksAroundAHeadersValueAreNoPartOfIt() throws Exception {
    filter.answer(
        bare("tools/call", "\"name\":\"hello\"," + META)
            .header("mcp-method", " tools/call\t")
            .header("MCP-NAME", "  hello  "));

    assertThat(filter.passedOn).hasSize(1);
  }

  @ParameterizedTest
  @CsvSource({"tools/call,name", "prompts/get,name", "resources/read,uri"})
  void nameMustBeThatOfTheHeader(String method, String parameter) throws Exception {
    String params = "\"%s\":\"a name\",".formatted(parameter) + META;

    assertRefused(request(method, params), 400, -32020);
    for (String name : List.of("", "other", "A NAME", "=?base64?YSBuYW1l", "a name\u0001")) {
      assertRefused(request(method, params).header("Mcp-Name", name), 400, -32020);
    }
    assertRefused(
        request(method, params).header("Mcp-Name", "a name").header("Mcp-Name", "a name"),
        400,
        -32020);
    assertRefused(request(method, META).header("Mcp-Name", "a name"), 400, -32602);

    filter.answer(request(method, params).header("Mcp-Name", "a name"));
    filter.answer(request(method, params).header("Mcp-Name", encoded("a name")));
    assertThat(filter.passedOn).hasSize(2);
  }

  private static String encoded(String text) {
    return "=?base64?" + Base64.getEncoder().encodeToString(text.getBytes(UTF_8)) + "?=";
  }

  @ParameterizedTest
  @ValueSource(strings = {"h\u00e9llo \u4e16", " padded ", "two\\nlines", "=?base64?literal?=", ""})
  void namesOfAllCharactersAreUnderstood(String name) throws Exception {
    filter.answer(
        request("tools/call", "\"name\":\"" + name + "\"," + META)
            .header("Mcp-Name", encoded(name.replace("\\n", "\n"))));

    assertThat(filter.passedOn).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"=?base64?SGVsbG8?=", "=?base64?SGVs!!!bG8=?=", "=?base64?/w==?=", "=?base64?="})
  void encodedNameThatIsMalformedIsRefused(String name) throws Exception {
    assertRefused(
        request("tools/call", "\"name\":\"Hello\"," + META).header("Mcp-Name", name), 400, -32020);
  }

  @Test
  void rawCharactersThatBelongEncodedAreRefused() throws Exception {
    assertRefused(
        request("tools/call", "\"name\":\"h\u00e9\"," + META).header("Mcp-Name", "h\u00e9"),
        400,
        -32020);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "initialize",
        "ping",
        "logging/setLevel",
        "resources/subscribe",
        "resources/unsubscribe"
      })
  void methodThatWasRemovedIsNotFound(String method) throws Exception {
    assertRefused(request(method, META), 404, -32601);
  }

  @Test
  void notificationNeedsNoMetadataButMustNotContradict() throws Exception {
    String notification = "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/x\"}";
    filter.answer(post(notification).header("MCP-Protocol-Version", "2026-07-28"));
    assertThat(filter.passedOn).hasSize(1);

    FakeExchange answered =
        filter.answer(
            post(notification)
                .header("MCP-Protocol-Version", "2026-07-28")
                .header("Mcp-Method", "notifications/y"));
    assertThat(answered.status()).isEqualTo(400);
    assertThat(answered.json()).doesNotContainKey("id");
  }

  @Test
  void oldHandshakeIsToldWhatIsServedIfThatIsNoOldRevision() throws Exception {
    filter.close();
    filter = new FilterUnderTest(Map.of("belfry.http.protocol-versions", "2026-07-28"));

    FakeExchange answered =
        filter.answer(
            post(
                "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"initialize\",\"params\":{\"protocolVersion\":\"2025-11-25\"}}"));

    assertThat(answered.status()).isEqualTo(400);
    assertThat(answered.json().getJsonObject("error").getJsonObject("data").toString())
        .isEqualTo("{\"supported\":[\"2026-07-28\"],\"requested\":\"2025-11-25\"}");
    assertThat(filter.answer(post("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"x\"}")).errorCode())
        .isEqualTo(-32602);
  }

  @Test
  void listenOpensAStreamOfWhatIsAskedFor() throws Exception {
    filter.answer(
        request(
                "subscriptions/listen",
                "\"notifications\":{\"toolsListChanged\":true,\"promptsListChanged\":false,\"resourceSubscriptions\":[\"file:///a\",\"file:///a\"],\"future\":7},"
                    + META)
            .header("Authorization", "Bearer alice"));

    assertThat(filter.streams.listening)
        .containsExactly(
            new ListenRequest(
                Json.createValue("r1"), Set.of(NotificationType.TOOLS), Set.of("file:///a")));
    assertThat(filter.streams.caller.orElseThrow().userId()).isEqualTo(OwnerHash.of("alice"));
    assertThat(filter.passedOn).isEmpty();
  }

  @Test
  void listenForNothingIsAllowed() throws Exception {
    filter.answer(request("subscriptions/listen", "\"notifications\":{}," + META));

    assertThat(filter.streams.listening).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "\"notifications\":7,",
        "\"notifications\":{\"toolsListChanged\":\"yes\"},",
        "\"notifications\":{\"resourcesListChanged\":null},",
        "\"notifications\":{\"resourceSubscriptions\":\"file:///a\"},",
        "\"notifications\":{\"resourceSubscriptions\":[7]},"
      })
  void listenThatIsMalformedIsRefused(String params) throws Exception {
    assertRefused(request("subscriptions/listen", params + META), 400, -32602);
    assertThat(filter.streams.listening).isEmpty();
  }

  @Test
  void listenToTooMuchIsRefused() throws Exception {
    assertRefused(request("subscriptions/listen", resources(101, "u") + META), 400, -32602);
    assertRefused(
        request("subscriptions/listen", resources(1, "u".repeat(2_048)) + META), 400, -32602);

    filter.answer(request("subscriptions/listen", resources(100, "u".repeat(2_045)) + META));
    assertThat(filter.streams.listening.get(0).resources()).hasSize(100);
  }

  private static String resources(int count, String begin) {
    return "\"notifications\":{\"resourceSubscriptions\":[%s]},"
        .formatted(
            IntStream.range(0, count)
                .mapToObj(number -> "\"" + begin + number + "\"")
                .collect(Collectors.joining(",")));
  }
}
