package dev.belfry.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.belfry.testkit.SettableClock;
import jakarta.json.JsonValue;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SessionHandlesTest {

  private static final Duration CONFIGURED = Duration.ofMinutes(30);
  private static final SessionPage.Request FIRST = SessionPage.Request.first(10);

  private final SettableClock clock = new SettableClock();
  private final SessionBackend backend =
      SessionBackend.inMemory(SessionRules.of(CONFIGURED), clock, event -> {});
  private final SessionHandles handles = new SessionHandles(backend.store(), backend.queries());

  @Test
  void mintedHandleIsItsPrincipals() {
    Session handle = handles.mint("ann");

    assertThat(handle.id()).matches("dps_[A-Za-z0-9_-]{32}");
    assertThat(handle.userId()).isEqualTo("ann");
    assertThat(handle.state()).isEmpty();
    assertThat(handles.get("ann", handle.id())).contains(handle);
  }

  @Test
  void mintedHandleLivesAsLongAsConfigured() {
    Session handle = handles.mint("ann");

    clock.pass(CONFIGURED.minusMillis(1));
    assertThat(handles.get("ann", handle.id())).isPresent();
    clock.pass(Duration.ofMillis(1));
    assertThat(handles.get("ann", handle.id())).isEmpty();
  }

  @Test
  void mintedHandleLivesAsLongAsAskedFor() {
    Session handle = handles.mint("ann", "job_", Duration.ofSeconds(5));

    assertThat(handle.id()).startsWith("job_");
    clock.pass(Duration.ofSeconds(4));
    assertThat(backend.store().touch(handle.id())).isTrue();
    clock.pass(Duration.ofSeconds(4));
    assertThat(handles.get("ann", handle.id())).isPresent();
    clock.pass(Duration.ofSeconds(1));
    assertThat(handles.get("ann", handle.id())).isEmpty();
  }

  @Test
  void stolenHandleIsInert() {
    Session handle = handles.mint("ann");

    assertThat(handles.get("eve", handle.id())).isEmpty();
    assertThat(handles.end("eve", handle.id())).isFalse();
    assertThat(handles.list("eve", FIRST).sessions()).isEmpty();
    assertThat(handles.get("ann", handle.id())).isPresent();
  }

  @Test
  void anonymousSessionIsNobodysHandle() {
    backend.store().create("anonymous", "", JsonValue.EMPTY_JSON_OBJECT);

    assertThat(handles.get("ann", "anonymous")).isEmpty();
    assertThat(handles.end("ann", "anonymous")).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "dps_", "dps_unknown", "with blank", "\u0000", "'; --"})
  void whatIsNoHandlesIdIsNobodys(String id) {
    handles.mint("ann");

    assertThat(handles.get("ann", id)).isEmpty();
    assertThat(handles.end("ann", id)).isFalse();
  }

  @Test
  void principalsOwnAreListed() {
    List<String> own =
        List.of(handles.mint("ann").id(), handles.mint("ann", "ab_", CONFIGURED).id());
    handles.mint("bob");

    SessionPage page = handles.list("ann", FIRST);

    assertThat(page.sessions()).extracting(Session::id).containsExactlyInAnyOrderElementsOf(own);
    assertThat(page.next()).isEmpty();
  }

  @Test
  void endedHandleIsGone() {
    Session handle = handles.mint("ann");

    assertThat(handles.end("ann", handle.id())).isTrue();

    assertThat(handles.get("ann", handle.id())).isEmpty();
    assertThat(handles.end("ann", handle.id())).isFalse();
  }

  @Test
  void handleIsEndedAsItIsListedWhereIdsAreHashed() {
    SessionHandles hashed =
        new SessionHandles(backend.store(), new HashedQueries(backend.queries()));
    // What the store keeps of an id, and takes for it in delete, is its fingerprint.
    String listed = SessionIds.fingerprint("dps_id");
    backend.store().create(listed, "ann", JsonValue.EMPTY_JSON_OBJECT);

    assertThat(hashed.end("eve", listed)).isFalse();
    assertThat(hashed.end("ann", listed)).isTrue();
  }

  /** Gives fingerprints for ids. */
  private record HashedQueries(SessionQueries plain) implements SessionQueries {
    @Override
    public SessionPage list(SessionQuery query, SessionPage.Request request) {
      SessionPage page = plain.list(query, request);
      return new SessionPage(
          page.sessions().stream().map(HashedQueries::hashed).toList(), page.next());
    }

    private static Session hashed(Session session) {
      return session.withId(SessionIds.fingerprint(session.id()));
    }

    @Override
    public long count(SessionQuery query) {
      return plain.count(query);
    }

    @Override
    public Optional<Session> latestForUser(String userId, String idPrefix) {
      return plain.latestForUser(userId, idPrefix).map(HashedQueries::hashed);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "_", "a_", "abcde_", "dps", "Dps_", "d1_", "dps__", "dpp_", "dpx_"})
  void prefixThatBreaksTheRuleIsRefused(String prefix) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> handles.mint("ann", prefix, CONFIGURED))
        .withMessageContaining("prefix");
    assertThat(backend.queries().count(SessionQuery.all())).isZero();
  }

  @Test
  void anonymousPrincipalIsRefused() {
    String id = handles.mint("ann").id();

    assertThatIllegalArgumentException().isThrownBy(() -> handles.mint(""));
    assertThatIllegalArgumentException().isThrownBy(() -> handles.mint("", "dps_", CONFIGURED));
    assertThatIllegalArgumentException().isThrownBy(() -> handles.get("", id));
    assertThatIllegalArgumentException().isThrownBy(() -> handles.list("", FIRST));
    assertThatIllegalArgumentException().isThrownBy(() -> handles.end("", id));
  }

  @ParameterizedTest
  @ValueSource(strings = {"PT0S", "PT-1S", "P36501D"})
  void timeToLiveOutOfRangeIsRefused(Duration timeToLive) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> handles.mint("ann", "dps_", timeToLive))
        .withMessageContaining("timeToLive");
  }
}
