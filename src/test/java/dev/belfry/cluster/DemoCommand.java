package dev.belfry.cluster;

import java.io.PrintStream;
import java.util.Map;
import java.util.Optional;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Collectors;

/** The demo: starts a cluster, says what to try, and stops it again. */
public final class DemoCommand {
  // pgjdbc logs what it then throws, and of a URL that it does not understand the part that may be
  // a password. A field, because the log manager forgets the level of a logger that nobody holds.
  private static final Logger SILENCED = Logger.getLogger("org.postgresql");

  static {
    SILENCED.setLevel(Level.OFF);
  }

  private final PrintStream out;
  private final Thread farewell;
  private volatile boolean interrupted;

  private DemoCommand(PrintStream out) {
    this.out = out;
    this.farewell = new Thread(this::sayFarewell, "farewell");
  }

  /**
   * Runs until it is told to stop, the time is over, or something fails.
   *
   * <p>After a failure it ends the JVM, although that is Maven's: Maven would repeat the message in
   * a report of twenty lines.
   *
   * @param arguments none; options are system properties
   * @throws InterruptedException if Maven gives up on this command; nothing is left running
   */
  public static void main(String[] arguments) throws InterruptedException {
    DemoCommand command = new DemoCommand(System.out);
    try {
      command.run();
    } catch (ClusterException e) {
      // Told to stop, it need not explain why it could not go on.
      if (!command.interrupted) {
        System.err.println();
        System.err.println(e.getMessage());
        System.exit(1);
      }
    }
  }

  private void run() throws InterruptedException {
    DemoOptions options = DemoOptions.from(System.getProperties());
    ClusterFiles files = ClusterFiles.fromSystemProperties();
    Ports.requireUsable(options.ports(), DemoOptions.PORT);
    Runtime.getRuntime().addShutdownHook(farewell);
    try (Cluster cluster =
        new Cluster(files, database(options, files), options.ports(), Map.of())) {
      run(cluster, options);
    } finally {
      forgetFarewell();
    }
  }

  private Database database(DemoOptions options, ClusterFiles files) {
    return options
        .database()
        .<Database>map(ExistingDatabase::new)
        .orElseGet(() -> new EmbeddedDatabase(files.work().resolve("postgresql"), Map.of()));
  }

  private void run(Cluster cluster, DemoOptions options) throws InterruptedException {
    out.printf(
        "Starting replicas on 127.0.0.1 at port %s, with %s.%n",
        options.ports().stream().map(String::valueOf).collect(Collectors.joining(", ")),
        options.database().map(DatabaseAddress::toString).orElse("an embedded PostgreSQL"));
    cluster.start();
    out.println(Tour.of(cluster));
    Optional<String> death = cluster.awaitDeath(options.duration());
    if (death.isPresent()) {
      throw new ClusterException(death.get());
    }
    out.println("The time is over.");
  }

  private void forgetFarewell() {
    try {
      Runtime.getRuntime().removeShutdownHook(farewell);
    } catch (IllegalStateException ignored) {
      // The JVM is ending, and the farewell is being said.
    }
  }

  private void sayFarewell() {
    interrupted = true;
    out.println("Stopping.");
  }
}
