package dev.belfry.postgres;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Set;

/** The indexes on the attributes that sessions are looked for by. Thread-safe. */
final class AttributeIndexes {

  private static final Logger LOG = System.getLogger(AttributeIndexes.class.getName());

  private final SessionTable table;
  private final List<IndexedAttribute> attributes;

  /**
   * @param pointers where in the state the attributes are
   */
  AttributeIndexes(SessionTable table, Set<String> pointers) {
    this.table = table;
    this.attributes = pointers.stream().sorted().map(IndexedAttribute::new).toList();
  }

  /**
   * Makes what is missing, in the connection's transaction, for one caller at a time.
   *
   * <p>Not CONCURRENTLY, although writers wait meanwhile: that would wait for every transaction of
   * the database, so that one backup could hold up the start of an application for hours; what it
   * leaves behind when it fails has to be found and dropped; and partitioned tables do not have it.
   * Where the table is large, the same index made by hand beforehand is accepted as it is.
   */
  void create(Connection connection) throws SQLException {
    List<TableIndex> present = TableIndex.of(connection, table);
    try (Statement statement = connection.createStatement()) {
      // Everybody else waits behind who waits for the table: rather give up soon and try again.
      statement.execute("SET LOCAL lock_timeout = '5s'");
      for (IndexedAttribute attribute : missing(present)) {
        dropUnfinished(statement, present, attribute);
        statement.execute(attribute.createIndex(table));
        LOG.log(
            Level.INFO,
            "Index {0} was created for the attribute {1} of sessions",
            attribute.indexName(table),
            attribute.pointer());
      }
    }
    present.stream().filter(this::isForNothing).forEach(this::adviseToDrop);
  }

  // Somebody's CONCURRENTLY that failed. If it is still at work, its lock lets nobody drop it.
  private void dropUnfinished(
      Statement statement, List<TableIndex> present, IndexedAttribute attribute)
      throws SQLException {
    for (TableIndex index : present) {
      if (!index.valid() && attribute.isKey(index.key())) {
        statement.execute("DROP INDEX " + index.name());
      }
    }
  }

  /** What is missing; empty if nothing is. */
  List<String> differences(Connection connection) throws SQLException {
    return missing(TableIndex.of(connection, table)).stream()
        .map(
            attribute ->
                "table %s has no index for the attribute %s (%s)"
                    .formatted(table.sqlName(), attribute.pointer(), attribute.createIndex(table)))
        .toList();
  }

  private List<IndexedAttribute> missing(List<TableIndex> present) {
    return attributes.stream()
        .filter(attribute -> present.stream().noneMatch(index -> index.serves(attribute)))
        .toList();
  }

  private boolean isForNothing(TableIndex index) {
    return IndexedAttribute.isIndexName(table, index.name())
        && attributes.stream().noneMatch(attribute -> attribute.isKey(index.key()));
  }

  // Not dropped: another application that shares the table may have declared it.
  private void adviseToDrop(TableIndex index) {
    LOG.log(
        Level.INFO,
        "Index {0} is on {1}, which is not among belfry.session.indexed-attributes. When no other application needs it: DROP INDEX {0}",
        index.name(),
        index.key());
  }
}
