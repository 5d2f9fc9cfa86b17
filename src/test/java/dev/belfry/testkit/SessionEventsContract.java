package dev.belfry.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.belfry.session.Session;
import dev.belfry.session.SessionConflictException;
import dev.belfry.session.SessionCreated;
import dev.belfry.session.SessionDeleted;
import dev.belfry.session.SessionEvent;
import dev.belfry.session.SessionExpired;
import dev.belfry.session.SessionRevived;
import dev.belfry.session.SessionRotated;
import dev.belfry.session.SessionRules;
import dev.belfry.session.StateChange;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What every session backend announces: each event once, and of one session in its order. */
public abstract class SessionEventsContract extends SessionContract {

  private static final String MARKER = "marker-";

  private int markers;

  @Test
  void createIsAnnounced() {
    store.create("id-1", "alice", EMPTY);
    store.create("id-2", "", EMPTY);

    assertAnnounced(new SessionCreated("id-1", "alice"), new SessionCreated("id-2", ""));
  }

  @Test
  void createThatConflictsIsNotAnnounced() {
    store.create("id-1", "alice", EMPTY);

    assertThatThrownBy(() -> store.create("id-1", "bob", EMPTY))
        .isInstanceOf(SessionConflictException.class);

    assertAnnounced(new SessionCreated("id-1", "alice"));
  }

  @Test
  void deleteIsAnnouncedOnce() {
    store.create("id-1", "alice", EMPTY);
    store.delete("id-1");
    store.delete("id-1");
    store.delete("nobody");

    assertAnnounced(new SessionCreated("id-1", "alice"), new SessionDeleted("id-1", "alice"));
  }

  @Test
  void deleteOfWhatHasExpiredIsNotAnnouncedAndNeitherIsTheExpiryThen() {
    store.create("id-1", "alice", EMPTY);
    pass(TIME_TO_LIVE);
    store.delete("id-1");
    store.deleteExpired();

    assertAnnounced(new SessionCreated("id-1", "alice"));
  }

  @Test
  void expiryIsAnnouncedOnceByTheCleanupWithTheLastState() {
    store.create("id-1", "alice", json("{'a': 1}"));
    store.mergeState("id-1", json("{'b': 2}"));
    Session last = store.find("id-1").orElseThrow();
    pass(TIME_TO_LIVE);
    store.find("id-1");
    assertAnnounced(new SessionCreated("id-1", "alice"));

    store.deleteExpired();
    store.deleteExpired();

    eventually(() -> assertThat(events.of("id-1")).hasSize(2));
    assertQuiet();
    assertThat(events.of("id-1")).hasSize(2);
    assertThat(events.of("id-1").get(1))
        .isInstanceOfSatisfying(
            SessionExpired.class,
            expired -> {
              assertThat(expired.userId()).isEqualTo("alice");
              assertThat(expired.session().state()).isEqualTo(last.state());
              assertThat(expired.session().version()).isEqualTo(last.version());
            });
  }

  @Test
  void expiriesAreAnnouncedOnceHoweverManyCleanUp() {
    List<String> ids = IntStream.range(0, 20).mapToObj(number -> "id-" + number).toList();
    ids.forEach(id -> store.create(id, "alice", EMPTY));
    pass(TIME_TO_LIVE);

    concurrently(8, number -> (number % 2 == 0 ? backend : replica()).store().deleteExpired());
    store.deleteExpired();

    eventually(() -> assertThat(expiredIds()).containsAll(ids));
    assertQuiet();
    assertThat(expiredIds()).containsExactlyInAnyOrderElementsOf(ids);
  }

  @Test
  void rotateIsAnnouncedAsThatAlone() {
    store.create("old", "alice", EMPTY);
    revocation.rotate("old", "new");
    revocation.rotate("old", "newer");

    assertAnnounced(new SessionCreated("old", "alice"), new SessionRotated("old", "new", "alice"));
  }

  @Test
  void deleteAllAnnouncesEach() {
    store.create("id-1", "alice", EMPTY);
    store.create("id-2", "alice", EMPTY);
    store.create("id-3", "alice", EMPTY);
    revocation.deleteAllExcept("alice", "id-2");
    revocation.deleteAll("alice");

    assertAnnounced(
        new SessionCreated("id-1", "alice"),
        new SessionCreated("id-2", "alice"),
        new SessionCreated("id-3", "alice"),
        new SessionDeleted("id-1", "alice"),
        new SessionDeleted("id-3", "alice"),
        new SessionDeleted("id-2", "alice"));
  }

