package dev.belfry.testkit;

import dev.belfry.session.Lifetime;
import dev.belfry.session.Session;
import dev.belfry.session.SessionBackend;
import dev.belfry.session.SessionConflictException;
import dev.belfry.session.SessionCreated;
import dev.belfry.session.SessionDeleted;
import dev.belfry.session.SessionEvent;
import dev.belfry.session.SessionExpired;
import dev.belfry.session.SessionQuery;
import dev.belfry.session.SessionRevived;
import dev.belfry.session.SessionRotated;
import dev.belfry.session.StateChangeException;
import dev.belfry.session.VersionConflictException;
import jakarta.json.Json;
import jakarta.json.JsonNumber;
import jakarta.json.JsonObject;
import jakarta.json.JsonValue;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/** Takes steps with a backend. Its ids and users begin with a prefix, so that no others meet it. */
final class BackendSessions implements SessionStep.Subject {

  static final Lifetime CAPPED =
      Lifetime.of(Duration.ofMinutes(ModelSessions.CAPPED_TIME_TO_LIVE))
          .atMost(Duration.ofMinutes(ModelSessions.CAPPED_MAXIMUM));

  private final SessionBackend backend;
  private final String prefix;
  private final Consumer<Duration> time;

  /** By name: the version that a session began with, since a replaced one goes on counting. */
  private final Map<String, Long> firstVersions = new HashMap<>();

  /**
   * @param time lets time pass
   */
  BackendSessions(SessionBackend backend, String prefix, Consumer<Duration> time) {
    this.backend = backend;
    this.prefix = prefix;
    this.time = time;
  }

  private String id(String name) {
    return prefix + name;
  }

  private String userId(String user) {
    return user.isEmpty() ? "" : prefix + user;
  }

  /** The name of an id, or the user of a user id. */
  private String withoutPrefix(String id) {
    return id.isEmpty() ? "" : id.substring(prefix.length());
  }

  Set<String> live() {
    return backend.queries().stream(SessionQuery.all().withPrefix(prefix))
        .map(session -> withoutPrefix(session.id()))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  long count(String user) {
    return backend.queries().count(SessionQuery.ofUser(userId(user)));
  }

  /** What was announced of each of its sessions, in its order. */
  Map<String, List<String>> announced(List<SessionEvent> events) {
    Map<String, List<String>> announced = new TreeMap<>();
    events.stream()
        .filter(event -> event.sessionId().startsWith(prefix))
        .forEach(
            event ->
                announced
                    .computeIfAbsent(withoutPrefix(event.sessionId()), first -> new ArrayList<>())
                    .add(describe(event)));
    return announced;
  }

  private String describe(SessionEvent event) {
    String user = withoutPrefix(event.userId());
    if (event instanceof SessionCreated) {
      return "created by " + user;
    } else if (event instanceof SessionDeleted) {
      return "deleted of " + user;
    } else if (event instanceof SessionRevived) {
      return "revived by " + user;
    } else if (event instanceof SessionRotated rotated) {
      return "rotated to " + withoutPrefix(rotated.newId()) + " of " + user;
    } else if (event instanceof SessionExpired expired) {
      return "expired of " + user + " with " + plain(expired.session().state());
    }
    throw new AssertionError(event);
  }

  /** Leaves nothing behind that later tries could notice. */
  void clear(Set<String> names) {
    names.forEach(name -> backend.store().delete(id(name)));
  }

  @Override
  public Object create(String name, String user, Map<String, Object> state, boolean capped) {
    try {
      Session created =
          capped
              ? backend.store().create(id(name), userId(user), json(state), CAPPED)
              : backend.store().create(id(name), userId(user), json(state));
      firstVersions.put(name, created.version());
      return Optional.of(snapshot(created));
    } catch (SessionConflictException ignored) {
      return "taken";
    }
  }

  @Override
  public Object find(String name) {
    return backend.store().find(id(name)).map(this::snapshot);
  }

  @Override
  public Object revive(String name, String user) {
    return backend.store().revive(id(name), userId(user)).map(this::snapshot);
  }

  @Override
  public Object touchAll(Set<String> names) {
    return backend.store().touchAll(names.stream().map(this::id).toList()).touched().stream()
        .map(this::withoutPrefix)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  @Override
  public Object delete(String name) {
    return backend.store().delete(id(name));
  }

  @Override
  public Object merge(String name, Map<String, Object> changes) {
    return backend.store().mergeState(id(name), json(changes));
  }

  @Override
  public Object apply(String name, List<SessionStep.Change> changes) {
    try {
      return backend
          .states()
          .apply(id(name), changes.stream().map(SessionStep.Change::asStateChange).toList())
          .map(this::snapshot);
    } catch (StateChangeException ignored) {
      return "does not fit";
    }
  }

  @Override
  public Object compareAndSet(String name, boolean rightVersion, Map<String, Object> state) {
    long version = backend.store().find(id(name)).map(Session::version).orElse(0L);
    try {
      return backend
          .states()
          .compareAndSet(id(name), rightVersion ? version : version + 1, json(state))
          .map(this::snapshot);
    } catch (VersionConflictException ignored) {
      return "changed meanwhile";
    }
  }

  @Override
  public Object rotate(String name, String newName) {
    try {
      Optional<Session> rotated = backend.revocation().rotate(id(name), id(newName));
      rotated.ifPresent(session -> firstVersions.put(newName, firstVersions.get(name)));
      return rotated.map(this::snapshot);
    } catch (SessionConflictException ignored) {
      return "taken";
    } catch (IllegalArgumentException ignored) {
      return "refused";
    }
  }

  @Override
  public Object revoke(String user, Optional<String> kept) {
    return kept.map(name -> backend.revocation().deleteAllExcept(userId(user), id(name)))
        .orElseGet(() -> backend.revocation().deleteAll(userId(user)));
  }

  @Override
  public Object pass(int minutes) {
    time.accept(Duration.ofMinutes(minutes));
    return "passed";
  }

  @Override
  public Object deleteExpired() {
    return backend.store().deleteExpired();
  }

  private SessionStep.Snapshot snapshot(Session session) {
    String name = withoutPrefix(session.id());
    return new SessionStep.Snapshot(
        name,
        withoutPrefix(session.userId()),
        plain(session.state()),
        session.version() - firstVersions.get(name),
        minutes(Duration.between(session.createdAt(), session.lastActiveAt())),
        minutes(Duration.between(session.createdAt(), session.expiresAt())));
  }

  // To the nearest: while a test lets minutes pass, some milliseconds pass by themselves.
  private static long minutes(Duration duration) {
    return duration.plusSeconds(30).toMinutes();
  }

  private static JsonObject json(Map<String, Object> state) {
    return Json.createObjectBuilder(state).build();
  }

  private static Map<String, Object> plain(JsonObject state) {
    Map<String, Object> plain = new TreeMap<>();
    state.forEach((key, value) -> plain.put(key, plain(value)));
    return plain;
  }

  private static Object plain(JsonValue value) {
    return value instanceof JsonNumber number
        ? (Object) number.bigDecimalValue().longValueExact()
        : value.asJsonArray().stream().map(BackendSessions::plain).toList();
  }
}
