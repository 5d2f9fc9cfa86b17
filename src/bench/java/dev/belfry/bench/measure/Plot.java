package dev.belfry.bench.measure;

import java.util.List;
import java.util.Locale;

/** Draws what series cost at their multiples, each in relation to 1×, as SVG 1.1. */
public final class Plot {
  private static final int WIDTH = 860;
  private static final int HEIGHT = 440;
  private static final int LEFT = 60;
  private static final int RIGHT = 330;
  private static final int TOP = 50;
  private static final int BOTTOM = 60;
  private static final int LEGEND_LINE = 34;
  private static final double HEADROOM = 1.1;

  /** Told apart also by those who do not see all colours (Okabe and Ito). */
  private static final List<String> COLOURS =
      List.of("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000");

  private final List<Series> series;
  private final double highest;

  private Plot(List<Series> series) {
    this.series = series;
    this.highest =
        HEADROOM
            * series.stream()
                .flatMap(each -> each.costs().keySet().stream().map(each::relative))
                .mapToDouble(Double::doubleValue)
                .max()
                .orElse(1);
  }

  /** As a document. */
  public static String svg(String title, List<Series> series) {
    return new Plot(series).document(title);
  }

  private String document(String title) {
    StringBuilder svg = new StringBuilder();
    svg.append(
        """
        <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="13">
        <title>%s</title>
        <rect width="100%%" height="100%%" fill="white"/>
        <text x="%d" y="28" font-size="16" font-weight="bold">%s</text>
        """
            .formatted(WIDTH, HEIGHT, title, LEFT, title));
    axes(svg);
    for (int number = 0; number < series.size(); number++) {
      draw(svg, series.get(number), number);
    }
    return svg.append("</svg>\n").toString();
  }

  private void axes(StringBuilder svg) {
    for (int multiple : series.get(0).costs().keySet()) {
      line(svg, x(multiple), y(0), x(multiple), y(highest), "#dddddd");
      text(svg, x(multiple), HEIGHT - BOTTOM + 20, "middle", multiple + "×");
    }
    double step = highest > 3 ? 1 : 0.25;
    for (double relative = 0; relative <= highest; relative += step) {
      line(
          svg,
          LEFT,
          y(relative),
          WIDTH - RIGHT,
          y(relative),
          relative == 1 ? "#888888" : "#dddddd");
      text(svg, LEFT - 8, y(relative) + 4, "end", String.format(Locale.ROOT, "%.2f", relative));
    }
    text(svg, (LEFT + WIDTH - RIGHT) / 2.0, HEIGHT - 14, "middle", "load (logarithmic)");
  }

  private void draw(StringBuilder svg, Series each, int number) {
    String colour = COLOURS.get(number % COLOURS.size());
    StringBuilder points = new StringBuilder();
    each.costs()
        .keySet()
        .forEach(
            multiple -> {
              double x = x(multiple);
              double y = y(each.relative(multiple));
              points.append(String.format(Locale.ROOT, "%.1f,%.1f ", x, y));
              svg.append(
                  String.format(
                      Locale.ROOT,
                      "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"4\" fill=\"%s\"/>%n",
                      x,
                      y,
                      colour));
            });
    svg.append(
        "<polyline points=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"2\"/>%n"
            .formatted(points.toString().strip(), colour));
    double y = TOP + 14 + number * LEGEND_LINE;
    line(svg, WIDTH - RIGHT + 20, y - 4, WIDTH - RIGHT + 44, y - 4, colour);
    text(svg, WIDTH - RIGHT + 52, y, "start", each.name());
    svg.append(
        String.format(
            Locale.ROOT,
            "<text x=\"%d\" y=\"%.1f\" font-size=\"11\" fill=\"#555555\">%s</text>%n",
            WIDTH - RIGHT + 52,
            y + 14,
            each.sizes()));
  }

  private double x(int multiple) {
    double most = Math.log(series.get(0).costs().lastKey());
    double inset = 30;
    return LEFT + inset + Math.log(multiple) / most * (WIDTH - LEFT - RIGHT - 2 * inset);
  }

  private double y(double relative) {
    return HEIGHT - BOTTOM - relative / highest * (HEIGHT - TOP - BOTTOM);
  }

  private static void line(
      StringBuilder svg, double x1, double y1, double x2, double y2, String colour) {
    svg.append(
        String.format(
            Locale.ROOT,
            "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"%s\" stroke-width=\"%d\"/>%n",
            x1,
            y1,
            x2,
            y2,
            colour,
            colour.startsWith("#d") ? 1 : 2));
  }

  private static void text(StringBuilder svg, double x, double y, String anchor, String text) {
    svg.append(
        String.format(
            Locale.ROOT,
            "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>%n",
            x,
            y,
            anchor,
            text));
  }
}
