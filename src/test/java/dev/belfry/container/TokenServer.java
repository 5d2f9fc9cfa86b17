package dev.belfry.container;

import dev.belfry.cluster.Cluster;
import dev.belfry.cluster.ClusterFiles;
import dev.belfry.cluster.EmbeddedDatabase;
import dev.belfry.cluster.Ports;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jboss.shrinkwrap.api.asset.StringAsset;
import org.jboss.shrinkwrap.api.exporter.ZipExporter;
import org.jboss.shrinkwrap.api.spec.WebArchive;

/**
 * A server of its own, because it authenticates callers: MicroProfile JWT stands before Belfry's
 * filter, and that before {@link FilteredEndpoint}.
 *
 * @param cluster of one replica, running
 */
record TokenServer(Cluster cluster) implements AutoCloseable {

  private static final String WEB_XML =
      """
      <web-app xmlns="https://jakarta.ee/xml/ns/jakartaee" version="6.0">
        <filter>
          <filter-name>belfry</filter-name>
          <filter-class>dev.belfry.http.SessionFilter</filter-class>
          <async-supported>true</async-supported>
        </filter>
        <filter-mapping>
          <filter-name>belfry</filter-name>
          <url-pattern>/mcp</url-pattern>
        </filter-mapping>
        <security-constraint>
          <web-resource-collection>
            <web-resource-name>mcp</web-resource-name>
            <url-pattern>/mcp</url-pattern>
          </web-resource-collection>
          <auth-constraint>
            <role-name>**</role-name>
          </auth-constraint>
        </security-constraint>
        <login-config>
          <auth-method>MP-JWT</auth-method>
        </login-config>
      </web-app>
      """;

  // Nothing is in the keystore; but without one Open Liberty ignores tokens, and does not say so.
  private static final String AUTHENTICATION =
      """
      <server>
        <featureManager>
          <feature>mpJwt-2.1</feature>
        </featureManager>
        <keyStore id="defaultKeyStore" password="%s"/>
      </server>
      """
          .formatted(UUID.randomUUID());

  /**
   * Starts a server that takes tokens of some issuers, all with the keys of one signer.
   *
   * @param directory empty; needed as long as the server runs
   */
  static TokenServer start(Path directory, TokenSigner signer, List<String> issuers)
      throws IOException {
    ClusterFiles built = ClusterFiles.fromSystemProperties();
    Path war = directory.resolve("tokens.war");
    application(signer, issuers).as(ZipExporter.class).exportTo(war.toFile());
    Path config = authenticating(built.config(), directory.resolve("config"));
    ClusterFiles files =
        new ClusterFiles(war, built.install(), config, built.work(), built.driver());
    EmbeddedDatabase database =
        new EmbeddedDatabase(files.work().resolve("token-database"), Map.of());
    return new TokenServer(new Cluster(files, database, Ports.free(1), Map.of()).start());
  }

  private static WebArchive application(TokenSigner signer, List<String> issuers) {
    return Wars.war(
            "tokens",
            Map.of(
                "belfry.stream.heartbeat",
                "PT1S",
                "mp.jwt.verify.issuer",
                String.join(",", issuers),
                "mp.jwt.verify.publickey.location",
                "/META-INF/public-key.pem"))
        .addClass(FilteredEndpoint.class)
        .addAsResource(new StringAsset(signer.publicKey()), "META-INF/public-key.pem")
        .setWebXML(new StringAsset(WEB_XML));
  }

  /** The configuration of every replica, and what checks tokens besides. */
  private static Path authenticating(Path original, Path directory) throws IOException {
    Path defaults = Files.createDirectories(directory.resolve("configDropins/defaults"));
    Files.copy(original.resolve("server.xml"), directory.resolve("server.xml"));
    Files.writeString(defaults.resolve("authentication.xml"), AUTHENTICATION);
    return directory;
  }

  URI endpoint() {
    return cluster.replica(1).uri("/mcp");
  }

  @Override
  public void close() {
    cluster.close();
  }
}
