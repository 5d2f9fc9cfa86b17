package dev.belfry.documentation;

import dev.belfry.cdi.Belfry;
import jakarta.annotation.Resource;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Produces;
import javax.sql.DataSource;

/** The example of a DataSource bean, of the page on configuration. */
@ApplicationScoped
class DataSourceExample {
  @Resource(lookup = "jdbc/orders")
  private DataSource orders;

  @Produces
  @Belfry
  DataSource dataSource() {
    return orders;
  }
}
