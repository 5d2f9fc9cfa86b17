package dev.belfry.http;

import dev.belfry.session.Session;
import jakarta.enterprise.context.RequestScoped;
import java.util.Optional;

/** Who asks: the session that {@link SessionFilter} admitted this request to, and its client. */
@RequestScoped
public class CurrentSession {

  private Session session;
  private Negotiated negotiated;

  /** The session as it was when the request came in; empty if the request needed none. */
  public Optional<Session> session() {
    return Optional.ofNullable(session);
  }

  /**
   * What was negotiated with the client when the session began, on whichever replica; for a request
   * of revision 2026-07-28, which has no session, what it says of itself. Empty if neither is
   * known.
   */
  public Optional<Negotiated> negotiated() {
    return Optional.ofNullable(negotiated);
  }

  void set(Session admitted) {
    session = admitted;
    negotiated = Negotiated.of(admitted.negotiated()).orElse(null);
  }

  void set(Negotiated said) {
    negotiated = said;
  }
}
