package dev.belfry.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.belfry.session.Session;
import dev.belfry.session.SessionBackend;
import dev.belfry.session.SessionConflictException;
import dev.belfry.session.SessionPage;
import dev.belfry.session.SessionQuery;
import dev.belfry.session.SessionRules;
import dev.belfry.session.SessionStore.Touched;
import dev.belfry.session.StateChange;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What has ended stays so, whatever is done, and however it has ended; but for what {@link
 * SessionReviveContract} says.
 */
public abstract class SessionEndContract extends SessionContract {

  private static final String ID = "id-1";

  /** Longer than the end of a session is remembered. */
  private static final Duration FORGOTTEN = RULES.reviveWindow().plusSeconds(1);

  /** How a session can end. */
  protected enum End {
    DELETED(true) {
      @Override
      void bringAbout(SessionEndContract test) {
        assertThat(test.store.delete(ID)).isTrue();
      }
    },
    EXPIRED(false) {
      @Override
      void bringAbout(SessionEndContract test) {
        test.pass(TIME_TO_LIVE);
      }
    },
    EXPIRED_AND_CLEANED_UP(false) {
      @Override
      void bringAbout(SessionEndContract test) {
        test.pass(TIME_TO_LIVE);
        assertThat(test.store.deleteExpired()).isPositive();
      }
    },
    EXPIRED_THEN_DELETED(true) {
      @Override
      void bringAbout(SessionEndContract test) {
        test.pass(TIME_TO_LIVE);
        assertThat(test.store.delete(ID)).isFalse();
      }
    },
    CLEANED_UP_THEN_DELETED(true) {
      @Override
      void bringAbout(SessionEndContract test) {
        EXPIRED_AND_CLEANED_UP.bringAbout(test);
        assertThat(test.store.delete(ID)).isFalse();
      }
    },
    REVOKED(true) {
      @Override
      void bringAbout(SessionEndContract test) {
        assertThat(test.revocation.deleteAll("alice")).isEqualTo(1);
      }
    },
    ROTATED(true) {
      @Override
      void bringAbout(SessionEndContract test) {
        assertThat(test.revocation.rotate(ID, "rotated")).isPresent();
        assertThat(test.store.delete("rotated")).isTrue();
      }
    },
    EVICTED(true) {
      @Override
      void bringAbout(SessionEndContract test) {
        test.store.create("newer", "alice", EMPTY);
        assertThat(test.store.delete("newer")).isTrue();
      }
    };

    private final boolean byOrder;

    End(boolean byOrder) {
      this.byOrder = byOrder;
    }

    abstract void bringAbout(SessionEndContract test);
  }

  /** The session's last version while it was live. */
  private long lastVersion;

  private void end(End end) {
    use(RULES.limited(new SessionRules.UserLimit(1, SessionRules.OnExcess.EVICT_OLDEST)));
    store.create(ID, "alice", json("{'n': 1}"));
    store.mergeState(ID, json("{'m': 1}"));
    lastVersion = store.find(ID).orElseThrow().version();
    end.bringAbout(this);
    assertDead(backend);
  }

  private static void assertDead(SessionBackend any) {
    assertThat(any.store().find(ID)).isEmpty();
    assertThat(any.store().exists(ID)).isFalse();
    assertThat(any.queries().latestForUser("alice", "")).isEmpty();
    assertThat(any.queries().count(SessionQuery.all())).isZero();
    assertThat(any.queries().list(SessionQuery.all(), SessionPage.Request.first(10)).sessions())
        .isEmpty();
  }

  @ParameterizedTest
  @EnumSource
  void nothingRevivesWhatHasEnded(End end) {
    end(end);

    for (SessionBackend any : List.of(backend, replica())) {
      assertThat(any.store().touch(ID)).isFalse();
      assertThat(any.store().touchAll(List.of(ID))).isEqualTo(new Touched(Set.of(), Set.of(ID)));
      assertThat(any.store().mergeState(ID, json("{'a': 1}"))).isFalse();
      assertThat(any.states().apply(ID, StateChange.increment("/n", 1))).isEmpty();
      assertThat(any.states().compareAndSet(ID, lastVersion, EMPTY)).isEmpty();
      assertThat(any.states().compareAndSet(ID, lastVersion + 1, EMPTY)).isEmpty();
      assertThat(any.states().update(ID, state -> json("{'a': 1}"))).isEmpty();
      assertThat(any.revocation().rotate(ID, "risen")).isEmpty();
      assertThat(any.store().exists("risen")).isFalse();
      assertThat(any.revocation().deleteAll("alice")).isZero();
      assertDead(any);
    }
    store.deleteExpired();
    assertDead(backend);
    assertThat(store.delete(ID)).isFalse();
    assertDead(replica());
  }

  @ParameterizedTest
  @EnumSource
  void nobodyElseGetsTheIdOfWhatHasEnded(End end) {
    end(end);

    for (String other : List.of("mallory", "")) {
      assertTaken(backend, other);
      assertTaken(replica(), other);
      assertThat(store.revive(ID, other)).isEmpty();
    }
    assertDead(backend);
  }

  @ParameterizedTest
  @EnumSource
  void theOwnerGetsTheIdAgainOnlyAfterAnExpiry(End end) {
    end(end);

    if (end.byOrder) {
      assertThat(store.revive(ID, "alice")).isEmpty();
      assertTaken(backend, "alice");
      assertTaken(replica(), "alice");
      store.deleteExpired();
      assertTaken(backend, "alice");
      assertDead(backend);
    } else {
      Session replacement = store.create(ID, "alice", json("{'new': 1}"));
      assertThat(replacement.version()).isGreaterThan(lastVersion);
      assertThat(store.find(ID)).contains(replacement);
    }
  }

  @ParameterizedTest
  @EnumSource
  void noSessionIsRotatedToTheIdOfWhatHasEnded(End end) {
    end(end);
    Session live = store.create("live", "alice", EMPTY);

    assertThatThrownBy(() -> revocation.rotate("live", ID))
        .isInstanceOfSatisfying(
            SessionConflictException.class,
            conflict -> assertThat(conflict.sessionId()).contains(ID));

    assertThat(store.find("live")).contains(live);
    assertThat(store.exists(ID)).isFalse();
  }

  @ParameterizedTest
  @EnumSource
  void afterTheReviveWindowTheIdIsFree(End end) {
    end(end);
    store.deleteExpired();
    pass(FORGOTTEN);
    store.deleteExpired();

    Session next = store.create(ID, "bob", json("{'bobs': 1}"));

    assertThat(next.version()).isZero();
    assertThat(store.find(ID)).contains(next);
  }

  @Test
  void expiredSessionIsRememberedUntilItsEndWasNoticed() {
    store.create(ID, "alice", EMPTY);
    pass(TIME_TO_LIVE.plus(FORGOTTEN));

    assertTaken(backend, "mallory");
    assertThat(store.deleteExpired()).isEqualTo(1);
    assertTaken(backend, "mallory");
  }

  @Test
  void deletedSessionThatWouldHaveExpiredIsNotNoticedAgain() {
    store.create(ID, "alice", EMPTY);
    store.delete(ID);
    pass(TIME_TO_LIVE);

    assertThat(store.deleteExpired()).isZero();
  }

  private static void assertTaken(SessionBackend any, String userId) {
    assertThatThrownBy(() -> any.store().create(ID, userId, EMPTY))
        .isInstanceOf(SessionConflictException.class);
  }
}
