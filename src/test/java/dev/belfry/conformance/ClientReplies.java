package dev.belfry.conformance;

import dev.belfry.cdi.Topic;
import dev.belfry.event.Broadcaster;
import dev.belfry.event.ServerEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import jakarta.json.JsonObject;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/**
 * What clients answer when they are asked. A client posts its answer to whichever replica, and that
 * one tells all: the one that waits for it hears.
 */
@ApplicationScoped
public class ClientReplies {

  private static final String TOPIC = "conformance/replies";
  private static final long WAIT_SECONDS = 10;

  @Inject private Broadcaster broadcaster;

  private final Map<String, CompletableFuture<JsonObject>> waiting = new ConcurrentHashMap<>();

  /**
   * Asks, and waits for the answer.
   *
   * @param question given the id of the request to send
   */
  JsonObject await(Consumer<String> question) {
    String id = UUID.randomUUID().toString();
    CompletableFuture<JsonObject> answer = new CompletableFuture<>();
    waiting.put(id, answer);
    try {
      question.accept(id);
      return answer.get(WAIT_SECONDS, TimeUnit.SECONDS);
    } catch (TimeoutException silence) {
      throw RpcException.noAnswer(silence);
    } catch (ExecutionException impossible) {
      throw new IllegalStateException("An answer never fails", impossible);
    } catch (InterruptedException interruption) {
      Thread.currentThread().interrupt();
      throw RpcException.noAnswer(interruption);
    } finally {
      waiting.remove(id);
    }
  }

  /** A client has answered here. */
  void tell(JsonObject reply) {
    broadcaster.publish(ServerEvent.of("reply", reply).onTopic(TOPIC));
  }

  void on(@Observes @Topic(TOPIC) ServerEvent event) {
    CompletableFuture<JsonObject> answer = waiting.get(event.params().getString("id", ""));
    if (answer != null) {
      answer.complete(Call.object(event.params(), "result"));
    }
  }
}
