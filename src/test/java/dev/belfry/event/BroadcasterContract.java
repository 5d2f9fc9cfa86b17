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

  protected abstract Broadcaster createBroadcaster(LocalFanout fanout);

  @BeforeEach
  void start() {
    broadcaster = createBroadcaster(new LocalFanout(observed::add));
    broadcaster.start();
  }

  @AfterEach
  void close() {
    broadcaster.close();
  }

  @Test
  void publishedEventReachesEverySubscriberAndTheObserver() throws Exception {
    Subscription one = broadcaster.subscribe(10);
    Subscription other = broadcaster.subscribe(10);

    broadcaster.publish(event(1));

    assertThat(one.next(LONG)).contains(event(1));
    assertThat(other.next(LONG)).contains(event(1));
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

    assertThat(subscription.next(LONG))
        .contains(ServerEvent.of("notifications/tools/list_changed"));
    assertThat(subscription.next(LONG)).contains(ServerEvent.of("a/b", params));
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
    List<CompletionStage<Void>> published = events.stream().map(broadcaster::publishAsync).toList();

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
    assertThat(slow.next(LONG)).contains(event(0));
    assertThat(slow.next(LONG)).contains(event(1));
    assertThatThrownBy(() -> slow.next(LONG))
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
                event -> {
                  observed.add(event);
                  throw new IllegalStateException("the application's bug, as this test wants it");
                }));
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
                event -> {
                  throw new StackOverflowError("the application's bug, as this test wants it");
                }));
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

  protected static ServerEvent event(int number) {
    return ServerEvent.of("test/event", Json.createObjectBuilder().add("number", number).build());
  }

  /** Takes so many events, and fails if they do not come. */
  protected static List<ServerEvent> take(Subscription subscription, int count)
      throws InterruptedException {
    List<ServerEvent> taken = new ArrayList<>();
    while (taken.size() < count) {
      taken.add(subscription.next(LONG).orElseThrow());
    }
    return taken;
  }
}
