package dev.belfry.testkit;

import dev.belfry.session.StateChange;
import jakarta.json.Json;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** One step of a random use of sessions, which have short names. */
sealed interface SessionStep {

  /** What can take the steps: a backend, or the model of one. Its answers can be compared. */
  interface Subject {

    Object create(String name, String user, Map<String, Object> state, boolean capped);

    Object find(String name);

    Object revive(String name, String user);

    Object touchAll(Set<String> names);

    Object delete(String name);

    Object merge(String name, Map<String, Object> changes);

    Object apply(String name, List<Change> changes);

    Object compareAndSet(String name, boolean rightVersion, Map<String, Object> state);

    Object rotate(String name, String newName);

    Object revoke(String user, Optional<String> kept);

    Object pass(int minutes);

    Object deleteExpired();
  }

  Object takenBy(Subject subject);

  record Create(String name, String user, Map<String, Object> state, boolean capped)
      implements SessionStep {
    @Override
    public Object takenBy(Subject subject) {
      return subject.create(name, user, state, capped);
    }
  }

  record Find(String name) implements SessionStep {
    @Override
    public Object takenBy(Subject subject) {
      return subject.find(name);
    }
  }

  record Revive(String name, String user) implements SessionStep {
    @Override
    public Object takenBy(Subject subject) {
      return subject.revive(name, user);
    }
  }

  record TouchAll(Set<String> names) implements SessionStep {
    @Override
    public Object takenBy(Subject subject) {
      return subject.touchAll(names);
    }
  }

  record Delete(String name) implements SessionStep {
    @Override
    public Object takenBy(Subject subject) {
      return subject.delete(name);
    }
  }

  record Merge(String name, Map<String, Object> changes) implements SessionStep {
    @Override
    public Object takenBy(Subject subject) {
      return subject.merge(name, changes);
    }
  }

  record Apply(String name, List<Change> changes) implements SessionStep {
    @Override
    public Object takenBy(Subject subject) {
      return subject.apply(name, changes);
    }
  }

  record CompareAndSet(String name, boolean rightVersion, Map<String, Object> state)
      implements SessionStep {
    @Override
    public Object takenBy(Subject subject) {
      return subject.compareAndSet(name, rightVersion, state);
    }
  }

  record Rotate(String name, String newName) implements SessionStep {
    @Override
    public Object takenBy(Subject subject) {
      return subject.rotate(name, newName);
    }
  }

  record Revoke(String user, Optional<String> kept) implements SessionStep {
    @Override
    public Object takenBy(Subject subject) {
      return subject.revoke(user, kept);
    }
  }

  record Pass(int minutes) implements SessionStep {
    @Override
    public Object takenBy(Subject subject) {
      return subject.pass(minutes);
    }
  }

  record DeleteExpired() implements SessionStep {
    @Override
    public Object takenBy(Subject subject) {
      return subject.deleteExpired();
    }
  }

  /** A change of a member of a state. */
  record Change(Kind kind, String key, long value) {

    enum Kind {
      INCREMENT,
      APPEND,
      SET,
      REMOVE,
      PATCH_AWAY
    }

    StateChange asStateChange() {
      return switch (kind) {
        case INCREMENT -> StateChange.increment("/" + key, value);
        case APPEND -> StateChange.append("/" + key, Json.createValue(value));
        case SET -> StateChange.setAt("/" + key, Json.createValue(value));
        case REMOVE -> StateChange.removeKeys(key);
        case PATCH_AWAY -> StateChange.mergePatch(Json.createObjectBuilder().addNull(key).build());
      };
    }
  }

  /**
   * What can be seen of a live session.
   *
   * @param state numbers as Long, arrays of them as List
   * @param changes how often it was changed since its creation
   * @param active when it was active last, in minutes after its creation
   * @param expires when it expires, in minutes after its creation
   */
  record Snapshot(
      String name,
      String user,
      Map<String, Object> state,
      long changes,
      long active,
      long expires) {}
}
