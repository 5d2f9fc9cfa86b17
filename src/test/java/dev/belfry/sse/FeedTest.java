package dev.belfry.sse;

import static dev.belfry.sse.Events.event;
import static dev.belfry.sse.Events.frame;
import static dev.belfry.sse.Events.id;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.belfry.event.EventId;
import dev.belfry.event.Reset;
import dev.belfry.event.ServerEvent;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class FeedTest {

  private static final Client SESSION = new Client("s1", "fingerprint of s1", "ann");

  private static final Client OTHER_SESSION = new Client("s2", "fingerprint of s2", "ann");

  private final RecentFrames recent = new RecentFrames(100, 1_000_000);
  private Feed feed = feed(Client.PUBLIC, 10, 100_000);

  private static Feed feed(Client client, int frames, long bytes) {
    return new Feed(
        new ResumableFraming(client, new Frames(Duration.ZERO, List.of("list_changed"))),
        new FrameQueue.Limits(frames, bytes));
  }

  @Test
  void liveFeedTakesWhatComesNextOnce() {
    begin(id(5));

    feed.add(frame(5));
    feed.add(frame(6));
    feed.add(frame(6));
    feed.add(frame(7));

    assertThat(take()).containsExactly("id: e1.6\n" + data(6), "id: e1.7\n" + data(7));
  }

  @Test
  void nothingComesBeforeThePrimer() {
    feed.add(EventFrame.of(Events.numbered(1)));
    feed.beat();
    feed.begin(Optional.of(id(5)), false, Optional.empty());

    assertThat(take()).containsExactly("id: e1.5\nretry: 0\ndata:");
  }

  @Test
  void feedThatKnowsNoPlaceAdoptsTheFirst() {
    begin();
    feed.add(frame(8));
    feed.add(frame(9));
    assertThat(take()).hasSize(2);

    feed = feed(Client.PUBLIC, 10, 100_000);
    begin();
    feed.skip(Optional.empty(), id(8));
    feed.add(frame(8));
    feed.add(frame(9));
    assertThat(take()).containsExactly("id: e1.9\n" + data(9));
  }

  @Test
  void gapIsReadFromTheLogAndNothingComesTwice() {
    begin(id(5));

    feed.add(frame(8));
    assertThat(take()).isEmpty();
    assertThat(feed.nextPage(recent)).contains(id(5));
    feed.add(frame(9));
    feed.resume(id(5), page(6, 9));
    feed.add(frame(9));
    feed.add(frame(10));

    assertThat(takenOffsets()).containsExactly(6L, 7L, 8L, 9L, 10L);
  }

  @Test
  void whatComesWhileAPageWaitsIsReadAfterIt() {
    begin(id(0));
    feed.add(frame(30));
    assertThat(feed.nextPage(recent)).contains(id(0));
    feed.resume(id(0), page(1, 30));
    feed.add(frame(31));

    assertThat(feed.nextPage(recent)).as("while a page waits").isEmpty();
    assertThat(takenOffsets()).hasSize(30);
    assertThat(feed.nextPage(recent)).contains(id(30));
    feed.resume(id(30), page(31, 31));
    feed.add(frame(32));

    assertThat(takenOffsets()).containsExactly(31L, 32L);
  }

  @Test
  void whatIsRecentNeedsNoLog() {
    recent.restart(id(2));
    LongStream.rangeClosed(3, 6).forEach(offset -> recent.add(frame(offset)));
    feed.begin(Optional.of(id(4)), true, Optional.empty());

    assertThat(feed.nextPage(recent)).isEmpty();
    feed.add(frame(7));

    assertThat(take())
        .containsExactly(
            "id: e1.4\nretry: 0\ndata:",
            "id: e1.5\n" + data(5),
            "id: e1.6\n" + data(6),
            "id: e1.7\n" + data(7));
  }

  @Test
  void offsetGivenAgainInAnotherEpochIsLeftToTheLog() {
    begin(id(10));

    feed.add(EventFrame.of(Events.numbered(9).at(new EventId("e2", 9))));

    assertThat(feed.nextPage(recent)).contains(id(10));
    feed.interrupt(id(10), reset(new EventId("e2", 9)));
    feed.add(EventFrame.of(Events.numbered(10).at(new EventId("e2", 10))));
    assertThat(take())
        .containsExactly(
            "event: reset\nid: e2.9\ndata: {\"reason\":\"lost\",\"earliest\":\"e1.0\",\"latest\":\"e2.9\"}",
            "id: e2.10\n" + data(10));
  }

  @Test
  void nextOffsetInAnotherEpochIsTheNextEvent() {
    begin(id(10));

    feed.add(EventFrame.of(Events.numbered(11).at(new EventId("e2", 11))));

    assertThat(take()).containsExactly("id: e2.11\n" + data(11));
  }

  @Test
  void eventInNoLogComesAtOnceEvenWhileBehind() {
    begin(id(0));
    feed.add(frame(5));

    feed.add(EventFrame.of(Events.numbered(99)));

    assertThat(take()).containsExactly(data(99));
  }

  @Test
  void whoHadAllUntilASkipGoesOnAfterIt() {
    begin(id(5));

    feed.skip(Optional.of(id(5)), id(8));
    feed.add(frame(9));

    assertThat(takenOffsets()).containsExactly(9L);
  }

  @Test
  void whoHadLessOrMoreThanTheReplicaIsNotSkippedAhead() {
    begin(id(4));
    feed.skip(Optional.of(id(5)), id(8));
    assertThat(feed.nextPage(recent)).contains(id(4));

    feed = feed(Client.PUBLIC, 10, 100_000);
    begin(id(12));
    feed.skip(Optional.of(id(5)), id(8));
    feed.add(frame(12));
    feed.add(frame(13));
    assertThat(takenOffsets()).containsExactly(13L);
  }

  @Test
  void resetOvertakesAReplay() {
    begin(id(0));
    feed.add(frame(50));
    assertThat(feed.nextPage(recent)).contains(id(0));

    feed.reset(reset(id(60)));
    feed.resume(id(0), page(1, 50));
    feed.add(frame(61));

    assertThat(take())
        .containsExactly(
            "event: reset\nid: e1.60\ndata: {\"reason\":\"lost\",\"earliest\":\"e1.0\",\"latest\":\"e1.60\"}",
            "id: e1.61\n" + data(61));
  }

  @Test
  void gapAfterAResetIsReadAlthoughAnOlderReadIsUnderWay() {
    begin(id(0));
    feed.add(frame(50));
    assertThat(feed.nextPage(recent)).contains(id(0));
    feed.reset(reset(id(60)));
    feed.add(frame(63));

    assertThat(feed.nextPage(recent)).as("one read at a time").isEmpty();
    feed.resume(id(0), page(1, 50));

    assertThat(feed.nextPage(recent)).contains(id(60));
  }

  @Test
  void sessionIsToldOfAResetInJsonRpc() {
    feed = feed(SESSION, 10, 100_000);
    begin(id(0));

    feed.reset(reset(id(60)));

    assertThat(take())
        .containsExactly("id: e1.60\ndata: {\"jsonrpc\":\"2.0\",\"method\":\"list_changed\"}");
  }

  @Test
  void eventsForOthersOnlyMoveThePosition() {
    feed = feed(SESSION, 10, 100_000);
    begin(id(0));

    feed.add(EventFrame.of(event(1).forSession("s2")));
    feed.add(EventFrame.of(event(2).forSession("s1")));
    feed.add(EventFrame.of(event(3).forUser("bob")));
    feed.add(EventFrame.of(event(4).forUser("ann")));
    feed.add(EventFrame.of(event(5).onTopic("reload")));
    feed.add(EventFrame.of(Events.numbered(5).onTopic("reload")));
    feed.add(EventFrame.of(Events.numbered(5).forUser("bob")));
    feed.add(frame(6));

    assertThat(takenOffsets()).containsExactly(2L, 4L, 6L);
  }

  @Test
  void heartbeatTellsThePositionOnceIfNoFrameDid() {
    begin(id(0));
    feed.beat();
    assertThat(take()).containsExactly(": heartbeat");

    feed.add(EventFrame.of(event(1).forSession("s2")));
    feed.beat();
    assertThat(take()).containsExactly(": heartbeat\nid: e1.1");

    feed.beat();
    assertThat(take()).containsExactly(": heartbeat");

    feed.add(EventFrame.of(event(2).forSession("s2")));
    feed.add(frame(3));
    feed.beat();
    assertThat(take())
        .as("what waits is sign of life enough")
        .containsExactly("id: e1.3\n" + data(3));
  }

  @Test
  void tooManyFramesEndTheFeedAfterWhatWaits() {
    feed = feed(Client.PUBLIC, 2, 100_000);
    begin(id(0));

    LongStream.rangeClosed(1, 4).forEach(offset -> feed.add(frame(offset)));

    assertThat(feed.isClosed()).isTrue();
    assertThat(take()).containsExactly("id: e1.1\n" + data(1), "id: e1.2\n" + data(2), "retry: 0");
  }

  @Test
  void tooManyBytesEndTheFeedButASingleFrameMayHaveAnySize() {
    feed = feed(Client.PUBLIC, 100, frame(1).bytes().length + 1L);
    begin(id(0));
    EventFrame large = EventFrame.of(ServerEvent.of("x".repeat(200)).at(id(1)));

    feed.add(large);
    assertThat(take()).hasSize(1);
    feed.add(frame(2));
    assertThat(feed.isClosed()).isFalse();
    feed.add(frame(3));

    assertThat(feed.isClosed()).isTrue();
    assertThat(take()).containsExactly("id: e1.2\n" + data(2), "retry: 0");
  }

  @Test
  void pageOfAnySizeFillsNoQueue() {
    feed = feed(Client.PUBLIC, 2, 1_000);
    begin(id(0));
    feed.add(frame(500));
    assertThat(feed.nextPage(recent)).contains(id(0));

    feed.resume(id(0), page(1, 500));
    feed.add(EventFrame.of(Events.numbered(-1)));
    feed.beat();

    assertThat(feed.isClosed()).isFalse();
    assertThat(take()).hasSize(501);
    feed.add(frame(501));
    assertThat(takenOffsets()).containsExactly(501L);
  }

  @Test
  void closedFeedGivesTheRestOfThePageToTheClientsNextStream() {
    begin(id(0));
    feed.add(frame(20));
    assertThat(feed.nextPage(recent)).contains(id(0));
    feed.resume(id(0), page(1, 20));

    feed.close();
    feed.add(frame(21));

    assertThat(take()).containsExactly("retry: 0");
  }

  @Test
  void farewellTellsThePositionIfNoFrameDid() {
    begin(id(0));
    feed.add(EventFrame.of(event(1).forSession("s2")));

    feed.close();
    feed.close();

    assertThat(take()).containsExactly("id: e1.1\nretry: 0");
  }

  @Test
  void logThatDoesNotHoldWhatWasDeliveredEndsTheFeed() {
    begin(id(0));
    feed.add(frame(5));
    assertThat(feed.nextPage(recent)).contains(id(0));

    feed.resume(id(0), page(1, 4));

    assertThat(feed.isClosed()).isTrue();
  }

  @Test
  void logThatDoesNotGetAnywhereEndsTheFeed() {
    begin(id(0));
    feed.add(frame(5));
    assertThat(feed.nextPage(recent)).contains(id(0));

    feed.resume(id(0), new Page(List.of(), id(0), false));

    assertThat(feed.isClosed()).isTrue();
  }

  @Test
  void eventThatComesWhileTheLogIsReadIsReadNext() {
    begin(id(0));
    feed.add(frame(5));
    assertThat(feed.nextPage(recent)).contains(id(0));
    feed.add(frame(6));
    feed.resume(id(0), page(1, 5));
    assertThat(takenOffsets()).hasSize(5);

    assertThat(feed.isClosed()).isFalse();
    assertThat(feed.nextPage(recent)).contains(id(5));
  }

  @Test
  void pageWithoutAnythingForTheClientMovesThePosition() {
    begin(id(0));
    feed.add(frame(5));
    assertThat(feed.nextPage(recent)).contains(id(0));
    feed.resume(id(0), new Page(List.of(), id(4), false));
    assertThat(take()).isEmpty();
    assertThat(feed.nextPage(recent)).contains(id(4));

    feed.resume(id(4), new Page(List.of(), id(5), true));
    feed.beat();

    assertThat(take()).containsExactly(": heartbeat\nid: e1.5");
  }

  @Test
  void newerClaimOfItsSessionEndsTheFeedAndNothingComesAfterIt() {
    feed = feed(SESSION, 10, 100_000);
    feed.begin(Optional.of(id(4)), false, Optional.of(id(4)));
    assertThat(take()).hasSize(1);

    feed.add(frame(5));
    feed.add(claim(6, SESSION));
    feed.add(frame(7));

    assertThat(feed.isClosed()).isTrue();
    assertThat(take()).hasSize(2).first().asString().startsWith("id: e1.5");
  }

  @Test
  void ownClaimAndOlderOnesAndThoseOfOthersEndNothing() {
    feed = feed(SESSION, 10, 100_000);
    feed.begin(Optional.of(id(1)), true, Optional.of(id(4)));
    assertThat(take()).hasSize(1);
    assertThat(feed.nextPage(recent)).contains(id(1));

    feed.resume(
        id(1), new Page(List.of(claim(2, SESSION), frame(3), claim(4, SESSION)), id(4), true));
    feed.add(claim(5, OTHER_SESSION));
    feed.add(frame(6));

    assertThat(takenOffsets()).containsExactly(3L, 6L);
    assertThat(feed.isClosed()).isFalse();
  }

  @Test
  void newerClaimInThePageEndsTheFeedThere() {
    feed = feed(SESSION, 10, 100_000);
    feed.begin(Optional.of(id(1)), true, Optional.of(id(2)));
    assertThat(take()).hasSize(1);
    assertThat(feed.nextPage(recent)).contains(id(1));

    feed.resume(id(1), new Page(List.of(frame(3), claim(4, SESSION), frame(5)), id(5), true));

    assertThat(take()).hasSize(2).first().asString().startsWith("id: e1.3");
    assertThat(feed.isClosed()).isTrue();
  }

  @Test
  void claimEndsAFeedThatIsBehindAtOnce() {
    feed = feed(SESSION, 10, 100_000);
    feed.begin(Optional.of(id(1)), true, Optional.of(id(50)));

    feed.add(claim(60, SESSION));

    assertThat(feed.isClosed()).isTrue();
  }

  @Test
  void claimThatIsInNoLogEndsNothing() {
    feed = feed(SESSION, 10, 100_000);
    begin(id(5));

    feed.add(EventFrame.of(StreamClaim.of(SESSION)));

    assertThat(feed.isClosed()).isFalse();
  }

  @Test
  void claimAfterALogThatHasLostTheOwnOneEndsTheFeed() {
    feed = feed(SESSION, 10, 100_000);
    feed.begin(Optional.of(id(100)), false, Optional.of(id(100)));

    feed.reset(reset(new EventId("e2", 90)));
    feed.add(EventFrame.of(StreamClaim.of(SESSION).at(new EventId("e2", 91))));

    assertThat(feed.isClosed()).isTrue();
  }

  private static EventFrame claim(long offset, Client client) {
    return EventFrame.of(StreamClaim.of(client).at(id(offset)));
  }

  /** Begins a feed and takes its primer. */
  private void begin(EventId... place) {
    feed.begin(Arrays.stream(place).findFirst(), false, Optional.empty());
    assertThat(take()).hasSize(1);
  }

  private List<String> take() {
    return feed.take().stream()
        .map(bytes -> new String(bytes, UTF_8))
        .map(String::strip)
        .flatMap(text -> Arrays.stream(text.split("\n\n")))
        .toList();
  }

  private List<Long> takenOffsets() {
    return take().stream()
        .map(text -> text.lines().findFirst().orElseThrow().substring("id: e1.".length()))
        .map(Long::valueOf)
        .toList();
  }

  private static Page page(long from, long to) {
    return new Page(
        LongStream.rangeClosed(from, to).mapToObj(Events::frame).toList(), id(to), true);
  }

  private static Reset reset(EventId latest) {
    return new Reset(Reset.Reason.LOST, id(0), latest);
  }

  private static String data(long number) {
    return "data: {\"jsonrpc\":\"2.0\",\"method\":\"test/event\",\"params\":{\"n\":%d}}"
        .formatted(number);
  }
}
