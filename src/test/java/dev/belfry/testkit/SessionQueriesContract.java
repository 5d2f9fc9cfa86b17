package dev.belfry.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.belfry.session.Session;
import dev.belfry.session.SessionPage;
import dev.belfry.session.SessionQuery;
import dev.belfry.session.StateChange;
import jakarta.json.Json;
import jakarta.json.JsonValue;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What every {@link dev.belfry.session.SessionQueries} finds. */
public abstract class SessionQueriesContract extends SessionContract {

  @Test
  void listPagesThroughAllLiveSessions() {
    List<String> ids = IntStream.range(0, 25).mapToObj("id-%02d"::formatted).toList();
    store.create("expired", "alice", EMPTY);
    pass(TIME_TO_LIVE);
    ids.forEach(id -> store.create(id, "alice", EMPTY));
    store.create("deleted", "alice", EMPTY);
    store.delete("deleted");

    List<List<String>> pages = pages(SessionQuery.all(), 10);

    assertThat(pages).extracting(List::size).containsExactly(10, 10, 5);
    assertThat(pages.stream().flatMap(List::stream)).containsExactlyInAnyOrderElementsOf(ids);
  }

  @Test
  void listShowsEachSessionAsItIs() {
    Session created = store.create("id-1", "alice", json("{'a': 1}"));

    assertThat(queries.stream(SessionQuery.all())).containsExactly(created);
  }

  @Test
  void listWhileOthersComeAndGoShowsWhatStaysExactlyOnce() {
    List<String> staying = IntStream.range(0, 20).mapToObj("id-%02d-stays"::formatted).toList();
    staying.forEach(id -> store.create(id, "alice", EMPTY));
    List<String> listed = new ArrayList<>();
    Optional<SessionPage.Request> request = Optional.of(SessionPage.Request.first(3));

    for (int page = 0; request.isPresent(); page++) {
      store.create("id-%02d-comes".formatted(page * 3), "alice", EMPTY);
      store.create("id-%02d-goes".formatted(page * 2), "alice", EMPTY);
      SessionPage found = queries.list(SessionQuery.all(), request.get());
      store.delete("id-%02d-goes".formatted(page * 2));
      found.sessions().forEach(session -> listed.add(session.id()));
      request = found.next();
    }

    assertThat(listed).doesNotHaveDuplicates().containsAll(staying);
  }

  @Test
  void listBeyondTheEndIsEmptyAndTheLast() {
    store.create("id-1", "alice", EMPTY);

    SessionPage page = queries.list(SessionQuery.all(), new SessionPage.Request("zzz", 10));

    assertThat(page.sessions()).isEmpty();
    assertThat(page.next()).isEmpty();
  }

  @Test
  void streamGoesBeyondTheLargestPage() {
    int sessions = SessionPage.Request.MAX_LIMIT + 1;
    List<List<String>> created =
        concurrently(
            4,
            thread ->
                IntStream.range(0, sessions)
                    .filter(number -> number % 4 == thread)
                    .mapToObj(number -> store.create("id-" + number, "alice", EMPTY).id())
                    .toList());

    Set<String> streamed = new HashSet<>(ids(queries.stream(SessionQuery.all())));

    assertThat(streamed).hasSize(sessions);
    assertThat(streamed)
        .containsExactlyInAnyOrderElementsOf(created.stream().flatMap(List::stream).toList());
    assertThat(queries.count(SessionQuery.all())).isEqualTo(sessions);
  }

  @Test
  void queryByUserFindsTheUsersAlone() {
    store.create("alice-1", "alice", EMPTY);
    store.create("alice-2", "alice", EMPTY);
    store.create("bob-1", "bob", EMPTY);
    store.create("anonymous", "", EMPTY);

    assertFound(SessionQuery.ofUser("alice"), "alice-1", "alice-2");
    assertFound(SessionQuery.ofUser("nobody"));
    assertFound(SessionQuery.ofUser(""));
    assertFound(SessionQuery.all(), "alice-1", "alice-2", "bob-1", "anonymous");
  }

  @Test
  void queryByPrefixTakesItLiterally() {
    store.create("dps_1", "alice", EMPTY);
    store.create("dpsX1", "alice", EMPTY);
    store.create("50%", "bob", EMPTY);
    store.create("50\\", "bob", EMPTY);

    assertFound(SessionQuery.all().withPrefix("dps_"), "dps_1");
    assertFound(SessionQuery.all().withPrefix("50%"), "50%");
    assertFound(SessionQuery.all().withPrefix("50\\"), "50\\");
    assertFound(SessionQuery.all().withPrefix("%"));
    assertFound(SessionQuery.ofUser("bob").withPrefix("dps"));
    assertFound(SessionQuery.ofUser("alice").withPrefix("dps"), "dps_1", "dpsX1");
  }

