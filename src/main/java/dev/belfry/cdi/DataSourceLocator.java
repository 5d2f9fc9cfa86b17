package dev.belfry.cdi;

import dev.belfry.config.BelfrySettings;
import dev.belfry.config.BelfrySettings.Backend;
import dev.belfry.config.Setting;
import dev.belfry.postgres.PostgresBroadcaster.DataSources;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Instance;
import jakarta.inject.Inject;
import java.util.Optional;
import javax.naming.InitialContext;
import javax.naming.NamingException;
import javax.sql.DataSource;

/** Finds the DataSources that the application means. */
@ApplicationScoped
class DataSourceLocator {

  @Inject private BelfrySettings settings;
  @Inject @Belfry private Instance<DataSource> beans;

  /**
   * The DataSources; empty if sessions and events are to be kept in memory.
   *
   * @throws IllegalStateException if a DataSource that is configured is not there
   */
  Optional<DataSources> dataSources() {
    if (settings.backend() == Backend.MEMORY) {
      return Optional.empty();
    }
    return main().map(main -> new DataSources(main, listener(main)));
  }

  private Optional<DataSource> main() {
    if (beans.isAmbiguous()) {
      throw new IllegalStateException(
          "There are several DataSource beans with @Belfry; Belfry needs to know which one is meant");
    }
    if (beans.isResolvable()) {
      return Optional.of(beans.get());
    }
    try {
      return Optional.of(lookUp(Setting.DATASOURCE, settings.dataSource()));
    } catch (IllegalStateException missing) {
      // Nobody asked for a DataSource: then memory it is.
      if (settings.backend() == Backend.AUTOMATIC
          && settings.dataSource().equals(Setting.DATASOURCE.defaultValue())) {
        return Optional.empty();
      }
      throw missing;
    }
  }

  private DataSource listener(DataSource main) {
    String name = settings.listener().dataSource();
    return name.equals(settings.dataSource()) ? main : lookUp(Setting.LISTENER_DATASOURCE, name);
  }

  @SuppressWarnings("BanJNDI") // The names are the deployer's, and validated: none reaches outside.
  private static DataSource lookUp(Setting setting, String name) {
    try {
      return InitialContext.doLookup(name);
    } catch (NamingException missing) {
      throw new IllegalStateException(
          "%s = '%s': there is no DataSource of that JNDI name; define it in the server, produce one with @Belfry, or set %s = memory"
              .formatted(setting.key(), name, Setting.BACKEND.key()),
          missing);
    }
  }
}
