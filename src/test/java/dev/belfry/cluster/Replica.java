package dev.belfry.cluster;

import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import java.util.Properties;
import java.util.function.Consumer;

/**
 * One Open Liberty server with the demo WAR. It can be stopped or killed, and started again with
 * its configuration. One thread at a time starts it; any thread may stop it.
 */
public final class Replica {
  static final Duration STOP_LIMIT = Duration.ofSeconds(8);

  private final String name;
  private final int port;
  private final ClusterFiles files;
  private final Jvm jvm;
  private final Consumer<String> deathListener;
  private final ServerDirectory directory;

  private volatile Optional<ServerProcess> process = Optional.empty();

  /**
   * Starts nothing yet.
   *
   * @param jvm that the server runs in
   * @param deathListener told, on another thread, when the server ends by itself
   */
  Replica(String name, int port, ClusterFiles files, Jvm jvm, Consumer<String> deathListener) {
    this.name = name;
    this.port = port;
    this.files = files;
    this.jvm = jvm;
    this.deathListener = deathListener;
    this.directory = new ServerDirectory(files, name);
  }

  void createDirectory(DatabaseAddress database) {
    Properties bootstrap = new Properties();
    bootstrap.setProperty("replica.name", name);
    bootstrap.setProperty("http.port", Integer.toString(port));
    bootstrap.setProperty("database.url", database.url());
    bootstrap.setProperty("database.user", database.user());
    bootstrap.setProperty("database.password", database.password());
    bootstrap.setProperty("driver.directory", files.driver().toString());
    // Ends with a message where it would go on without what it did not understand.
    bootstrap.setProperty("onError", "FAIL");
    // No port for Liberty's "server stop": signals do.
    bootstrap.setProperty("command.port", "-1");
    directory.create(bootstrap);
  }

  /**
   * Starts the server, for the first time or after its end, and waits until it is ready.
   *
   * @throws ClusterException saying why it is not; it may be running nevertheless
   */
  public void start() {
    launch();
    awaitReady();
  }

  void launch() {
    if (isAlive()) {
      throw new IllegalStateException(name + " is running.");
    }
    ServerProcess started =
        new ServerProcess(ServerCommand.build(files.install(), name, directory, jvm));
    started.onDeath(exitCode -> deathListener.accept(directory.obituary(exitCode)));
    process = Optional.of(started);
  }

  void awaitReady() {
    new Startup(name, uri("/health/ready"), process.orElseThrow(), directory).await();
  }

  /**
   * Stops the server in order, or by force if that takes more than 8 seconds; thaws it first if it
   * is frozen. Idempotent.
   *
   * @return whether it needed no force
   */
  public boolean stop() {
    terminate();
    return awaitEnd(STOP_LIMIT);
  }

  /** Asks the server to stop and does not wait. */
  void terminate() {
    process.ifPresent(ServerProcess::terminate);
  }

  /** Waits for the end that was asked for; if it does not come, brings it about. */
  boolean awaitEnd(Duration limit) {
    Optional<ServerProcess> unwilling = process.filter(running -> !running.awaitEnd(limit));
    unwilling.ifPresent(ServerProcess::kill);
    return unwilling.isEmpty();
  }

  /**
   * Ends the server as a crash would (SIGKILL), frozen or not, and waits until it is gone.
   * Idempotent.
   */
  public void kill() {
    process.ifPresent(ServerProcess::kill);
  }

  /**
   * Suspends the server (SIGSTOP), as a paused virtual machine or a very long garbage collection
   * would: its connections stay open and new ones are accepted, but nobody answers. It counts as
   * alive. Idempotent; does nothing to a server that has ended.
   *
   * @throws java.util.NoSuchElementException before the first start
   */
  public void freeze() {
    process.orElseThrow().freeze();
  }

  /**
   * Lets the server go on where it was frozen (SIGCONT). Idempotent; does nothing to a server that
   * has ended.
   *
   * @throws java.util.NoSuchElementException before the first start
   */
  public void thaw() {
    process.orElseThrow().thaw();
  }

  /**
   * Whether the server's process exists.
   *
   * @return true also while it starts or stops
   */
  public boolean isAlive() {
    return process.filter(ServerProcess::isAlive).isPresent();
  }

  /**
   * The process id of the latest start.
   *
   * @return also after its end
   * @throws java.util.NoSuchElementException before the first start
   */
  public long pid() {
    return process.orElseThrow().pid();
  }

  /**
   * The name that the server gives itself.
   *
   * @return unique in the cluster
   */
  public String name() {
    return name;
  }

  /**
   * Where to reach the server.
   *
   * @param path with its slash, as {@code /mcp}
   * @return on the loopback interface
   */
  public URI uri(String path) {
    return URI.create("http://127.0.0.1:" + port + path);
  }

  /**
   * What the server has logged, at INFO and above, since its latest start.
   *
   * @return messages.log as it is now
   */
  public String log() {
    return LogFile.read(directory.messages());
  }
}
