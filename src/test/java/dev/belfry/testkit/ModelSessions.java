package dev.belfry.testkit;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The contracts once more, as simple as can be: one thread, plain maps, minutes. For comparing a
 * backend with; knows nothing of any.
 */
final class ModelSessions implements SessionStep.Subject {

  static final int TIME_TO_LIVE = 35;
  static final int CAPPED_TIME_TO_LIVE = 45;
  static final int CAPPED_MAXIMUM = 55;
  static final int REVIVE_WINDOW = 27;

  private static final class Entry {
    private final String user;
    private final int createdAt;
    private final boolean capped;
    private Map<String, Object> state;
    private long changes;
    private int activeAt;
    private int expiresAt;
    private OptionalInt endedAt = OptionalInt.empty();
    private boolean deleted;

    Entry(String user, int createdAt, boolean capped, Map<String, Object> state) {
      this.user = user;
      this.createdAt = createdAt;
      this.capped = capped;
      this.state = state;
      touch(createdAt);
    }

    void touch(int now) {
      activeAt = now;
      expiresAt =
          capped
              ? Math.min(now + CAPPED_TIME_TO_LIVE, createdAt + CAPPED_MAXIMUM)
              : now + TIME_TO_LIVE;
    }

    boolean isRevivable(int now) {
      return !deleted
          && expiresAt + REVIVE_WINDOW > now
          && (!capped || createdAt + CAPPED_MAXIMUM > now);
    }

    void revive(int now) {
      endedAt = OptionalInt.empty();
      touch(now);
    }

    void end(int now, boolean byOrder) {
      endedAt = OptionalInt.of(now);
      deleted = byOrder;
    }

    void change(Map<String, Object> newState) {
      state = newState;
      changes++;
    }
  }

  private final Map<String, Entry> entries = new TreeMap<>();
  private final Map<String, List<String>> announced = new TreeMap<>();
  private int now;

  Set<String> live() {
    Set<String> names = new TreeSet<>(entries.keySet());
    names.removeIf(name -> liveEntry(name).isEmpty());
    return names;
  }

  /** What was announced of each session, in its order. */
  Map<String, List<String>> announced() {
    return announced;
  }

  private Optional<Entry> liveEntry(String name) {
    return Optional.ofNullable(entries.get(name))
        .filter(entry -> entry.endedAt.isEmpty() && entry.expiresAt > now);
  }

  private void announce(String name, String event) {
    announced.computeIfAbsent(name, first -> new ArrayList<>()).add(event);
  }

  @Override
  public Object create(String name, String user, Map<String, Object> state, boolean capped) {
    Entry old = entries.get(name);
    if (old != null && (old.deleted || !old.user.equals(user) || liveEntry(name).isPresent())) {
      return "taken";
    }
    entries.put(name, new Entry(user, now, capped, state));
    announce(name, "created by " + user);
    return find(name);
  }

  @Override
  public Object find(String name) {
    return liveEntry(name).map(entry -> snapshot(name, entry));
  }

  @Override
  public Object revive(String name, String user) {
    Optional<Entry> theirs =
        Optional.ofNullable(entries.get(name)).filter(entry -> entry.user.equals(user));
    if (liveEntry(name).isEmpty()) {
      theirs = theirs.filter(entry -> entry.isRevivable(now));
      theirs.ifPresent(
          entry -> {
            entry.revive(now);
            announce(name, "revived by " + user);
          });
    }
    return theirs.map(entry -> snapshot(name, entry));
  }

  private static SessionStep.Snapshot snapshot(String name, Entry entry) {
    return new SessionStep.Snapshot(
        name,
        entry.user,
        entry.state,
        entry.changes,
        entry.activeAt - entry.createdAt,
        entry.expiresAt - entry.createdAt);
  }

  @Override
  public Object touchAll(Set<String> names) {
    Set<String> touched = new TreeSet<>(names);
    touched.retainAll(live());
    touched.forEach(name -> entries.get(name).touch(now));
    return touched;
  }

