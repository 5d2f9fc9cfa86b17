package dev.belfry.container;

import com.github.benmanes.caffeine.cache.Caffeine;
import dev.belfry.config.BelfrySettings;
import java.io.File;
import java.net.URISyntaxException;
import java.util.Map;
import java.util.stream.Collectors;
import org.assertj.core.api.Assertions;
import org.awaitility.Awaitility;
import org.flywaydb.core.Flyway;
import org.flywaydb.database.postgresql.PostgreSQLDatabaseType;
import org.hamcrest.Matcher;
import org.jboss.shrinkwrap.api.ShrinkWrap;
import org.jboss.shrinkwrap.api.asset.StringAsset;
import org.jboss.shrinkwrap.api.spec.WebArchive;

/** Applications that use Belfry as a user's would: its JAR and Flyway's in {@code WEB-INF/lib}. */
final class Wars {

  private Wars() {}

  /**
   * An application that talks to the servers' database, and can run tests inside.
   *
   * @param settings MicroProfile Config of the application, besides the DataSource
   */
  static WebArchive war(String name, Map<String, String> settings) {
    String properties =
        settings.entrySet().stream()
            .map(setting -> setting.getKey() + "=" + setting.getValue() + "\n")
            .collect(Collectors.joining("", "belfry.datasource=jdbc/belfry\n", ""));
    return ShrinkWrap.create(WebArchive.class, name + ".war")
        .addAsLibraries(
            jarOf(BelfrySettings.class),
            jarOf(Flyway.class),
            jarOf(Caffeine.class),
            jarOf(PostgreSQLDatabaseType.class),
            jarOf(Assertions.class),
            jarOf(Awaitility.class),
            jarOf(Matcher.class))
        .addAsResource(new StringAsset(properties), "META-INF/microprofile-config.properties")
        .addAsWebInfResource(
            new StringAsset(
                "<beans xmlns=\"https://jakarta.ee/xml/ns/jakartaee\" bean-discovery-mode=\"annotated\" version=\"4.0\"/>"),
            "beans.xml");
  }

  /** A {@code web.xml} with Belfry's filter in front of what answers at a path. */
  static StringAsset filtering(String path) {
    return new StringAsset(
        """
        <web-app xmlns="https://jakarta.ee/xml/ns/jakartaee" version="6.0">
          <filter>
            <filter-name>belfry</filter-name>
            <filter-class>dev.belfry.http.SessionFilter</filter-class>
            <async-supported>true</async-supported>
          </filter>
          <filter-mapping>
            <filter-name>belfry</filter-name>
            <url-pattern>%s</url-pattern>
          </filter-mapping>
        </web-app>
        """
            .formatted(path));
  }

  private static File jarOf(Class<?> type) {
    try {
      return new File(type.getProtectionDomain().getCodeSource().getLocation().toURI());
    } catch (URISyntaxException failure) {
      throw new IllegalStateException(failure);
    }
  }
}
