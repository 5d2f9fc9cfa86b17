package dev.belfry.session;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.Optional;

/**
 * One page of {@link SessionQueries#list}.
 *
 * @param sessions the sessions of this page, at most as many as asked for
 * @param next how to ask for the following page; empty on the last
 */
public record SessionPage(List<Session> sessions, Optional<Request> next) {

  public SessionPage {
    sessions = List.copyOf(sessions);
    requireNonNull(next, "next");
  }

  /** The page that holds {@code sessions}, which {@code request} was answered with. */
  public static SessionPage of(Request request, List<Session> sessions) {
    boolean full = sessions.size() >= request.limit();
    return new SessionPage(
        sessions,
        full
            ? Optional.of(new Request(sessions.get(sessions.size() - 1).id(), request.limit()))
            : Optional.empty());
  }

  /**
   * What to list.
   *
   * @param afterId the last id of the page before; empty for the first page
   * @param limit how many sessions at most, from 1 to {@value #MAX_LIMIT}
   */
  public record Request(String afterId, int limit) {

    /** The largest page. */
    public static final int MAX_LIMIT = 1_000;

    public Request {
      StateRules.requireText("afterId", afterId);
      if (limit < 1 || limit > MAX_LIMIT) {
        throw new IllegalArgumentException(
            "limit must be from 1 to " + MAX_LIMIT + ", but is " + limit);
      }
    }

    /** Asks for the first page. */
    public static Request first(int limit) {
      return new Request("", limit);
    }
  }
}