  @Test
  void queryByAttributeFindsWhatHasThatValueThere() {
    use(RULES.withAttributes("/cart/id", "/tags/1"));
    store.create("both", "alice", json("{'cart': {'id': 'c1'}, 'tags': ['x', 'y']}"));
    store.create("cart", "bob", json("{'cart': {'id': 'c1', 'more': 1}}"));
    store.create("other", "bob", json("{'cart': {'id': 'c2'}}"));
    store.create("none", "bob", json("{'cart': 'c1', 'tags': 'y'}"));

    SessionQuery cart = SessionQuery.all().where("/cart/id", Json.createValue("c1"));

    assertFound(cart, "both", "cart");
    assertFound(cart.where("/tags/1", Json.createValue("y")), "both");
    assertFound(cart.withPrefix("b"), "both");
    assertFound(SessionQuery.ofUser("bob").where("/cart/id", Json.createValue("c1")), "cart");
    store.delete("cart");
    assertFound(cart, "both");
    states.apply("other", StateChange.setAt("/cart/id", Json.createValue("c1")));
    assertFound(cart, "both", "other");
  }

  /** Values that are the same as JSON, and values that only look alike. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      textBlock =
          """
          1                      | 1                      | true
          1                      | 1.0                    | true
          1000                   | 1E+3                   | true
          0                      | -0.0                   | true
          1                      | 1.0000000000000000001  | false
          1                      | '1'                    | false
          1                      | true                   | false
          null                   | null                   | true
          null                   | false                  | false
          'a'                    | 'A'                    | false
          ''                     | ''                     | true
          {}                     | {}                     | true
          {}                     | []                     | false
          {'x': 1, 'y': [2, 3]}  | {'y': [2.0, 3], 'x': 1.00} | true
          {'x': 1}               | {'x': 1, 'y': null}    | false
          {'x': 1, 'y': null}    | {'x': 1}               | false
          [1, 2]                 | [1.0, 2.0]             | true
          [1, 2]                 | [2, 1]                 | false
          [1, 2]                 | [1, 2, 3]              | false
          """)
  void attributeValuesCompareAsJson(String stored, String asked, boolean same) {
    use(RULES.withAttributes("/value"));
    store.create("id-1", "alice", json("{'value': %s}".formatted(stored)));
    JsonValue value = json("{'value': %s}".formatted(asked)).get("value");

    assertThat(queries.count(SessionQuery.all().where("/value", value))).isEqualTo(same ? 1 : 0);
  }

  @Test
  void attributeThatIsAbsentIsNotNull() {
    use(RULES.withAttributes("/value"));
    store.create("absent", "alice", EMPTY);
    store.create("null", "alice", json("{'value': null}"));

    assertFound(SessionQuery.all().where("/value", JsonValue.NULL), "null");
  }

  @Test
  void attributeThatWasNotDeclaredIsRefusedWithAHint() {
    use(RULES.withAttributes("/cart/id"));
    SessionQuery query = SessionQuery.all().where("/cart", JsonValue.TRUE);
    List<Runnable> uses =
        List.of(
            () -> queries.list(query, SessionPage.Request.first(1)),
            () -> queries.count(query),
            () -> ids(queries.stream(query)));

    for (Runnable use : uses) {
      assertThatIllegalArgumentException()
          .isThrownBy(use::run)
          .withMessageContaining("/cart")
          .withMessageContaining("belfry.session.indexed-attributes");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"a\0b", "\uD83D"})
  void attributeValueThatNoStateCanHoldIsRefused(String text) {
    use(RULES.withAttributes("/value"));

    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> queries.count(SessionQuery.all().where("/value", Json.createValue(text))));
  }

  @Test
  void latestForUserReturnsTheOneActiveLast() {
    store.create("dps_a", "alice", EMPTY);
    pass(Duration.ofSeconds(1));
    store.create("dps_b", "alice", EMPTY);
    pass(Duration.ofSeconds(1));
    store.create("dps_c", "bob", EMPTY);
    store.create("other", "alice", EMPTY);

    assertThat(latest("alice", "dps_")).contains("dps_b");
    pass(Duration.ofSeconds(1));
    store.touch("dps_a");
    assertThat(latest("alice", "dps_")).contains("dps_a");
    pass(Duration.ofSeconds(1));
    store.touch("other");
    assertThat(latest("alice", "")).contains("other");
  }

  @Test
  void latestForUserTakesThePrefixLiterally() {
    store.create("dpsX1", "alice", EMPTY);

    assertThat(latest("alice", "dps_")).isEmpty();
    assertThat(latest("alice", "%")).isEmpty();
  }

  @Test
  void latestForUserFindsNeitherExpiredNorAnonymousSessions() {
    store.create("id-1", "alice", EMPTY);
    pass(TIME_TO_LIVE);
    store.create("id-2", "", EMPTY);

    assertThat(latest("alice", "")).isEmpty();
    assertThat(latest("", "")).isEmpty();
  }

  private Optional<String> latest(String userId, String prefix) {
    return queries.latestForUser(userId, prefix).map(Session::id);
  }

  private void assertFound(SessionQuery query, String... expected) {
    assertThat(ids(queries.stream(query))).containsExactlyInAnyOrder(expected);
    assertThat(queries.count(query)).isEqualTo(expected.length);
    assertThat(pages(query, 1).stream().flatMap(List::stream)).containsExactlyInAnyOrder(expected);
  }

  private List<List<String>> pages(SessionQuery query, int limit) {
    List<List<String>> pages = new ArrayList<>();
    Optional<SessionPage.Request> request = Optional.of(SessionPage.Request.first(limit));
    while (request.isPresent()) {
      SessionPage page = queries.list(query, request.get());
      assertThat(page.sessions()).hasSizeLessThanOrEqualTo(limit);
      pages.add(ids(page.sessions().stream()));
      request = page.next();
    }
    return pages;
  }
}
