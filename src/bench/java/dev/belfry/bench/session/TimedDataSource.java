package dev.belfry.bench.session;

import dev.belfry.bench.measure.Latencies;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import javax.sql.DataSource;

/** How long connections are kept, and so, at most, the transactions that are run on them. */
final class TimedDataSource {

  private TimedDataSource() {}

  /**
   * Gives the same connections.
   *
   * @param latencies to which the time is added between giving one and taking it back
   */
  static DataSource of(DataSource dataSource, Latencies latencies) {
    return proxy(
        DataSource.class,
        (proxy, method, arguments) -> {
          Object result = invoke(dataSource, method, arguments);
          return result instanceof Connection connection ? timed(connection, latencies) : result;
        });
  }

  private static Connection timed(Connection connection, Latencies latencies) {
    long start = System.nanoTime();
    return proxy(
        Connection.class,
        (proxy, method, arguments) -> {
          if (method.getName().equals("close")) {
            latencies.add(System.nanoTime() - start);
          }
          return invoke(connection, method, arguments);
        });
  }

  private static <T> T proxy(Class<T> type, InvocationHandler handler) {
    return type.cast(
        Proxy.newProxyInstance(
            TimedDataSource.class.getClassLoader(), new Class<?>[] {type}, handler));
  }

  private static Object invoke(Object target, Method method, Object[] arguments) throws Throwable {
    try {
      return method.invoke(target, arguments);
    } catch (InvocationTargetException failure) {
      throw failure.getCause();
    }
  }
}
