package dev.belfry.demo.mcp;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import javax.sql.DataSource;

/**
 * The added tools, in the database that all replicas share. Blocks on it, and throws {@link
 * ToolTableException} when it fails. Thread-safe.
 */
record ToolTable(DataSource dataSource) {

  private static final String UNDEFINED_TABLE = "42P01";

  // IF NOT EXISTS is no protection against two replicas that create it at the same moment.
  private static final String CREATE =
      """
      DO $$ BEGIN
        PERFORM pg_advisory_xact_lock(hashtext('demo_tool'));
        CREATE TABLE IF NOT EXISTS demo_tool (name text PRIMARY KEY, description text NOT NULL);
      END $$
      """;

  private static final String LIST =
      """
      SELECT name, description
        FROM demo_tool
      """;

  private static final String ADD =
      """
      INSERT INTO demo_tool (name, description)
      SELECT ?, ?
       WHERE (SELECT count(*) FROM demo_tool) < ?
      ON CONFLICT (name) DO NOTHING
      """;

  private static final String REMOVE =
      """
      DELETE FROM demo_tool
       WHERE name = ?
      """;

  /** All added tools whose rows are valid. Creates the table if it is missing. */
  Set<AddedTool> list() {
    return use(
        connection -> {
          try {
            return list(connection);
          } catch (SQLException failure) {
            if (!UNDEFINED_TABLE.equals(failure.getSQLState())) {
              throw failure;
            }
            create(connection);
            return list(connection);
          }
        });
  }

  /**
   * Adds a tool.
   *
   * @param most how many tools there may be; replicas that add at the same moment may exceed it
   * @return whether it was added: there was none of that name, and there is room
   */
  boolean add(AddedTool tool, int most) {
    return use(
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(ADD)) {
            statement.setString(1, tool.name());
            statement.setString(2, tool.description());
            statement.setInt(3, most);
            return statement.executeUpdate() == 1;
          }
        });
  }

  /** Removes a tool; returns whether it was there. */
  boolean remove(String name) {
    return use(
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(REMOVE)) {
            statement.setString(1, name);
            return statement.executeUpdate() == 1;
          }
        });
  }

  private static Set<AddedTool> list(Connection connection) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(LIST);
        ResultSet rows = statement.executeQuery()) {
      Set<AddedTool> tools = new HashSet<>();
      while (rows.next()) {
        tool(rows).ifPresent(tools::add);
      }
      return tools;
    }
  }

  private static Optional<AddedTool> tool(ResultSet row) throws SQLException {
    try {
      return Optional.of(new AddedTool(row.getString("name"), row.getString("description")));
    } catch (IllegalArgumentException ignored) {
      // Somebody else's row, or one of a version with other rules: no reason to serve no tool at
      // all.
      return Optional.empty();
    }
  }

  private static void create(Connection connection) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(CREATE)) {
      statement.execute();
    }
  }

  private <T> T use(Work<T> work) {
    try (Connection connection = dataSource.getConnection()) {
      return work.with(connection);
    } catch (SQLException failure) {
      throw new ToolTableException(failure);
    }
  }

  private interface Work<T> {
    T with(Connection connection) throws SQLException;
  }
}
