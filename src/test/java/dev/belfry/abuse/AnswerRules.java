package dev.belfry.abuse;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What holds for every answer, whatever was asked.
 *
 * @param sessions whose ids are secrets
 */
record AnswerRules(LiveSessions sessions) {

  private static final Pattern INTERNALS =
      Pattern.compile(
          "\\b(?:[a-z]\\w*\\.){2,}[A-Z]\\w*|\\b[A-Z]\\w*Exception\\b|\\bat [\\w.$/<>]+\\([\\w.]+:\\d+\\)");

  /** The rules that the answers break, in words; empty if they break none. */
  List<String> broken(FuzzRequest request, List<Answer> answers) {
    List<String> problems = new ArrayList<>();
    for (Answer answer : answers) {
      check(request, answer, problems);
    }
    return problems;
  }

  private void check(FuzzRequest request, Answer answer, List<String> problems) {
    if (answer.status() >= 500 && !isAllowed(request, answer.status())) {
      problems.add("status " + answer.status() + ": " + Latin1.shown(answer.body()));
    }
    Matcher internals = INTERNALS.matcher(answer.body());
    if (internals.find()) {
      problems.add("internals " + internals.group() + ": " + Latin1.shown(answer.body()));
    }
    String headers = String.join("\n", answer.headers());
    if (headers.contains("X-Injected")
        || headers.contains(request.headerMarker())
        || headers.contains(request.bodyMarker())) {
      problems.add("something of the request in the headers: " + Latin1.shown(headers));
    }
    if (answer.body().contains(request.headerMarker())) {
      problems.add("a header or the query in the body: " + Latin1.shown(answer.body()));
    }
    if (isRevealed(request, answer)) {
      problems.add("a session id: " + Latin1.shown(headers + "\n\n" + answer.body()));
    }
  }

  // 503 is documented; 501 and 505 are what HTTP has for methods and versions that nobody knows.
  private static boolean isAllowed(FuzzRequest request, int status) {
    return status == 503
        || (status == 501 && !Requests.isKnown(request.method()))
        || (status == 505 && !request.wire().contains(" HTTP/1."));
  }

  /** Whether an id is told anywhere but where a new session's belongs. */
  private boolean isRevealed(FuzzRequest request, Answer answer) {
    return sessions.all().stream()
        .anyMatch(
            id ->
                answer.body().contains(id)
                    || answer.headers().stream()
                        .anyMatch(
                            line ->
                                line.contains(id)
                                    && (!line.startsWith("Mcp-Session-Id: ")
                                        || request.wire().contains(id))));
  }
}
