package dev.belfry.container;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.belfry.clients.NodePackages;
import dev.belfry.clients.NodePackages.Outcome;
import jakarta.json.Json;
import jakarta.json.JsonObject;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.StringReader;
import java.net.URI;
import java.net.URL;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
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
import org.junit.jupiter.api.Test;
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

  @ArquillianResource
  @OperateOnDeployment("other")
  private URL other;

  @Deployment(name = "conformance", testable = false)
  @TargetsContainer("alpha")
  static WebArchive conformance() {
    return Wars.war("conformance", Map.of())
        .addPackage("dev.belfry.conformance")
        .setWebXML(Wars.filtering("/mcp"));
  }

  @Deployment(name = "other", testable = false)
  @TargetsContainer("beta")
  static WebArchive other() {
    return conformance();
  }

  /** What a server asks in the middle of a request may be answered to another replica. */
  @Test
  void clientsAnswerReachesTheReplicaThatAsked() throws Exception {
    String initialize =
        Http.INITIALIZE.replace("\"capabilities\":{}", "\"capabilities\":{\"elicitation\":{}}");
    URI asking = URI.create(server + "mcp");
    String id = Http.post(asking, initialize).headers().firstValue("Mcp-Session-Id").orElseThrow();
    JsonObject arguments = Json.createObjectBuilder().add("message", "Who?").build();
    HttpRequest call =
        HttpRequest.newBuilder(asking)
            .header("Mcp-Session-Id", id)
            .header("Content-Type", "application/json")
            .header("Accept", "application/json, text/event-stream")
            .POST(BodyPublishers.ofString(Http.toolCall("test_elicitation", arguments)))
            .build();

    try (BufferedReader stream =
        new BufferedReader(
            new InputStreamReader(
                HttpClient.newHttpClient().send(call, BodyHandlers.ofInputStream()).body(),
                UTF_8))) {
      JsonObject question = message(stream);
      assertThat(question.getString("method")).isEqualTo("elicitation/create");
      JsonObject answer =
          Json.createObjectBuilder()
              .add("jsonrpc", "2.0")
              .add("id", question.get("id"))
              .add("result", Json.createObjectBuilder().add("action", "decline"))
              .build();

      HttpResponse<String> accepted =
          Http.post(URI.create(other + "mcp"), answer.toString(), "Mcp-Session-Id", id);

      assertThat(accepted.statusCode()).isEqualTo(202);
      assertThat(message(stream).getJsonObject("result").toString()).contains("decline");
    }
  }

  private static JsonObject message(BufferedReader stream) throws IOException {
    String line = stream.readLine();
    while (!line.startsWith("data: ")) {
      line = stream.readLine();
    }
    return Json.createReader(new StringReader(line.substring("data: ".length()))).readObject();
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
