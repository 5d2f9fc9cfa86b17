package dev.belfry.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which pages the filter lets in, whatever they ask for. */
class OriginsTest {

  private FilterUnderTest filter = new FilterUnderTest(Map.of());

  @AfterEach
  void close() {
    assertThat(filter.createdIds()).isEmpty();
    filter.close();
  }

  private void with(String setting, String value) {
    filter.close();
    filter = new FilterUnderTest(Map.of(setting, value));
  }

  private static FakeExchange to(String host) {
    return new FakeExchange("PUT").withoutHeader("Host").header("Host", host);
  }

  private int status(FakeExchange exchange) throws Exception {
    return filter.answer(exchange).status();
  }

  @Test
  void requestOfNoBrowserIsAdmitted() throws Exception {
    assertThat(status(to("any.example"))).isEqualTo(200);
    assertThat(status(new FakeExchange("PUT").withoutHeader("Host"))).isEqualTo(200);
  }

  @ParameterizedTest
  @CsvSource({
    "app.example,https://app.example",
    "App.Example,http://app.example",
    "app.example,http://APP.example",
    "app.example:80,http://app.example",
    "app.example:443,https://app.example",
    "app.example:8080,http://app.example:8080",
    "[2001:db8::1]:8080,http://[2001:db8::1]:8080"
  })
  void pageOfTheServerItselfIsAdmitted(String host, String origin) throws Exception {
    assertThat(status(to(host).header("Origin", origin))).isEqualTo(200);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "https://evil.example",
        "https://app.example.evil.example",
        "https://app.example:8443",
        "http://app.example:443",
        "https://user@app.example",
        "null",
        "",
        "app.example",
        "//app.example",
        "not an origin",
        "https://app.example, https://app.example",
        "%"
      })
  void everyOtherPageIsForbidden(String origin) throws Exception {
    FakeExchange exchange = to("app.example").header("Origin", origin);

    assertThat(status(exchange)).isEqualTo(403);
    assertThat(exchange.json()).doesNotContainKey("id");
    assertThat(filter.passedOn).isEmpty();
  }

  @Test
  void severalOriginsAreForbidden() throws Exception {
    with("belfry.http.allowed-origins", "https://a.example,https://b.example");

    assertThat(
            status(
                to("app.example")
                    .header("Origin", "https://a.example")
                    .header("Origin", "https://b.example")))
        .isEqualTo(403);
  }

  @Test
  void pageWithoutAnyHostToCompareWithIsForbidden() throws Exception {
    assertThat(
            status(
                new FakeExchange("PUT")
                    .withoutHeader("Host")
                    .header("Origin", "https://app.example")))
        .isEqualTo(403);
  }

  @ParameterizedTest
  @CsvSource({
    "app.example,https://app.example",
    "app.example,http://app.example:443",
    "2001:db8::1,https://[2001:db8::1]"
  })
  void hostOfHttp2IsWhereTheRequestWasSent(String name, String origin) throws Exception {
    FakeExchange own = new FakeExchange("PUT").serverName(name).header("Origin", origin);
    FakeExchange foreign = new FakeExchange("PUT").serverName("x.example").header("Origin", origin);

    assertThat(status(own)).isEqualTo(200);
    assertThat(status(foreign)).isEqualTo(403);
  }

  @Test
  void allowedOriginIsAdmittedExactly() throws Exception {
    with("belfry.http.allowed-origins", "https://a.example");

    assertThat(status(to("app.example").header("Origin", "https://a.example"))).isEqualTo(200);
    assertThat(status(to("app.example").header("Origin", "http://a.example"))).isEqualTo(403);
    assertThat(status(to("app.example").header("Origin", "https://a.example/"))).isEqualTo(403);
  }

  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1", "127.9.8.7", "0:0:0:0:0:0:0:1"})
  void pageThatLeadsToThisMachineByAnotherNameIsForbidden(String address) throws Exception {
    assertThat(
            status(
                to("evil.example").header("Origin", "http://evil.example").localAddress(address)))
        .isEqualTo(403);
    for (String own :
        new String[] {"localhost:9080", "127.0.0.1:9080", "[::1]:9080", "LOCALHOST"}) {
      assertThat(status(to(own).header("Origin", "http://" + own).localAddress(address)))
          .isEqualTo(200);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"localhost.evil.example", "127.0.0.1.evil.example", "127.0.0.1x", "1127.0.0.1"})
  void nameThatOnlyLooksLikeThisMachinesIsAnotherName(String host) throws Exception {
    assertThat(status(to(host).header("Origin", "http://" + host).localAddress("127.0.0.1")))
        .isEqualTo(403);
  }

  @Test
  void otherNamesLeadToThisMachineByWayOfAProxy() throws Exception {
    assertThat(status(to("app.example").localAddress("127.0.0.1"))).isEqualTo(200);

    with("belfry.http.allowed-origins", "https://app.example");
    assertThat(
            status(
                to("app.example")
                    .header("Origin", "https://app.example")
                    .localAddress("127.0.0.1")))
        .isEqualTo(200);

    with("belfry.http.allowed-hosts", "app.example");
    assertThat(
            status(
                to("app.example")
                    .header("Origin", "https://app.example")
                    .localAddress("127.0.0.1")))
        .isEqualTo(200);
  }

  @Test
  void onlyAllowedHostsAreServedIfThereAreAny() throws Exception {
    with("belfry.http.allowed-hosts", "App.example, api.example:8443");

    assertThat(status(to("app.example"))).isEqualTo(200);
    assertThat(status(to("APP.example:9080"))).isEqualTo(200);
    assertThat(status(to("api.example:8443"))).isEqualTo(200);
    assertThat(status(to("api.example"))).isEqualTo(403);
    assertThat(status(to("evil.example"))).isEqualTo(403);
    assertThat(status(to("evil.example").header("Origin", "http://evil.example"))).isEqualTo(403);
    assertThat(status(to("app.example").header("Host", "evil.example"))).isEqualTo(403);
    assertThat(status(new FakeExchange("PUT").withoutHeader("Host"))).isEqualTo(403);
  }
}
