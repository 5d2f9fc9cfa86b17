package dev.belfry.sse;

import static org.assertj.core.api.Assertions.assertThat;

import dev.belfry.session.Lifetime;
import dev.belfry.session.Session;
import dev.belfry.session.SessionBackend;
import dev.belfry.session.SessionRules;
import dev.belfry.session.SessionStore;
import dev.belfry.session.SessionStore.Touched;
import dev.belfry.session.SessionStoreUnavailableException;
import dev.belfry.testkit.SettableClock;
import jakarta.json.JsonValue;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

class SessionKeeperTest {

  private static final Duration CONFIGURED = Duration.ofMinutes(30);
  private static final Duration LONGEST = Duration.ofSeconds(15);

  private final SettableClock clock = new SettableClock();
  private final SessionStore sessions =
      SessionBackend.inMemory(SessionRules.of(CONFIGURED), clock, event -> {}).store();

  /** The ids of each call of {@code touchAll}, in order. */
  private final List<Set<String>> touches = new ArrayList<>();

  private Function<Collection<String>, Touched> touching = sessions::touchAll;
  private final SessionKeeper keeper =
      new SessionKeeper(recording(), LONGEST, () -> clock.instant().toEpochMilli() * 1_000_000);

  @Test
  void sessionsAreTouchedTogetherInTheFirstTurn() throws Exception {
    keep("s1", CONFIGURED);
    keep("s2", CONFIGURED);
    keep("s3", Duration.ofSeconds(3));

    keeper.run();

    assertThat(touches).containsExactly(Set.of("s1", "s2", "s3"));
  }

  @Test
  void nothingIsTouchedBeforeItIsDue() throws Exception {
    keep("s1", CONFIGURED);
    keeper.run();

    turns(LONGEST.minus(SessionKeeper.TURN));
    assertThat(touches).hasSize(1);

    turns(SessionKeeper.TURN);
    assertThat(touches).hasSize(2);
  }

  @Test
  void sessionWithAStreamDoesNotExpireHoweverShortItsOwnTimeToLive() throws Exception {
    EventStream second = keep("s1", Duration.ofSeconds(1));
    EventStream minute = keep("s2", Duration.ofMinutes(1));
    EventStream usual = keep("s3", CONFIGURED);

    turns(Duration.ofMinutes(3));

    assertThat(List.of(second, minute, usual)).noneMatch(EventStream::isEnding);
    assertThat(List.of("s1", "s2", "s3")).allMatch(sessions::exists);
    assertThat(touches.stream().filter(ids -> ids.contains("s3")))
        .as("the usual ones are not touched as often as the short ones")
        .hasSizeLessThanOrEqualTo(25);
  }

  @Test
  void sessionWhoseStreamOpensShortlyBeforeItsEndIsTouchedAtOnce() throws Exception {
    Session session = create("s1", Duration.ofMinutes(1));
    clock.pass(Duration.ofSeconds(59));
    EventStream stream = stream(session);
    keeper.keep(stream, session);

    turns(Duration.ofMinutes(1));

    assertThat(stream.isEnding()).isFalse();
  }

  @Test
  void thoseOpenedAtDifferentTimesAreSoonTouchedTogether() throws Exception {
    for (int count = 0; count < 40; count++) {
      keep("s" + count, CONFIGURED);
      turns(SessionKeeper.TURN);
    }
    turns(LONGEST);
    touches.clear();

    turns(LONGEST);

    assertThat(touches).hasSizeBetween(1, 3);
    assertThat(touches.stream().flatMap(Set::stream).distinct()).hasSize(40);
  }

  @Test
  void streamOfASessionThatIsGoneEnds() throws Exception {
    EventStream gone = keep("s1", CONFIGURED);
    EventStream alive = keep("s2", CONFIGURED);
    sessions.delete("s1");

    keeper.run();

    assertThat(gone.isEnding()).isTrue();
    assertThat(alive.isEnding()).isFalse();
  }

