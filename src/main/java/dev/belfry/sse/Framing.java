package dev.belfry.sse;

import dev.belfry.event.EventId;
import dev.belfry.event.Reset;
import java.util.Optional;

/** How the stream of one client looks. */
interface Framing {

  /** Nothing to be written. */
  byte[] NOTHING = {};

  /** Whose stream it is. */
  Client client();

  /**
   * The first bytes of the stream.
   *
   * @param place after which it goes on; empty as long as no log is known
   */
  byte[] primer(Optional<EventId> place);

  /**
   * An event, or what else is at its place.
   *
   * @return shared with others, never to be changed; empty if this client gets nothing of it
   */
  byte[] event(EventFrame frame);

  /** Events are missing; empty if this client need not know. */
  byte[] reset(Reset reset);

  /**
   * A sign of life.
   *
   * @param untold where the stream is, if the client does not know
   */
  byte[] heartbeat(Optional<EventId> untold);

  /**
   * The last bytes.
   *
   * @param untold as for {@link #heartbeat}
   */
  byte[] farewell(Optional<EventId> untold);
}
