package dev.belfry.cdi;

import dev.belfry.config.BelfrySettings;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;

/** Makes the settings available, as they were read at deployment. */
@ApplicationScoped
class SettingsProducer {

  @Produces
  @Singleton
  BelfrySettings settings(BelfryExtension extension) {
    return extension.settings();
  }
}
