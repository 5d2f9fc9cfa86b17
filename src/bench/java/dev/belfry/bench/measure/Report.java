package dev.belfry.bench.measure;

import jakarta.json.Json;
import jakarta.json.JsonArrayBuilder;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import java.util.List;
import java.util.stream.Collectors;

/**
 * What one part has measured, and what of its goals is met.
 *
 * @param part its name
 * @param conditions what it was measured on, and what peers are missing
 * @param figures in the order of reading
 * @param goals in the order of reading
 */
public record Report(String part, List<String> conditions, List<Figure> figures, List<Goal> goals) {

  public Report {
    conditions = List.copyOf(conditions);
    figures = List.copyOf(figures);
    goals = List.copyOf(goals);
  }

  public JsonObject json() {
    JsonObjectBuilder values = Json.createObjectBuilder();
    for (Figure figure : figures) {
      values.add(
          figure.name(),
          Json.createObjectBuilder()
              .add("median", figure.median())
              .add("unit", figure.unit())
              .add("rounds", Json.createArrayBuilder(figure.rounds())));
    }
    JsonArrayBuilder wanted = Json.createArrayBuilder();
    for (Goal goal : goals) {
      wanted.add(
          Json.createObjectBuilder()
              .add("goal", goal.text())
              .add("measured", goal.measured())
              .add("met", goal.met()));
    }
    return Json.createObjectBuilder()
        .add("part", part)
        .add("conditions", Json.createArrayBuilder(conditions))
        .add("figures", values)
        .add("goals", wanted)
        .build();
  }

  public String markdown() {
    String measured =
        figures.stream()
            .map(
                figure ->
                    "| %s | %s | %s |%n".formatted(figure.name(), figure.text(), figure.spread()))
            .collect(Collectors.joining());
    String wanted =
        goals.stream()
            .map(
                goal ->
                    "| %s | %s | %s |%n"
                        .formatted(
                            goal.text(), goal.measured(), goal.met() ? "met" : "**not met**"))
            .collect(Collectors.joining());
    return "# %s%n%n%s%n%n| Goal | Measured | |%n|---|---|---|%n%s%n| Figure | Median | Spread |%n|---|---|---|%n%s"
        .formatted(part, String.join(" ", conditions), wanted, measured);
  }
}
