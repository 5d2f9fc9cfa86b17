package dev.belfry.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import jakarta.json.Json;
import jakarta.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What every broadcaster does. A subclass makes it. */
@Timeout(30)
public abstract class BroadcasterContract {

  /** How long to wait for what must come. */
  protected static final Duration LONG = Duration.ofSeconds(10);

  protected Broadcaster broadcaster;

  /** What the observer of the fan-out saw. */
  protected final Queue<ServerEvent> observed = new ConcurrentLinkedQueue<>();

  /** The transaction of the thread that publishes, if it is begun. */
  protected final SettableTransaction transaction = new SettableTransaction();

  protected abstract Broadcaster createBroadcaster(LocalFanout fanout);

  /** Observes events, and takes no notice of anything else. */
  protected static DeliveryObserver observer(Consumer<ServerEvent> onEvent) {
    return new DeliveryObserver() {
      @Override
      public void onEvent(ServerEvent event) {
        onEvent.accept(event.withoutId());
      }

      @Override
      public void onReset(Reset reset) {}

      @Override
      public void onPosition(EventId position) {}
    };
  }

  /** Makes the log empty; what a new broadcaster has anyway needs nothing. */
  protected void prepareBackend() {}

  @BeforeEach
  void start() {
    prepareBackend();
    broadcaster = createBroadcaster(new LocalFanout(observer(observed::add)));
    broadcaster.start();
  }

  @AfterEach
  void close() {
    broadcaster.close();
  }

  @Test
  void topicsOfBelfryAreNotTheApplications() {
    ServerEvent forged = ServerEvent.of("belfry/session/deleted").onTopic("belfry:sessions");

    assertThatIllegalArgumentException().isThrownBy(() -> broadcaster.publish(forged));
    assertThatIllegalArgumentException().isThrownBy(() -> broadcaster.publishAsync(forged));
  }

  @Test
  void publishedEventReachesEverySubscriberAndTheObserver() throws Exception {
    Subscription one = broadcaster.subscribe(10);
    Subscription other = broadcaster.subscribe(10);

    broadcaster.publish(event(1));

    assertThat(one.next(LONG).map(ServerEvent::withoutId)).contains(event(1));
    assertThat(other.next(LONG).map(ServerEvent::withoutId)).contains(event(1));
    await().atMost(LONG).until(() -> List.copyOf(observed).equals(List.of(event(1))));
  }

  @Test
  void eventWithoutParamsAndWithManifoldOnesArriveAsTheyWere() throws Exception {
    JsonObject params =
        Json.createObjectBuilder()
            .add("text", "\uD83D\uDD14 'quotes' \" \\ \n $1 ? ü")
            .add("list", Json.createArrayBuilder().add(1).addNull().add(true))
            .add("object", Json.createObjectBuilder())
            .build();
    Subscription subscription = broadcaster.subscribe(10);

    broadcaster.publish(ServerEvent.of("notifications/tools/list_changed"));
    broadcaster.publish(ServerEvent.of("a/b", params));

    assertThat(subscription.next(LONG).map(ServerEvent::withoutId))
        .contains(ServerEvent.of("notifications/tools/list_changed"));
    assertThat(subscription.next(LONG).map(ServerEvent::withoutId))
        .contains(ServerEvent.of("a/b", params));
  }

  @Test
  void eventsArriveInTheOrderOfPublication() throws Exception {
    Subscription subscription = broadcaster.subscribe(1_000);

    List<ServerEvent> events =
        IntStream.range(0, 300).mapToObj(BroadcasterContract::event).toList();
    events.forEach(broadcaster::publish);

    assertThat(take(subscription, 300)).isEqualTo(events);
  }

  @Test
  void asynchronouslyPublishedEventsArriveInOrderAndComplete() throws Exception {
    Subscription subscription = broadcaster.subscribe(2_000);

    List<ServerEvent> events =
        IntStream.range(0, 1_500).mapToObj(BroadcasterContract::event).toList();
    List<CompletionStage<Optional<EventId>>> published =
        events.stream().map(broadcaster::publishAsync).toList();

    assertThat(take(subscription, 1_500)).isEqualTo(events);
    published.forEach(stage -> stage.toCompletableFuture().join());
  }

  @Test
  void equalEventsAreAllDelivered() throws Exception {
    Subscription subscription = broadcaster.subscribe(100);

    for (int count = 0; count < 20; count++) {
      broadcaster.publishAsync(event(7));
    }

    assertThat(take(subscription, 20)).containsOnly(event(7));
  }

