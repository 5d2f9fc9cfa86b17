package dev.belfry.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import dev.belfry.session.SessionBackend;
import dev.belfry.session.SessionQuery;
import dev.belfry.session.SessionRules;
import dev.belfry.session.SessionRules.OnExcess;
import dev.belfry.session.SessionRules.UserLimit;
import jakarta.json.Json;
import jakarta.json.JsonObject;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Two deployments in one database: told apart by the schema, or by the table. */
class TenantsTest {

  private static final JsonObject STATE = Json.createObjectBuilder().add("n", 1).build();
  private static final SessionRules RULES =
      TestSessions.RULES.withAttributes("/n").limited(new UserLimit(2, OnExcess.EVICT_OLDEST));

  private static HikariDataSource pool;

  @BeforeAll
  static void openPool() {
    pool = TestDatabase.pool();
  }

  @AfterAll
  static void closePool() {
    pool.close();
  }

  @BeforeEach
  void clean() {
    TestDatabase.clean();
    TestDatabase.execute("DROP SCHEMA IF EXISTS tenant CASCADE");
  }

  private static SessionBackend tenant(String schema, String name) {
    SessionTable table = new SessionTable(schema, name);
    TestDatabase.prepare(pool, table, "/n");
    return TestSessions.of(pool, table, RULES);
  }

  @ParameterizedTest
  @CsvSource({"'', sessions, tenant, sessions", "'', sessions, '', Client_Sessions"})
  void tenantsDoNotSeeEachOthersSessions(
      String schema, String table, String otherSchema, String otherTable) {
    SessionBackend one = tenant(schema, table);
    SessionBackend other = tenant(otherSchema, otherTable);
    one.store().create("id-1", "alice", STATE);

    assertThat(other.store().find("id-1")).isEmpty();
    assertThat(other.store().touch("id-1")).isFalse();
    assertThat(other.store().touchAll(List.of("id-1")).gone()).containsExactly("id-1");
    assertThat(other.store().mergeState("id-1", STATE)).isFalse();
    assertThat(other.queries().count(SessionQuery.all())).isZero();
    assertThat(other.queries().latestForUser("alice", "")).isEmpty();
    assertThat(other.queries().count(SessionQuery.all().where("/n", Json.createValue(1)))).isZero();
    assertThat(other.revocation().rotate("id-1", "id-2")).isEmpty();
    assertThat(other.revocation().deleteAll("alice")).isZero();
    assertThat(other.store().delete("id-1")).isFalse();
    assertThat(one.store().find("id-1")).isPresent();
  }

  @ParameterizedTest
  @CsvSource({"'', sessions, tenant, sessions", "'', sessions, '', Client_Sessions"})
  void tenantsMayHaveTheSameIdsAndUsers(
      String schema, String table, String otherSchema, String otherTable) {
    SessionBackend one = tenant(schema, table);
    SessionBackend other = tenant(otherSchema, otherTable);
    for (String id : List.of("id-1", "id-2")) {
      one.store().create(id, "alice", STATE);
      other.store().create(id, "alice", STATE);
    }

    assertThat(other.revocation().deleteAll("alice")).isEqualTo(2);
    assertThat(one.queries().count(SessionQuery.ofUser("alice"))).isEqualTo(2);
    one.store().create("id-3", "alice", STATE);
    assertThat(one.queries().count(SessionQuery.ofUser("alice"))).isEqualTo(2);
    assertThat(one.store().find("id-3")).isPresent();
  }
}
