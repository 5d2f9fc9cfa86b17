package dev.belfry.http;

import jakarta.servlet.http.HttpServletRequest;

/**
 * Says who sends a request. An application that knows better than the container does replaces it by
 * an {@code @Alternative} with a {@code @Priority}. Thread-safe.
 */
public interface Callers {

  /**
   * Who sends a request. Must not read its body.
   *
   * @return the same owner for every credential of the same person: a refreshed token keeps its
   *     sessions
   */
  Caller of(HttpServletRequest request);
}
