package dev.belfry.sse;

import dev.belfry.event.Audience;
import dev.belfry.event.EventId;
import dev.belfry.event.ServerEvent;
import jakarta.json.JsonValue;
import java.util.Optional;

/**
 * A new stream claims its session: it tells so in the log, and begins after that place. All older
 * streams of the session, on whichever replica, end where they come to it. So each event goes to
 * one of them, and a session has one stream.
 *
 * <p>Claims carry the fingerprint of the session's id: nobody who sees them learns the id.
 */
final class StreamClaim {

  private static final String TOPIC = "belfry:streams";
  private static final String METHOD = "claimed";

  private StreamClaim() {}

  /** What is to be told. */
  static ServerEvent of(Client client) {
    return new ServerEvent(
        METHOD,
        JsonValue.EMPTY_JSON_OBJECT,
        TOPIC,
        new Audience.OfSession(client.fingerprint()),
        Optional.empty());
  }

  static boolean isClaim(ServerEvent entry) {
    return entry.topic().equals(TOPIC);
  }

  /**
   * Whether a claim came later than another. The offsets tell, also across epochs: a log that goes
   * on in a new epoch goes on counting.
   */
  static boolean isLater(EventId claim, EventId other) {
    return claim.offset() > other.offset();
  }
}
