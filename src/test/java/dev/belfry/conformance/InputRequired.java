package dev.belfry.conformance;

import static jakarta.json.Json.createObjectBuilder;

import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.json.JsonString;
import jakarta.json.JsonValue;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What a server still needs of the client, in the revision without sessions: the request ends with
 * these questions, and comes again with the answers.
 */
final class InputRequired {

  private final Map<String, Question> questions = new LinkedHashMap<>();
  private Optional<String> state = Optional.empty();

  private record Question(String capability, String method, JsonObject params) {
    JsonObject toJson() {
      return createObjectBuilder().add("method", method).add("params", params).build();
    }
  }

  InputRequired elicit(String key, String message, JsonObject schema) {
    return add(key, "elicitation", "elicitation/create", ElicitationTools.request(message, schema));
  }

  InputRequired sample(String key, String prompt) {
    return add(
        key,
        "sampling",
        "sampling/createMessage",
        createObjectBuilder()
            .add("messages", Content.array(Content.byUser(Content.text(prompt))))
            .add("maxTokens", 100)
            .build());
  }

  InputRequired roots(String key) {
    return add(key, "roots", "roots/list", JsonValue.EMPTY_JSON_OBJECT);
  }

  private InputRequired add(String key, String capability, String method, JsonObject params) {
    questions.put(key, new Question(capability, method, params));
    return this;
  }

  /** With something to be remembered, signed. */
  InputRequired remember(String what) {
    state = Optional.of(RequestState.sign(what));
    return this;
  }

  /** Leaves out what the client cannot do. */
  InputRequired onlyWhatCanBeDone(Call call) {
    questions.values().removeIf(one -> !call.capabilities().containsKey(one.capability()));
    return this;
  }

  /** Whether the client has answered all questions: with objects. */
  boolean isAnsweredBy(Call call) {
    JsonObject answers = answers(call);
    return questions.keySet().stream().allMatch(key -> answers.get(key) instanceof JsonObject);
  }

  /**
   * Whether the client has given back what it was to remember.
   *
   * @throws RpcException if it has given something else
   */
  boolean isRememberedBy(Call call) {
    return RequestState.of(call).map(RequestState::sign).equals(state);
  }

  /** What the client has answered; empty if it was not asked yet. */
  static JsonObject answers(Call call) {
    JsonValue answers = call.params().getOrDefault("inputResponses", JsonValue.EMPTY_JSON_OBJECT);
    if (answers instanceof JsonObject object) {
      return object;
    }
    throw RpcException.invalidParams("inputResponses must be an object");
  }

  /** A member of what the user has entered. */
  static String entered(Call call, String key, String name) {
    return Call.object(Call.object(answers(call), key), "content").get(name)
            instanceof JsonString text
        ? text.getString()
        : "";
  }

  JsonObject result() {
    var requests = createObjectBuilder();
    questions.forEach((key, question) -> requests.add(key, question.toJson()));
    var result =
        createObjectBuilder().add("resultType", "input_required").add("inputRequests", requests);
    state.ifPresent(signed -> result.add("requestState", Json.createValue(signed)));
    return result.build();
  }
}
