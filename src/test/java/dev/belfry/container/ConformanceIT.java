package dev.belfry.container;

import static org.assertj.core.api.Assertions.assertThat;

import dev.belfry.clients.NodePackages;
import dev.belfry.clients.NodePackages.Outcome;
import java.net.URL;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.jboss.arquillian.container.test.api.Deployment;
import org.jboss.arquillian.container.test.api.OperateOnDeployment;
import org.jboss.arquillian.container.test.api.RunAsClient;
import org.jboss.arquillian.container.test.api.TargetsContainer;
import org.jboss.arquillian.junit5.ArquillianExtension;
import org.jboss.arquillian.test.api.ArquillianResource;
import org.jboss.shrinkwrap.api.spec.WebArchive;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The protocol's official conformance suite: all that the revisions require of a server. */
@ExtendWith(ArquillianExtension.class)
@RunAsClient
class ConformanceIT {

  @ArquillianResource
  @OperateOnDeployment("conformance")
  private URL server;

  @Deployment(name = "conformance", testable = false)
  @TargetsContainer("alpha")
  static WebArchive conformance() {
    return Wars.war("conformance", Map.of())
        .addPackage("dev.belfry.conformance")
        .setWebXML(Wars.filtering("/mcp"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"2025-11-25", "2026-07-28"})
  void allThatARevisionRequiresPasses(String revision, @TempDir Path results) throws Exception {
    NodePackages packages = NodePackages.required();

    Outcome outcome =
        packages.run(
            Duration.ofMinutes(4),
            packages.modules().resolve("@modelcontextprotocol/conformance/dist/index.js"),
            "server",
            "--url",
            server + "mcp",
            "--requirements",
            revision,
            "--output-dir",
            results.toString());

    assertThat(outcome.exitCode()).as(outcome.output()).isZero();
    assertThat(outcome.output()).contains(revision).contains("0 failed");
  }
}
