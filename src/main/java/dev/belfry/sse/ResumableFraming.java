package dev.belfry.sse;

import static java.util.Objects.requireNonNull;

import dev.belfry.event.EventId;
import dev.belfry.event.Reset;
import java.util.Optional;

/** A stream with places: its client can come back with the last one. */
record ResumableFraming(Client client, Frames frames) implements Framing {

  ResumableFraming {
    requireNonNull(client, "client");
    requireNonNull(frames, "frames");
  }

  @Override
  public byte[] primer(Optional<EventId> place) {
    return frames.primer(place);
  }

  @Override
  public byte[] event(EventFrame frame) {
    return client.belongsTo(frame.audience()) ? frame.bytes() : NOTHING;
  }

  @Override
  public byte[] reset(Reset reset) {
    return client.hasSession() ? frames.sessionReset(reset) : Frames.reset(reset);
  }

  @Override
  public byte[] heartbeat(Optional<EventId> untold) {
    return untold.map(Frames::heartbeat).orElse(Frames.HEARTBEAT);
  }

  @Override
  public byte[] farewell(Optional<EventId> untold) {
    return frames.farewell(untold);
  }
}
