package dev.belfry.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Properties;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ServerDirectoryTest {
  @TempDir private Path base;

  private Path server;
  private ServerDirectory directory;

  @BeforeEach
  void prepareFiles() throws IOException {
    ClusterFiles files =
        new ClusterFiles(
            write("app.war", "the application"),
            write("wlp/bin/tools/ws-server.jar", "").resolve("../../..").normalize(),
            write("liberty/server.xml", "<server/>").getParent(),
            base.resolve("work"),
            write("driver/postgresql-42.jar", "").getParent());
    write("liberty/configDropins/defaults/more.xml", "<server/>");
    server = base.resolve("work/usr/servers/replica-1");
    directory = new ServerDirectory(files, "replica-1");
  }

  @Test
  void createThenServerHasConfigurationAndTheApplicationAtTheRoot() {
    directory.create(new Properties());

    assertThat(server.resolve("server.xml")).hasContent("<server/>");
    assertThat(server.resolve("configDropins/defaults/more.xml")).hasContent("<server/>");
    assertThat(server.resolve("apps/demo.war")).hasContent("the application");
    assertThat(server.resolve("configDropins/overrides/demo.xml"))
        .content()
        .contains("location=\"demo.war\"", "contextRoot=\"/\"");
  }

  @Test
  void createThenPasswordSurvivesAndOnlyTheOwnerReadsIt() throws IOException {
    Properties bootstrap = new Properties();
    bootstrap.setProperty("database.password", "a=b\\c:#é ");

    directory.create(bootstrap);

    Path file = server.resolve("bootstrap.properties");
    Properties read = new Properties();
    try (Reader reader = Files.newBufferedReader(file)) {
      read.load(reader);
    }
    assertThat(read).isEqualTo(bootstrap);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
  }

  @Test
  void createWhenAnEarlierRunLeftFilesThenNoneStays() throws IOException {
    write("work/usr/servers/replica-1/workarea/cache", "");
    write("work/usr/servers/replica-1/tranlog/log", "");
    write("work/usr/servers/replica-1/apps/old.war", "");

    directory.create(new Properties());

    assertThat(server.resolve("workarea/cache")).doesNotExist();
    assertThat(server.resolve("tranlog")).doesNotExist();
    assertThat(server.resolve("apps/old.war")).doesNotExist();
  }

  @Test
  void failedApplicationWhenLibertyReportedOneThenItsLine() throws IOException {
    assertThat(directory.failedApplication()).isEmpty();

    write(
        "work/usr/servers/replica-1/logs/messages.log",
        "A CWWKE0001I: launched\nE CWWKZ0002E: An exception occurred\n");

    assertThat(directory.failedApplication()).contains("E CWWKZ0002E: An exception occurred");
  }

  private Path write(String name, String content) throws IOException {
    Path file = base.resolve(name);
    Files.createDirectories(file.getParent());
    return Files.writeString(file, content);
  }
}
