package dev.belfry.cluster;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import java.util.Properties;
import java.util.stream.Collectors;
import javax.sql.DataSource;
import org.postgresql.Driver;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * Where a database is and how to log in. Immutable; {@link #toString} leaves out the password.
 *
 * @param url the JDBC URL, without user and password
 * @param user the role to log in as
 * @param password its password; empty if none is needed
 */
public record DatabaseAddress(String url, String user, String password) {

  /**
   * Takes a JDBC URL apart.
   *
   * @param jdbcUrl with user and password, if any, as parameters
   * @return empty if pgjdbc does not understand the URL
   */
  static Optional<DatabaseAddress> parse(String jdbcUrl) {
    return Optional.ofNullable(Driver.parseURL(jdbcUrl, new Properties()))
        .map(
            parameters ->
                new DatabaseAddress(
                    withoutCredentials(jdbcUrl),
                    parameters.getProperty("user", System.getProperty("user.name")),
                    parameters.getProperty("password", "")));
  }

  private static String withoutCredentials(String jdbcUrl) {
    int query = jdbcUrl.indexOf('?');
    if (query < 0) {
      return jdbcUrl;
    }
    String remaining =
        Arrays.stream(jdbcUrl.substring(query + 1).split("&", -1))
            .filter(parameter -> !parameter.matches("(user|password)(=.*)?"))
            .collect(Collectors.joining("&"));
    return jdbcUrl.substring(0, query) + (remaining.isEmpty() ? "" : "?" + remaining);
  }

  /**
   * A new, unpooled data source that gives up on a silent server within seconds.
   *
   * @return each connection is a new one
   */
  public DataSource dataSource() {
    PGSimpleDataSource dataSource = new PGSimpleDataSource();
    dataSource.setUrl(url);
    if (!Driver.parseURL(url, new Properties()).containsKey("loginTimeout")) {
      dataSource.setLoginTimeout(5);
    }
    dataSource.setUser(user);
    dataSource.setPassword(password);
    return dataSource;
  }

  /**
   * The same address for psql.
   *
   * @return without the password, which psql asks for
   */
  public String psqlUrl() {
    Properties parameters = Driver.parseURL(url, new Properties());
    String[] hosts = parameters.getProperty("PGHOST").split(",", -1);
    String[] ports = parameters.getProperty("PGPORT").split(",", -1);
    StringBuilder servers = new StringBuilder();
    for (int i = 0; i < hosts.length; i++) {
      servers.append(i == 0 ? "" : ",").append(hosts[i]).append(':').append(ports[i]);
    }
    String database = parameters.getProperty("PGDBNAME", user);
    return "postgresql://%s@%s/%s".formatted(encoded(user), servers, encoded(database));
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }

  @Override
  public String toString() {
    // Without parameters: one of them may be the password of a key.
    return url.split("\\?", 2)[0] + " as " + user;
  }
}