  @Test
  void sessionThatSomebodyIsChangingIsTriedAgainWithTheNextTurn() throws Exception {
    EventStream stream = keep("s1", CONFIGURED);
    touching = ids -> new Touched(Set.of(), Set.of());
    turns(SessionKeeper.TURN);
    touching = sessions::touchAll;
    turns(SessionKeeper.TURN);
    turns(SessionKeeper.TURN);

    assertThat(touches).hasSize(2);
    assertThat(stream.isEnding()).isFalse();
  }

  @Test
  void failureEndsNothingAndIsFollowedByAPause() throws Exception {
    EventStream stream = keep("s1", CONFIGURED);
    touching =
        ids -> {
          throw new SessionStoreUnavailableException("as the test wants it", new IOException("x"));
        };
    turns(Duration.ofSeconds(4));
    assertThat(touches).hasSize(4);
    touching =
        ids -> {
          throw new IllegalStateException("as the test wants it");
        };
    turns(Duration.ofSeconds(1));
    assertThat(touches).hasSize(5);
    touching = sessions::touchAll;
    turns(Duration.ofSeconds(2));

    assertThat(touches).hasSize(6);
    assertThat(stream.isEnding()).isFalse();
  }

  @Test
  void sessionIsLeftAloneOnceItsStreamIsForgotten() throws Exception {
    keeper.forget(keep("s1", CONFIGURED));

    turns(LONGEST.multipliedBy(2));

    assertThat(touches).isEmpty();
  }

  @Test
  void newerStreamOfTheSameSessionKeepsItAlive() throws Exception {
    EventStream older = keep("s1", Duration.ofSeconds(3));
    keeper.run();
    Session session = sessions.find("s1").orElseThrow();
    EventStream newer = stream(session);
    keeper.keep(newer, session);
    keeper.forget(older);

    turns(Duration.ofMinutes(1));

    assertThat(newer.isEnding()).isFalse();
    assertThat(sessions.exists("s1")).isTrue();
  }

  private void turns(Duration duration) {
    for (long turn = 0; turn < duration.dividedBy(SessionKeeper.TURN); turn++) {
      clock.pass(SessionKeeper.TURN);
      keeper.run();
    }
  }

  private EventStream keep(String id, Duration timeToLive) throws IOException {
    Session session = create(id, timeToLive);
    EventStream stream = stream(session);
    keeper.keep(stream, session);
    return stream;
  }

  private Session create(String id, Duration timeToLive) {
    return sessions.create(id, "", JsonValue.EMPTY_JSON_OBJECT, Lifetime.of(timeToLive));
  }

  private EventStream stream(Session session) throws IOException {
    FakeExchange client = new FakeExchange();
    Client owner = Client.of(session);
    Frames frames = new Frames(Duration.ZERO, List.of());
    RecentFrames recent = new RecentFrames(1, 1);
    TestLog log = new TestLog(() -> null);
    return new EventStream(
        owner,
        new EventStream.Terms(Optional.empty(), Instant.MAX),
        new Feed(new ResumableFraming(owner, frames), new FrameQueue.Limits(10, 10_000)),
        new EventStream.Exchange(
            client.request().startAsync(), client.response().getOutputStream()),
        new EventStream.Shared(
            Runnable::run,
            recent,
            new LogReader(log.broadcaster(), Runnable::run, 10_000),
            keeper::forget));
  }

  private SessionStore recording() {
    return (SessionStore)
        Proxy.newProxyInstance(
            SessionStore.class.getClassLoader(),
            new Class<?>[] {SessionStore.class},
            (proxy, method, arguments) -> {
              assertThat(method.getName()).isEqualTo("touchAll");
              @SuppressWarnings("unchecked")
              Collection<String> ids = (Collection<String>) arguments[0];
              touches.add(new TreeSet<>(ids));
              return touching.apply(ids);
            });
  }
}
