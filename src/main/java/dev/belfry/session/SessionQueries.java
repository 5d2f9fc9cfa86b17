package dev.belfry.session;

import java.util.Optional;
import java.util.stream.Stream;

/**
 * Finds live sessions by something else than their id. Where ids are hashed at rest, the sessions
 * found have the hash for an id, which is good for {@link SessionStore#delete} and nothing else.
 *
 * <p>Blocks, is thread-safe, and fails as {@link SessionStore} does. An attribute that was not
 * declared is an {@link IllegalArgumentException}.
 */
public interface SessionQueries {

  /** How many sessions are in memory at a time while they are streamed: states may be large. */
  int STREAMED_PAGE = 100;

  /**
   * Lists sessions page by page, in an order that is stable but unspecified. A session that is live
   * and fits during the whole listing appears exactly once.
   *
   * @param request where to go on and how many at most
   */
  SessionPage list(SessionQuery query, SessionPage.Request request);

  /**
   * Streams sessions, any number of them, holding one page in memory at a time. Blocks whenever a
   * page is to be read. Needs no closing.
   */
  default Stream<Session> stream(SessionQuery query) {
    return Stream.iterate(
            Optional.of(list(query, SessionPage.Request.first(STREAMED_PAGE))),
            Optional::isPresent,
            page -> page.orElseThrow().next().map(next -> list(query, next)))
        .flatMap(page -> page.orElseThrow().sessions().stream());
  }

  /** How many sessions there are. */
  long count(SessionQuery query);

  /**
   * Finds the live session of an owner that was active last, among those whose id starts with a
   * prefix.
   *
   * @param userId the owner; for an anonymous owner (empty) nothing is found
   * @param idPrefix what the id has to start with; empty for any
   */
  Optional<Session> latestForUser(String userId, String idPrefix);
}
