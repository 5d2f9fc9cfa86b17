package dev.belfry.bench.stream;

/**
 * An event of about 200 bytes with a mark that is found without parsing: a character that nothing
 * else on a stream has, and then numbers of a fixed length.
 */
final class FanoutEvent {
  static final byte BEGIN = '^';
  static final int PUBLISHER_DIGITS = 2;
  static final int NUMBER_DIGITS = 10;
  static final int TIME_DIGITS = 19;
  static final int DIGITS = PUBLISHER_DIGITS + NUMBER_DIGITS + TIME_DIGITS;

  private static final String JSON =
      "{\"method\":\"notifications/resources/updated\",\"params\":{\"mark\":\"%c%02d%010d%019d\","
          + "\"uri\":\"file:///projects/belfry/reports/2026/quarter-4/figures.json%s\"}}";

  private FanoutEvent() {}

  /**
   * As JSON.
   *
   * @param publisher from 0 to 99
   * @param number of this publisher's events, from 0
   * @param padding what makes it larger
   */
  static String json(int publisher, long number, long sentAt, String padding) {
    return JSON.formatted((char) BEGIN, publisher, number, sentAt, padding);
  }
}