  @Test
  void evictionIsAnnouncedAsADeletion() {
    use(RULES.limited(new SessionRules.UserLimit(1, SessionRules.OnExcess.EVICT_OLDEST)));
    store.create("id-1", "alice", EMPTY);
    store.create("id-2", "alice", EMPTY);

    assertAnnounced(
        new SessionCreated("id-1", "alice"),
        new SessionDeleted("id-1", "alice"),
        new SessionCreated("id-2", "alice"));
  }

  @Test
  void usesAndChangesOfAStateAreNotAnnounced() {
    store.create("id-1", "alice", EMPTY);
    store.find("id-1");
    store.touch("id-1");
    store.touchAll(List.of("id-1"));
    store.mergeState("id-1", json("{'a': 1}"));
    states.apply("id-1", StateChange.increment("/n", 1));
    states.update("id-1", state -> EMPTY);
    states.compareAndSet("id-1", store.find("id-1").orElseThrow().version(), EMPTY);

    assertAnnounced(new SessionCreated("id-1", "alice"));
  }

  @Test
  void replacementOfWhatHasExpiredIsAnnouncedAsACreation() {
    store.create("id-1", "alice", EMPTY);
    pass(TIME_TO_LIVE);
    store.create("id-1", "alice", EMPTY);

    assertAnnounced(new SessionCreated("id-1", "alice"), new SessionCreated("id-1", "alice"));
  }

  @Test
  void eventsOfOneSessionKeepTheirOrderUnderLoad() {
    concurrently(
        8,
        thread -> {
          for (int number = 0; number < 10; number++) {
            String id = thread + "-" + number;
            store.create(id, "alice", EMPTY);
            revocation.rotate(id, id + "-rotated");
            (thread % 2 == 0 ? backend : replica()).store().delete(id + "-rotated");
          }
          return true;
        });

    eventually(() -> assertThat(events.all()).hasSize(240));
    for (int number = 0; number < 80; number++) {
      String id = number / 10 + "-" + number % 10;
      List<SessionEvent> its =
          events.all().stream().filter(event -> event.sessionId().startsWith(id)).toList();
      assertThat(its)
          .containsExactly(
              new SessionCreated(id, "alice"),
              new SessionRotated(id, id + "-rotated", "alice"),
              new SessionDeleted(id + "-rotated", "alice"));
    }
  }

  @Test
  void everyReplicaIsToldOnceWhoeverDoesIt() {
    RecordedEvents others = new RecordedEvents();
    assumeThat(replica(RULES, others)).isNotSameAs(backend);
    store.create("id-1", "alice", EMPTY);
    replica().store().delete("id-1");
    SessionEvent[] expected = {
      new SessionCreated("id-1", "alice"), new SessionDeleted("id-1", "alice")
    };

    eventually(() -> assertThat(others.of("id-1")).containsExactly(expected));
    assertAnnounced(expected);
    assertThat(others.of("id-1")).containsExactly(expected);
  }

  @Test
  void revivalIsAnnouncedOnlyWhereSomethingCameBack() {
    store.create("id-1", "alice", EMPTY);
    store.revive("id-1", "alice");
    pass(TIME_TO_LIVE);
    store.revive("id-1", "mallory");
    store.revive("id-1", "alice");
    store.revive("id-1", "alice");
    store.delete("id-1");
    store.revive("id-1", "alice");

    assertAnnounced(
        new SessionCreated("id-1", "alice"),
        new SessionRevived("id-1", "alice"),
        new SessionDeleted("id-1", "alice"));
  }

  /** Exactly these, and of each session in this order. */
  private void assertAnnounced(SessionEvent... expected) {
    eventually(() -> assertThat(told()).contains(expected));
    assertQuiet();
    assertThat(told()).containsExactlyInAnyOrder(expected);
    for (SessionEvent event : expected) {
      assertThat(events.of(event.sessionId()))
          .containsExactlyElementsOf(
              List.of(expected).stream()
                  .filter(other -> other.sessionId().equals(event.sessionId()))
                  .toList());
    }
  }

  /**
   * Waits until something that happens now is told: what was to be told before should be by then.
   */
  private void assertQuiet() {
    String marker = MARKER + markers++;
    store.create(marker, marker, EMPTY);
    eventually(() -> assertThat(events.of(marker)).hasSize(1));
  }

  private List<SessionEvent> told() {
    return events.all().stream().filter(event -> !event.sessionId().startsWith(MARKER)).toList();
  }

  private List<String> expiredIds() {
    return events.all().stream()
        .filter(SessionExpired.class::isInstance)
        .map(SessionEvent::sessionId)
        .toList();
  }
}