  @Test
  void subscriberThatIsTooSlowIsToldAfterItsLastEventAndDelaysNobody() throws Exception {
    Subscription slow = broadcaster.subscribe(2);
    Subscription fast = broadcaster.subscribe(100);

    IntStream.range(0, 5).mapToObj(BroadcasterContract::event).forEach(broadcaster::publish);

    assertThat(take(fast, 5)).hasSize(5);
    assertThat(slow.next(LONG).map(ServerEvent::withoutId)).contains(event(0));
    assertThat(slow.next(LONG).map(ServerEvent::withoutId)).contains(event(1));
    assertThatThrownBy(() -> slow.next(LONG).map(ServerEvent::withoutId))
        .isInstanceOf(SubscriptionOverflowException.class)
        .hasMessageStartingWith("More than 2 events were waiting");
    assertThat(slow.isClosed()).isTrue();
    assertThat(broadcaster.subscriberCount()).isEqualTo(1);
  }

  @Test
  void subscriptionEndsWhenItIsClosed() throws Exception {
    Subscription subscription = broadcaster.subscribe(10);
    assertThat(broadcaster.subscriberCount()).isEqualTo(1);

    subscription.close();
    subscription.close();

    assertThat(broadcaster.subscriberCount()).isZero();
    assertThat(subscription.isClosed()).isTrue();
    assertThat(subscription.next(LONG)).isEmpty();
  }

  @Test
  void subscriberThatDoesNotWaitGetsNothingYet() throws Exception {
    assertThat(broadcaster.subscribe(1).next(Duration.ZERO)).isEmpty();
  }

