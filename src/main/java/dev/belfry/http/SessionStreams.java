package dev.belfry.http;

import dev.belfry.session.Session;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;

/** What the filter asks of the streams, which are none of its business otherwise. */
public interface SessionStreams {

  /**
   * Answers a request with the stream of a session, asynchronously. A stream that the session has
   * already, on any replica, ends. If streams cannot be opened now, answers 503.
   *
   * @param caller the session's owner; the stream ends when the credential does
   */
  void open(
      Session session, Caller caller, HttpServletRequest request, HttpServletResponse response)
      throws IOException;

  /**
   * Answers {@code subscriptions/listen} (revision 2026-07-28) with a stream of its own,
   * asynchronously. If streams cannot be opened now, answers 503.
   *
   * @param caller who listens; the stream ends when the credential does
   */
  void listen(
      ListenRequest listen, Caller caller, HttpServletRequest request, HttpServletResponse response)
      throws IOException;

  /** Ends the stream of a session on this replica, if there is one. */
  void end(String sessionId);
}
