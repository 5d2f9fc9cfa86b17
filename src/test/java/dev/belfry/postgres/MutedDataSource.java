package dev.belfry.postgres;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import javax.sql.DataSource;

/** Gives connections that can be told to send no pings any more, without saying so. */
final class MutedDataSource implements UnpooledDataSource {

  private final DataSource pool;
  private volatile boolean muted;

  MutedDataSource(DataSource pool) {
    this.pool = pool;
  }

  void mute(boolean mute) {
    muted = mute;
  }

  @Override
  public Connection getConnection() throws SQLException {
    Connection connection = pool.getConnection();
    return (Connection)
        Proxy.newProxyInstance(
            Connection.class.getClassLoader(),
            new Class<?>[] {Connection.class},
            (proxy, method, arguments) -> {
              boolean ping =
                  method.getName().equals("prepareStatement")
                      && arguments[0].equals("SELECT pg_notify(?, ?)");
              try {
                return ping && muted
                    ? connection.prepareStatement("SELECT ?::text, ?::text")
                    : method.invoke(connection, arguments);
              } catch (InvocationTargetException failure) {
                throw failure.getCause();
              }
            });
  }
}