  @Test
  void capacityMustBePositive() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> broadcaster.subscribe(0))
        .withMessage("capacity must be at least 1, but is 0");
  }

  @Test
  void observerThatThrowsCostsNobodyTheEvent() throws Exception {
    broadcaster.close();
    broadcaster =
        createBroadcaster(
            new LocalFanout(
                observer(
                    event -> {
                      observed.add(event);
                      throw new IllegalStateException(
                          "the application's bug, as this test wants it");
                    })));
    broadcaster.start();
    Subscription subscription = broadcaster.subscribe(10);

    broadcaster.publish(event(1));
    broadcaster.publish(event(2));

    assertThat(take(subscription, 2)).containsExactly(event(1), event(2));
    assertThat(observed).containsExactly(event(1), event(2));
  }

  @Test
  void observersErrorDoesNotEndTheDelivery() throws Exception {
    broadcaster.close();
    broadcaster =
        createBroadcaster(
            new LocalFanout(
                observer(
                    event -> {
                      throw new StackOverflowError("the application's bug, as this test wants it");
                    })));
    broadcaster.start();
    Subscription subscription = broadcaster.subscribe(10);

    broadcaster.publish(event(1));
    broadcaster.publish(event(2));

    assertThat(take(subscription, 2)).containsExactly(event(1), event(2));
  }

  @Test
  void closeReleasesSubscribersWhoWait() {
    Subscription subscription = broadcaster.subscribe(10);
    var waiting =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return subscription.next(Duration.ofMinutes(1));
              } catch (InterruptedException interruption) {
                throw new CompletionException(interruption);
              }
            });

    broadcaster.close();

    assertThat(waiting).succeedsWithin(LONG).isEqualTo(Optional.empty());
    assertThat(subscription.isClosed()).isTrue();
  }

  @Test
  void closedBroadcasterRefusesEventsAndGivesClosedSubscriptions() throws Exception {
    broadcaster.close();
    broadcaster.close();

    assertThatThrownBy(() -> broadcaster.publish(event(1)))
        .isInstanceOf(BroadcasterClosedException.class);
    assertThat(broadcaster.publishAsync(event(1)))
        .failsWithin(LONG)
        .withThrowableThat()
        .withCauseInstanceOf(BroadcasterClosedException.class);
    Subscription late = broadcaster.subscribe(10);
    assertThat(late.isClosed()).isTrue();
    assertThat(late.next(LONG)).isEmpty();
    assertThat(broadcaster.subscriberCount()).isZero();
    assertThat(broadcaster.status().state()).isEqualTo(DeliveryState.CLOSED);
  }

  @Test
  void startTwiceDeliversOnce() throws Exception {
    broadcaster.start();
    Subscription subscription = broadcaster.subscribe(10);

    broadcaster.publish(event(1));
    broadcaster.publish(event(2));

    assertThat(take(subscription, 2)).containsExactly(event(1), event(2));
  }

  @Test
  void publishedEventHasAPlaceThatCountsUp() throws Exception {
    Subscription subscription = broadcaster.subscribe(10);

    EventId first = broadcaster.publish(event(1)).orElseThrow();
    EventId second = broadcaster.publishAsync(event(2)).toCompletableFuture().join().orElseThrow();

    assertThat(second).isEqualTo(new EventId(first.epoch(), first.offset() + 1));
    assertThat(subscription.next(LONG)).contains(event(1).at(first));
    assertThat(subscription.next(LONG)).contains(event(2).at(second));
    await().atMost(LONG).until(() -> broadcaster.latest().equals(Optional.of(second)));
  }

  @Test
  void eventsAfterAPlaceCanBeHadAgain() {
    EventId first = broadcaster.publish(event(1)).orElseThrow();
    EventId second = broadcaster.publish(event(2)).orElseThrow();
    EventId third = broadcaster.publish(event(3).onTopic("internal")).orElseThrow();

    assertThat(broadcaster.replay(first))
        .isEqualTo(
            new Replay.Events(
                List.of(event(2).at(second), event(3).onTopic("internal").at(third)), third, true));
    assertThat(broadcaster.replay(third)).isEqualTo(new Replay.Events(List.of(), third, true));
  }

  @Test
  void manyEventsAreReplayedInPages() {
    EventId first = broadcaster.publish(event(0)).orElseThrow();
    IntStream.rangeClosed(1, 1_200)
        .mapToObj(number -> broadcaster.publishAsync(event(number)))
        .toList()
        .forEach(published -> published.toCompletableFuture().join());

    List<ServerEvent> replayed = new ArrayList<>();
    Replay.Events page = (Replay.Events) broadcaster.replay(first);
    while (!page.complete()) {
      assertThat(page.events()).hasSizeBetween(1, 500);
      replayed.addAll(page.events());
      page = (Replay.Events) broadcaster.replay(page.position());
    }
    replayed.addAll(page.events());

    assertThat(replayed)
        .extracting(ServerEvent::withoutId)
        .isEqualTo(IntStream.rangeClosed(1, 1_200).mapToObj(BroadcasterContract::event).toList());
  }

  @Test
  void placesThatAreNoneAreToldFromEachOther() {
    EventId first = broadcaster.publish(event(1)).orElseThrow();
    EventId before = new EventId(first.epoch(), first.offset() - 1);

    assertThat(broadcaster.replay(EventId.UNKNOWN))
        .isEqualTo(new Replay.Interrupted(new Reset(Reset.Reason.UNKNOWN, before, first)));
    assertThat(broadcaster.replay(new EventId(first.epoch(), first.offset() + 100)))
        .isEqualTo(new Replay.Interrupted(new Reset(Reset.Reason.FUTURE, before, first)));
    assertThat(broadcaster.replay(new EventId("other", first.offset())))
        .isEqualTo(new Replay.Interrupted(new Reset(Reset.Reason.UNKNOWN, before, first)));
  }

  @Test
  void trimmedLogSaysSo() {
    // The log of this test keeps 1,000 events.
    EventId first = broadcaster.publish(event(0)).orElseThrow();
    IntStream.rangeClosed(1, 1_500)
        .mapToObj(number -> broadcaster.publishAsync(event(number)))
        .toList()
        .forEach(published -> published.toCompletableFuture().join());
    EventId last = new EventId(first.epoch(), first.offset() + 1_500);

    assertThat(broadcaster.trim()).isEqualTo(501);

    EventId earliest = new EventId(first.epoch(), last.offset() - 1_000);
    assertThat(broadcaster.replay(first))
        .isEqualTo(new Replay.Interrupted(new Reset(Reset.Reason.TRIMMED, earliest, last)));
    assertThat(((Replay.Events) broadcaster.replay(earliest)).events().get(0).withoutId())
        .isEqualTo(event(501));
    assertThat(broadcaster.trim()).isZero();
  }

  @Test
  void topicsAndAudiencesArriveAsTheyWere() throws Exception {
    Subscription subscription = broadcaster.subscribe(10);
    List<ServerEvent> events =
        List.of(
            event(1).onTopic("reload"), event(2).forSession("session-1"), event(3).forUser("u/ü"));

    events.forEach(broadcaster::publish);

    assertThat(take(subscription, 3)).isEqualTo(events);
  }

  @Test
  void eventWithAKeyIsPublishedOnce() throws Exception {
    Subscription subscription = broadcaster.subscribe(10);
    PublishOption once = PublishOption.idempotent("order-1");

    EventId first = broadcaster.publish(event(1), once).orElseThrow();
    EventId again = broadcaster.publish(event(1), once).orElseThrow();
    EventId later =
        broadcaster.publishAsync(event(1), once).toCompletableFuture().join().orElseThrow();
    broadcaster.publish(event(2), PublishOption.idempotent("order-2"));

    assertThat(again).isEqualTo(first);
    assertThat(later).isEqualTo(first);
    assertThat(take(subscription, 2)).containsExactly(event(1), event(2));
  }

  @Test
  void keyThatIsTriedByManyAtOnceIsPublishedOnce() throws Exception {
    Subscription subscription = broadcaster.subscribe(100);

    List<CompletionStage<Optional<EventId>>> tries =
        IntStream.range(0, 60)
            .mapToObj(
                number ->
                    broadcaster.publishAsync(
                        event(number % 3), PublishOption.idempotent("key-" + number % 3)))
            .toList();

    assertThat(tries.stream().map(published -> published.toCompletableFuture().join()).distinct())
        .hasSize(3);
    assertThat(take(subscription, 3)).containsExactlyInAnyOrder(event(0), event(1), event(2));
    broadcaster.publish(event(9));
    assertThat(take(subscription, 1)).containsExactly(event(9));
  }

  @Test
  void eventsOfOneCoalescingKeyBecomeTheLastOfThem() throws Exception {
    Subscription subscription = broadcaster.subscribe(100);

    for (int number = 1; number <= 20; number++) {
      assertThat(broadcaster.publish(event(number), PublishOption.coalesced("a"))).isEmpty();
    }
    broadcaster.publish(event(100), PublishOption.coalesced("b"));
    broadcaster.publish(event(0));

    assertThat(take(subscription, 3)).containsExactlyInAnyOrder(event(0), event(20), event(100));
    broadcaster.publishAsync(event(21), PublishOption.coalesced("a"));
    assertThat(take(subscription, 1)).containsExactly(event(21));
  }

  @Test
  void eventOfATransactionComesAfterItsCommitInTheOrderOfPublication() throws Exception {
    Subscription subscription = broadcaster.subscribe(100);

    transaction.begin();
    IntStream.range(0, 20)
        .forEach(number -> assertThat(broadcaster.publish(event(number))).isEmpty());
    broadcaster.publishAsync(event(99)).toCompletableFuture().join();
    assertThat(take(subscription, 1)).containsExactly(event(99));
    transaction.commit();

    assertThat(take(subscription, 20))
        .isEqualTo(IntStream.range(0, 20).mapToObj(BroadcasterContract::event).toList());
  }

  @Test
  void eventOfATransactionThatIsRolledBackNeverComes() throws Exception {
    Subscription subscription = broadcaster.subscribe(100);

    transaction.begin();
    broadcaster.publish(event(1));
    broadcaster.publish(event(2), PublishOption.coalesced("a"));
    broadcaster.publish(event(3), PublishOption.idempotent("b"));
    transaction.rollBack();

    EventId after = broadcaster.publish(event(3), PublishOption.idempotent("b")).orElseThrow();
    assertThat(subscription.next(LONG)).contains(event(3).at(after));
    EventId later = broadcaster.publish(event(4)).orElseThrow();
    assertThat(later.offset()).isEqualTo(after.offset() + 1);
  }

  @Test
  void optionsHoldWithinATransactionToo() throws Exception {
    Subscription subscription = broadcaster.subscribe(100);

    transaction.begin();
    broadcaster.publish(event(1), PublishOption.idempotent("key"));
    broadcaster.publish(event(1), PublishOption.idempotent("key"));
    broadcaster.publish(event(2), PublishOption.coalesced("a"));
    broadcaster.publish(event(3), PublishOption.coalesced("a"));
    transaction.commit();

    assertThat(take(subscription, 2)).containsExactly(event(1), event(3));
  }

  protected static ServerEvent event(int number) {
    return ServerEvent.of("test/event", Json.createObjectBuilder().add("number", number).build());
  }

  /** Takes so many events, and fails if they do not come. */
  protected static List<ServerEvent> take(Subscription subscription, int count)
      throws InterruptedException {
    List<ServerEvent> taken = new ArrayList<>();
    while (taken.size() < count) {
      taken.add(subscription.next(LONG).orElseThrow().withoutId());
    }
    return taken;
  }
}
