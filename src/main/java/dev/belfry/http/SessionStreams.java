package dev.belfry.http;

import dev.belfry.session.Session;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;

/** What the filter asks of the streams, which are none of its business otherwise. */
public interface SessionStreams {

  /**
   * Answers a request with the stream of a session, asynchronously. A stream that the session has
   * on this replica already ends.
   */
  void open(Session session, HttpServletRequest request, HttpServletResponse response)
      throws IOException;

  /** Ends the stream of a session on this replica, if there is one. */
  void end(String sessionId);
}
