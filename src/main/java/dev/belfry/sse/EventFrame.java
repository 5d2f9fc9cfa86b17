package dev.belfry.sse;

import static java.util.Objects.requireNonNull;

import dev.belfry.event.Audience;
import dev.belfry.event.EventId;
import dev.belfry.event.ServerEvent;
import dev.belfry.http.ListenRequest;
import java.util.Optional;

/**
 * An entry of the log as streams carry it, encoded once for all of them.
 *
 * @param id the entry's place in the log; empty if it is in none
 * @param audience which streams it makes a difference to
 * @param isClaim whether it is a {@link StreamClaim}: then nothing is written of it
 * @param bytes the frame; shared, never to be changed; empty if no stream carries it
 * @param subscribed the same for those who listen; empty if that cannot be listened to
 */
// An array, though compared by identity: nobody compares frames.
@SuppressWarnings("ArrayRecordComponent")
record EventFrame(
    Optional<EventId> id,
    Audience audience,
    boolean isClaim,
    byte[] bytes,
    Optional<SubscribedFrame> subscribed) {

  EventFrame {
    requireNonNull(id, "id");
    requireNonNull(audience, "audience");
    requireNonNull(bytes, "bytes");
    requireNonNull(subscribed, "subscribed");
  }

  /** What has a topic is for the servers: it is nothing but its place here, or a claim. */
  static EventFrame of(ServerEvent entry) {
    if (StreamClaim.isClaim(entry)) {
      return silent(entry.id(), entry.audience(), true);
    }
    if (!entry.topic().isEmpty()) {
      return silent(entry.id(), Audience.NOBODY, false);
    }
    return new EventFrame(
        entry.id(),
        entry.audience(),
        false,
        Frames.event(entry),
        Optional.of(entry)
            .filter(event -> ListenRequest.canInclude(event.method()))
            .map(event -> SubscribedFrame.of(event.method(), event.params())));
  }

  /** A place that is passed without a frame. */
  static EventFrame nothingAt(EventId place) {
    return silent(Optional.of(place), Audience.NOBODY, false);
  }

  private static EventFrame silent(Optional<EventId> id, Audience audience, boolean isClaim) {
    return new EventFrame(id, audience, isClaim, Framing.NOTHING, Optional.empty());
  }

  /** Whether it makes a difference to a client. */
  boolean concerns(Client client) {
    return isClaim ? client.isClaimedBy(audience) : client.belongsTo(audience);
  }
}
