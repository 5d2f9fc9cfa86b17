package dev.belfry.abuse;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** One client that sends bad requests, one after the other, and judges the answers. */
final class Fuzzer implements Runnable {

  /** No run goes on beyond so many: they would say the same. */
  private static final int MAX_PROBLEMS = 20;

  private final int port;
  private final LiveSessions sessions;
  private final Requests endpoint;
  private final Requests publicStream;
  private final Dice dice;
  private final AnswerRules rules;
  private final long end;
  private final List<String> problems;

  /** How often there was which status at last; 0 for none. */
  private final Map<Integer, Integer> statuses = new TreeMap<>();

  /**
   * @param problems where to tell of what should not be; thread-safe
   */
  Fuzzer(int port, long seed, LiveSessions sessions, Duration duration, List<String> problems) {
    this.port = port;
    this.sessions = sessions;
    this.dice = new Dice(seed);
    this.endpoint = Requests.toEndpoint(dice, sessions);
    this.publicStream = Requests.toPublicStream(dice, sessions);
    this.rules = new AnswerRules(sessions);
    this.end = System.nanoTime() + duration.toNanos();
    this.problems = problems;
  }

  @Override
  public void run() {
    while (System.nanoTime() < end && problems.size() < MAX_PROBLEMS) {
      try {
        judge(Conversation.hold(port, next()));
      } catch (IOException failure) {
        problems.add("no connection: " + failure);
      }
    }
  }

  private FuzzRequest next() {
    if (sessions.needsMore()) {
      return endpoint.initialize();
    }
    return dice.oneIn(5) ? publicStream.next() : endpoint.next();
  }

  private void judge(Conversation conversation) {
    FuzzRequest request = conversation.request();
    if (!conversation.ended()) {
      report("no end: " + Latin1.shown(conversation.received()), request);
    }
    try {
      List<Answer> answers = AnswerParser.parse(request.method(), conversation.received());
      rules.broken(request, answers).forEach(problem -> report(problem, request));
      statuses.merge(
          answers.isEmpty() ? 0 : answers.get(answers.size() - 1).status(), 1, Integer::sum);
      answers.forEach(answer -> keepCount(request, answer));
    } catch (IllegalArgumentException malformed) {
      report(malformed.getMessage(), request);
    }
  }

  private void report(String problem, FuzzRequest request) {
    problems.add(problem + "\n--- request ---\n" + request);
  }

  private void keepCount(FuzzRequest request, Answer answer) {
    answer.header("Mcp-Session-Id").ifPresent(sessions::add);
    if (answer.status() == 204) {
      deleted(request).ifPresent(sessions::delete);
    }
  }

  private Optional<String> deleted(FuzzRequest request) {
    return request.method().equals("DELETE")
        ? sessions.all().stream()
            .filter(id -> request.wire().contains("Mcp-Session-Id: " + id))
            .findFirst()
        : Optional.empty();
  }

  Map<Integer, Integer> statuses() {
    return statuses;
  }
}
