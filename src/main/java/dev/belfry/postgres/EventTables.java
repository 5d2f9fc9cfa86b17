package dev.belfry.postgres;

import java.util.List;

/**
 * The tables of the event log.
 *
 * @param schema where they are; empty for the connection's own
 */
record EventTables(String schema) {

  static final String LOG = "belfry_log";
  static final String EPOCH = "belfry_epoch";
  static final String EVENT = "belfry_event";
  static final String OUTBOX = "belfry_outbox";
  static final String IDEMPOTENCY = "belfry_idempotency";
  static final String REPLICA = "belfry_replica";

  static final List<String> ALL = List.of(LOG, EPOCH, EVENT, OUTBOX, IDEMPOTENCY, REPLICA);

  /** A table's name as SQL wants it: quoted, with its schema. */
  String sqlName(String table) {
    return schema.isEmpty()
        ? SessionTable.quote(table)
        : SessionTable.quote(schema) + "." + SessionTable.quote(table);
  }

  /** A statement with the tables' names put in for {@code {log}}, {@code {event}} and so on. */
  String complete(String template) {
    String sql = template;
    for (String table : ALL) {
      sql = sql.replace("{" + table.substring("belfry_".length()) + "}", sqlName(table));
    }
    return sql;
  }
}
