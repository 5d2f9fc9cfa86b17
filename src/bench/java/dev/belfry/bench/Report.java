package dev.belfry.bench;

import jakarta.json.Json;
import jakarta.json.JsonArrayBuilder;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * What one part has measured, and what of its goals is met.
 *
 * @param part its name
 * @param machine what it was measured on
 * @param figures in the order of reading
 * @param goals in the order of reading
 */
record Report(String part, String machine, List<Figure> figures, List<Goal> goals) {

  Report {
    figures = List.copyOf(figures);
    goals = List.copyOf(goals);
  }

  /** Something measured, in a unit; the unit of a mere number is empty. */
  record Figure(String name, double value, String unit) {

    private String text() {
      // Whole where it makes no difference.
      String number =
          value >= 100 || value == Math.rint(value)
              ? "%,d".formatted(Math.round(value))
              : String.format(Locale.ROOT, "%.1f", value);
      return unit.isEmpty() ? number : number + " " + unit;
    }
  }

  /** Something wanted. */
  record Goal(String text, boolean met) {}

  JsonObject json() {
    JsonObjectBuilder values = Json.createObjectBuilder();
    for (Figure figure : figures) {
      values.add(
          figure.name(),
          Json.createObjectBuilder().add("value", figure.value()).add("unit", figure.unit()));
    }
    JsonArrayBuilder wanted = Json.createArrayBuilder();
    for (Goal goal : goals) {
      wanted.add(Json.createObjectBuilder().add("goal", goal.text()).add("met", goal.met()));
    }
    return Json.createObjectBuilder()
        .add("part", part)
        .add("machine", machine)
        .add("figures", values)
        .add("goals", wanted)
        .build();
  }

  String markdown() {
    String measured =
        figures.stream()
            .map(figure -> "| %s | %s |%n".formatted(figure.name(), figure.text()))
            .collect(Collectors.joining());
    String wanted =
        goals.stream()
            .map(goal -> "| %s | %s |%n".formatted(goal.text(), goal.met() ? "met" : "**not met**"))
            .collect(Collectors.joining());
    return "# %s%n%n%s%n%n| Figure | Value |%n|---|---|%n%s%n| Goal | |%n|---|---|%n%s"
        .formatted(part, machine, measured, wanted);
  }
}
