package dev.belfry.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.belfry.sse.SseReader;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jboss.arquillian.container.test.api.Deployer;
import org.jboss.arquillian.container.test.api.Deployment;
import org.jboss.arquillian.container.test.api.RunAsClient;
import org.jboss.arquillian.container.test.api.TargetsContainer;
import org.jboss.arquillian.junit5.ArquillianExtension;
import org.jboss.arquillian.test.api.ArquillianResource;
import org.jboss.shrinkwrap.api.spec.WebArchive;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Ten redeployments, each with clients connected, leave the server as it was. */
@ExtendWith(ArquillianExtension.class)
@RunAsClient
class RedeploymentIT {

  private static final int REDEPLOYMENTS = 10;

  /** The server and the JDK hold on to the latest application or two. */
  private static final int KEPT = 2;

  private static final Duration LONG = Duration.ofSeconds(10);

  @ArquillianResource private Deployer deployer;

  @Deployment(name = "again", testable = false, managed = false)
  @TargetsContainer("alpha")
  static WebArchive again() {
    return Wars.war("again", Map.of("belfry.session.table", "again")).addClasses(StreamProbe.class);
  }

  @Test
  void redeploymentsLeaveNeitherThreadsNorConnectionsNorClassLoaders() throws Exception {
    redeployWithClients();
    List<String> listenersBefore = listeners();
    int classLoadersBefore = classLoaders();
    int threadsBefore = lines(jcmd("Thread.print"), "\"Default Executor-thread-").size();

    for (int round = 0; round < REDEPLOYMENTS; round++) {
      redeployWithClients();
    }

    await().atMost(LONG).untilAsserted(() -> assertThat(listeners()).isEqualTo(listenersBefore));
    assertThat(lines(jcmd("Thread.print"), "dev.belfry")).isEmpty();
    // The pool of the server grows and shrinks by itself, but not with every deployment.
    assertThat(lines(jcmd("Thread.print"), "\"Default Executor-thread-").size())
        .isLessThan(threadsBefore + REDEPLOYMENTS);
    await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(
            () -> assertThat(classLoaders()).isLessThanOrEqualTo(classLoadersBefore + KEPT));
  }

  /** How many class loaders have Belfry in them; each has a class of its own. */
  private static int classLoaders() throws Exception {
    return lines(jcmd("GC.class_histogram"), "dev.belfry.cdi.BelfryExtension ").size();
  }

  private void redeployWithClients() throws Exception {
    deployer.deploy("again");
    URI stream =
        URI.create("http://127.0.0.1:" + System.getProperty("alpha.port") + "/again/stream");
    List<SseReader> clients = new ArrayList<>();
    try {
      for (int count = 0; count < 5; count++) {
        clients.add(SseReader.open(stream));
      }
      deployer.undeploy("again");
      for (SseReader client : clients) {
        assertThat(client.awaitEnd(LONG)).as("the stream ended").isTrue();
      }
    } finally {
      for (SseReader client : clients) {
        client.close();
      }
    }
  }

  private static List<String> listeners() throws Exception {
    return ServersDatabase.query(
        "SELECT pid FROM pg_stat_activity WHERE application_name = 'belfry listener' ORDER BY pid");
  }

  private static List<String> lines(String text, String part) {
    // Every line of a histogram ends in the class's name.
    return (text + " ")
        .lines()
        .map(line -> line + " ")
        .filter(line -> line.contains(part))
        .toList();
  }

  private static String jcmd(String command) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(),
                Long.toString(server().pid()),
                command)
            .redirectErrorStream(true)
            .start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
    return output;
  }

  private static ProcessHandle server() {
    String name = System.getProperty("alpha.server");
    return ProcessHandle.allProcesses()
        .filter(
            process ->
                process.info().arguments().map(List::of).orElse(List.of()).contains(name)
                    && process.info().command().orElse("").endsWith("java"))
        .findFirst()
        .orElseThrow();
  }
}
