package dev.belfry.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class DatabaseAddressTest {

  @Test
  void parseWhenUrlHasCredentialsThenTakesThemOut() {
    assertThat(
            DatabaseAddress.parse(
                "jdbc:postgresql://db:5433/app?sslmode=require&user=a%40b&password=p%26w&prepareThreshold=0"))
        .contains(
            new DatabaseAddress(
                "jdbc:postgresql://db:5433/app?sslmode=require&prepareThreshold=0", "a@b", "p&w"));
  }

  @Test
  void parseWhenUrlHasNoCredentialsThenUserOfThisProcess() {
    String url = "jdbc:postgresql://db/app";

    assertThat(DatabaseAddress.parse(url))
        .contains(new DatabaseAddress(url, System.getProperty("user.name"), ""));
  }

  @Test
  void parseWhenUrlIsForAnotherDriverThenEmpty() {
    assertThat(DatabaseAddress.parse("jdbc:h2:mem:")).isEmpty();
  }

  @Test
  void psqlUrlNamesAllHostsAndLeavesOutThePassword() {
    assertThat(
            new DatabaseAddress("jdbc:postgresql://one:1,[::2]:2/my app?ssl=true", "a b", "secret")
                .psqlUrl())
        .isEqualTo("postgresql://a%20b@one:1,[::2]:2/my%20app");
  }

  @Test
  void psqlUrlWhenDatabaseIsNotNamedThenItIsTheUser() {
    assertThat(new DatabaseAddress("jdbc:postgresql://db/", "ann", "").psqlUrl())
        .isEqualTo("postgresql://ann@db:5432/ann");
  }

  @Test
  void toStringLeavesOutPasswords() {
    assertThat(new DatabaseAddress("jdbc:postgresql://db/app?sslpassword=secret", "ann", "secret"))
        .hasToString("jdbc:postgresql://db/app as ann");
  }
}
