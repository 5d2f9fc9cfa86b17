package dev.belfry.postgres;

import dev.belfry.config.Settings;
import dev.belfry.event.CallerTransaction;
import dev.belfry.session.SessionBackend;
import dev.belfry.session.SessionRules;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import javax.sql.DataSource;

/** Sessions for tests, of one replica that keeps none in memory. */
final class TestSessions {

  static final SessionRules RULES = SessionRules.of(Duration.ofHours(1));

  private TestSessions() {}

  static SessionBackend of(DataSource dataSource, SessionTable table, SessionRules rules) {
    return of(dataSource, table, rules, SessionCodec.PLAIN);
  }

  static SessionBackend of(
      DataSource dataSource, SessionTable table, SessionRules rules, SessionCodec codec) {
    return PostgresSessions.standAlone(
        PostgresSessions.Parts.of(
            dataSource,
            Settings.with(
                Map.of(
                    "belfry.schema.name", table.schema(), "belfry.session.table", table.table())),
            rules,
            codec,
            new OutboxBell(),
            Optional.empty()),
        CallerTransaction.NONE);
  }
}
