package dev.belfry.event;

import static java.util.Objects.requireNonNull;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The place of an event in the log: the {@code id} of its frame on a stream, and what a client
 * sends back as {@code Last-Event-ID}.
 *
 * <p>Offsets count up by one from event to event, also from one epoch to the next. An epoch is a
 * stretch of the log that one run of the database wrote. A restored or promoted database begins
 * another one; so an id of an event that was lost on the way is known as such, although its offset
 * was given again.
 *
 * @param epoch 1 to 32 lower-case letters and digits
 * @param offset of the event; 0 is before the first
 */
public record EventId(String epoch, long offset) {

  private static final Pattern FORM = Pattern.compile("([0-9a-z]{1,32})\\.(0|[1-9][0-9]{0,17})");

  private static final int MAX_EPOCH = 32;
  private static final long MAX_OFFSET = 999_999_999_999_999_999L;

  /** An id that is in no log. */
  public static final EventId UNKNOWN = new EventId("unknown", 0);

  public EventId {
    requireNonNull(epoch, "epoch");
    if (!isEpoch(epoch) || offset < 0 || offset > MAX_OFFSET) {
      throw new IllegalArgumentException("No id of an event: epoch or offset is out of range");
    }
  }

  // As in FORM; ids are made by the ten thousand a second.
  private static boolean isEpoch(String text) {
    boolean valid = !text.isEmpty() && text.length() <= MAX_EPOCH;
    for (int index = 0; valid && index < text.length(); index++) {
      char character = text.charAt(index);
      valid = (character >= '0' && character <= '9') || (character >= 'a' && character <= 'z');
    }
    return valid;
  }

  /**
   * Reads what {@link #toString} wrote.
   *
   * @return empty if the text is no id
   */
  public static Optional<EventId> parse(String text) {
    Matcher matcher = FORM.matcher(text);
    return matcher.matches()
        ? Optional.of(new EventId(matcher.group(1), Long.parseLong(matcher.group(2))))
        : Optional.empty();
  }

  /** The form on the wire, for example {@code 5f1c09aa3b7d2e46.1042}. */
  @Override
  public String toString() {
    return epoch + "." + offset;
  }
}