  @Override
  public Object delete(String name) {
    Optional<Entry> live = liveEntry(name);
    live.ifPresent(entry -> announce(name, "deleted of " + entry.user));
    Optional.ofNullable(entries.get(name))
        .filter(entry -> !entry.deleted)
        .ifPresent(entry -> entry.end(now, true));
    return live.isPresent();
  }

  @Override
  public Object merge(String name, Map<String, Object> changes) {
    Optional<Entry> live = liveEntry(name);
    live.ifPresent(
        entry -> {
          Map<String, Object> merged = new TreeMap<>(entry.state);
          merged.putAll(changes);
          entry.change(merged);
        });
    return live.isPresent();
  }

  @Override
  public Object apply(String name, List<SessionStep.Change> changes) {
    Optional<Entry> live = liveEntry(name);
    if (live.isPresent()) {
      Map<String, Object> state = new TreeMap<>(live.get().state);
      for (SessionStep.Change change : changes) {
        if (!change(state, change)) {
          return "does not fit";
        }
      }
      live.get().change(state);
    }
    return find(name);
  }

  private static boolean change(Map<String, Object> state, SessionStep.Change change) {
    Object old = state.get(change.key());
    switch (change.kind()) {
      case SET -> state.put(change.key(), change.value());
      case REMOVE, PATCH_AWAY -> state.remove(change.key());
      case INCREMENT -> {
        if (old != null && !(old instanceof Long)) {
          return false;
        }
        state.put(change.key(), change.value() + (old == null ? 0 : (Long) old));
      }
      case APPEND -> {
        if (old != null && !(old instanceof List)) {
          return false;
        }
        List<Object> items = new ArrayList<>(old == null ? List.of() : (List<?>) old);
        items.add(change.value());
        state.put(change.key(), items);
      }
    }
    return true;
  }

  @Override
  public Object compareAndSet(String name, boolean rightVersion, Map<String, Object> state) {
    if (!rightVersion && liveEntry(name).isPresent()) {
      return "changed meanwhile";
    }
    liveEntry(name).ifPresent(entry -> entry.change(state));
    return find(name);
  }

  @Override
  public Object rotate(String name, String newName) {
    if (name.equals(newName)) {
      return "refused";
    }
    Optional<Entry> live = liveEntry(name);
    if (live.isEmpty()) {
      return Optional.empty();
    }
    if (entries.containsKey(newName)) {
      return "taken";
    }
    Entry old = live.get();
    Entry rotated = new Entry(old.user, old.createdAt, old.capped, old.state);
    rotated.changes = old.changes + 1;
    rotated.activeAt = old.activeAt;
    rotated.expiresAt = old.expiresAt;
    entries.put(newName, rotated);
    old.end(now, true);
    announce(name, "rotated to " + newName + " of " + old.user);
    return find(newName);
  }

  @Override
  public Object revoke(String user, Optional<String> kept) {
    Set<String> theirs = new HashSet<>(entries.keySet());
    theirs.removeIf(
        name ->
            user.isEmpty()
                || !entries.get(name).user.equals(user)
                || kept.filter(name::equals).isPresent());
    return (int) theirs.stream().map(this::delete).filter(Boolean.TRUE::equals).count();
  }

  @Override
  public Object pass(int minutes) {
    now += minutes;
    return "passed";
  }

  @Override
  public Object deleteExpired() {
    entries
        .values()
        .removeIf(
            entry -> entry.endedAt.isPresent() && now - entry.endedAt.getAsInt() > REVIVE_WINDOW);
    int expired = 0;
    for (Map.Entry<String, Entry> named : entries.entrySet()) {
      Entry entry = named.getValue();
      if (entry.endedAt.isEmpty() && entry.expiresAt <= now) {
        entry.end(now, false);
        announce(named.getKey(), "expired of " + entry.user + " with " + entry.state);
        expired++;
      }
    }
    return expired;
  }
}
