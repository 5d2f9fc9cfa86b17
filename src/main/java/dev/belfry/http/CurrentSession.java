package dev.belfry.http;

import dev.belfry.session.Session;
import jakarta.enterprise.context.RequestScoped;
import java.util.Optional;

/** The session that {@link SessionFilter} admitted this request to. */
@RequestScoped
public class CurrentSession {

  private Session session;

  /** The session as it was when the request came in; empty if the request needed none. */
  public Optional<Session> session() {
    return Optional.ofNullable(session);
  }

  void set(Session admitted) {
    session = admitted;
  }
}
