package dev.belfry.bench.growth;

import com.zaxxer.hikari.HikariDataSource;
import dev.belfry.bench.event.EventGrowth;
import dev.belfry.bench.measure.BenchDatabase;
import dev.belfry.bench.measure.BenchException;
import dev.belfry.bench.measure.Options;
import dev.belfry.bench.measure.Part;
import dev.belfry.bench.measure.Plot;
import dev.belfry.bench.measure.Rounds;
import dev.belfry.bench.measure.Series;
import dev.belfry.bench.session.SessionGrowth;
import dev.belfry.bench.stream.StreamGrowth;
import dev.belfry.cluster.ClusterFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** What one unit costs at 1×, 4× and 16× of the load; also drawn, as {@code growth.svg}. */
public final class GrowthPart extends Part {
  private static final int CONNECTIONS = 64;

  private final ClusterFiles files;
  private final Path work;
  private final Path plot;
  private final Rounds rounds;
  private final Duration round;
  private final int rows;
  private final int logged;
  private final int streams;

  /**
   * @param work for what servers keep while they run
   * @param directory for the plot
   */
  public GrowthPart(ClusterFiles files, Path work, Path directory, Options options) {
    this.files = files;
    this.work = work;
    this.plot = directory.resolve("growth.svg");
    this.rounds = Rounds.from(options);
    this.round = options.millis("round-millis", 2_000);
    this.rows = options.number("growth.rows", 25_000);
    this.logged = options.number("growth.logged", 10_000);
    this.streams = options.number("growth.streams", 312);
  }

  @Override
  protected void measure() throws InterruptedException {
    List<Series> all = new ArrayList<>();
    try (BenchDatabase database = new BenchDatabase(work.resolve("bench"));
        HikariDataSource pool = database.pool(CONNECTIONS)) {
      SessionGrowth sessions = new SessionGrowth(database, pool, rounds, round, rows);
      Series.MULTIPLES.forEach(sessions::prepare);
      all.add(sessions.finds());
      all.add(sessions.merges());
      all.add(sessions.cleanups());
      EventGrowth events = new EventGrowth(database, pool, rounds, round, logged);
      all.add(events.logged());
      all.add(events.listeners());
    }
    all.add(new StreamGrowth(files, rounds, round, streams).deliveries());
    for (Series series : all) {
      series.costs().values().forEach(findings::note);
      findings.goal(series.goal());
    }
    draw(all);
  }

  private void draw(List<Series> all) {
    try {
      Files.createDirectories(plot.getParent());
      Files.writeString(plot, Plot.svg("Cost per unit, in relation to 1×", all));
    } catch (IOException failure) {
      throw new BenchException("The plot cannot be written: " + failure, failure);
    }
  }
}
