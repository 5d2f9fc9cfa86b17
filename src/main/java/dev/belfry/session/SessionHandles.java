package dev.belfry.session;

import static java.util.Objects.requireNonNull;

import dev.belfry.session.SessionGate.Admission;
import jakarta.json.JsonValue;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Sessions for protocols that know none: an application mints a handle for whoever has logged in,
 * returns its id as a part of an answer, and gets it back as an argument. Each handle belongs to
 * its principal, and nobody else can do anything with its id: a stolen one is inert.
 *
 * <p>A principal is a session's {@link Session#userId}, from what the caller has proved to be and
 * never from an argument; it cannot be empty, because an anonymous handle would be anybody's.
 *
 * <p>Blocks, is thread-safe, and fails as {@link SessionStore} does.
 */
public final class SessionHandles {

  /** What the ids of handles begin with where nothing else is asked for; as the original. */
  public static final String DEFAULT_PREFIX = "dps_";

  private static final Pattern PREFIX = Pattern.compile("[a-z]{2,4}_");

  /** The original's, for ids of other things. */
  private static final Set<String> RESERVED = Set.of("dpp_", "dpx_");

  private final SessionStore store;
  private final SessionQueries queries;
  private final SessionGate gate;

  public SessionHandles(SessionStore store, SessionQueries queries) {
    this.store = requireNonNull(store, "store");
    this.queries = requireNonNull(queries, "queries");
    this.gate = new SessionGate(store);
  }

  /** Makes a handle that lives as long as is configured, and whose id begins with "dps_". */
  public Session mint(String principal) {
    return store.create(
        newId(DEFAULT_PREFIX), requireKnown(principal), JsonValue.EMPTY_JSON_OBJECT);
  }

  /**
   * Makes a handle.
   *
   * @param prefix what its id begins with: two to four lower-case letters and an underscore; not
   *     "dpp_" or "dpx_"
   * @param timeToLive how long it lives after its creation or its last touch, see {@link Lifetime}
   */
  public Session mint(String principal, String prefix, Duration timeToLive) {
    return store.create(
        newId(prefix),
        requireKnown(principal),
        JsonValue.EMPTY_JSON_OBJECT,
        Lifetime.of(timeToLive));
  }

  /**
   * Finds a handle. Does not touch it.
   *
   * @param id anything, as somebody has sent it
   * @return the handle; empty if there is no live one of that id, or if it is not this principal's,
   *     which nothing tells apart
   */
  public Optional<Session> get(String principal, String id) {
    requireKnown(principal);
    return SessionIds.isValid(id)
            && isHandle(id)
            && gate.admit(principal, id) instanceof Admission.Granted granted
        ? Optional.of(granted.session())
        : Optional.empty();
  }

  /**
   * Lists the handles of this principal, see {@link SessionQueries#list}. A page may have fewer
   * than asked for, also if it is not the last: sessions that are no handles are left out.
   */
  public SessionPage list(String principal, SessionPage.Request request) {
    SessionPage page = queries.list(SessionQuery.ofUser(requireKnown(principal)), request);
    return new SessionPage(
        page.sessions().stream().filter(session -> isHandle(session.id())).toList(), page.next());
  }

  /**
   * Ends a handle.
   *
   * @param id anything, as somebody has sent it; also as {@link #list} gives it
   * @return whether a live handle of this principal's was ended; any other stays
   */
  public boolean end(String principal, String id) {
    return (get(principal, id).isPresent() || isListed(principal, id)) && store.delete(id);
  }

  // Where ids are hashed at rest, lists give what can be deleted and not be found.
  private boolean isListed(String principal, String id) {
    return SessionIds.isFingerprint(id)
        && queries.stream(SessionQuery.ofUser(principal))
            .anyMatch(session -> session.id().equals(id));
  }

  // Other sessions of the principal's, such as a browser's, are none of a tool's business.
  private static boolean isHandle(String id) {
    return PREFIX.matcher(id).lookingAt();
  }

  private static String newId(String prefix) {
    if (!PREFIX.matcher(requireNonNull(prefix, "prefix")).matches() || RESERVED.contains(prefix)) {
      throw new IllegalArgumentException(
          "A handle's prefix is two to four lower-case letters and an underscore, but not dpp_ or dpx_: '%s'"
              .formatted(prefix));
    }
    return prefix + SessionIds.mint();
  }

  private static String requireKnown(String principal) {
    if (requireNonNull(principal, "principal").isEmpty()) {
      throw new IllegalArgumentException(
          "A handle needs a principal: an anonymous one would be anybody's");
    }
    return principal;
  }
}
