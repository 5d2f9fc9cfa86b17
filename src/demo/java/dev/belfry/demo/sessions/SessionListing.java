package dev.belfry.demo.sessions;

import static java.util.function.Predicate.not;

import dev.belfry.session.Session;
import dev.belfry.session.SessionIds;
import dev.belfry.session.SessionPage;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * One page of sessions, as JSON.
 *
 * @param sessions the sessions
 * @param next what to ask for after this page; absent on the last
 */
public record SessionListing(List<Entry> sessions, Optional<String> next) {

  static SessionListing of(SessionPage page) {
    return new SessionListing(
        page.sessions().stream().map(Entry::of).toList(),
        page.next().map(SessionPage.Request::afterId));
  }

  /**
   * One session, without its state, which is its owner's business.
   *
   * @param id the whole id, to delete the session with
   * @param owner the beginning of the owner's id, or {@code anonymous}
   * @param createdAt when it was created
   * @param lastActiveAt when it was last used
   * @param expiresAt when it expires
   */
  public record Entry(
      String id, String owner, Instant createdAt, Instant lastActiveAt, Instant expiresAt) {

    static Entry of(Session session) {
      return new Entry(
          session.id(),
          Optional.of(session.userId())
              .filter(not(String::isEmpty))
              .map(SessionIds::abbreviate)
              .orElse("anonymous"),
          session.createdAt(),
          session.lastActiveAt(),
          session.expiresAt());
    }
  }
}
