package dev.belfry.postgres;

import java.sql.SQLException;

/** A partitioned table keeps the same contracts. */
class PartitionedSessionContractsTest extends PostgresSessionsTest {

  @Override
  void alterTables() {
    try {
      SqlFile.PARTITION.run();
    } catch (SQLException failure) {
      throw new IllegalStateException(failure);
    }
  }
}
