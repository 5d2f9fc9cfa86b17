package dev.belfry.cdi;

import dev.belfry.config.BelfrySettings;
import dev.belfry.config.InvalidSettingsException;
import dev.belfry.config.SettingsReader;
import dev.belfry.http.SessionState;
import dev.belfry.operations.DatabaseReadiness;
import dev.belfry.operations.DeliveryLiveness;
import dev.belfry.operations.DeliveryReadiness;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.spi.AfterDeploymentValidation;
import jakarta.enterprise.inject.spi.BeforeBeanDiscovery;
import jakarta.enterprise.inject.spi.Extension;
import jakarta.enterprise.inject.spi.ProcessAnnotatedType;
import jakarta.enterprise.inject.spi.ProcessInjectionPoint;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.util.Optional;
import java.util.function.Predicate;
import org.eclipse.microprofile.config.Config;
import org.eclipse.microprofile.config.ConfigProvider;

/**
 * Reads the settings once, refuses to deploy with invalid ones, and leaves out unwanted health
 * checks; and looks at what session states are injected as.
 */
public class BelfryExtension implements Extension {

  private static final Logger LOG = System.getLogger(BelfryExtension.class.getName());

  private Optional<BelfrySettings> settings = Optional.empty();
  private Optional<InvalidSettingsException> failure = Optional.empty();

  void read(@Observes BeforeBeanDiscovery event) {
    Config config = ConfigProvider.getConfig();
    SettingsReader.unknownKeys(config)
        .forEach(key -> LOG.log(Level.WARNING, "{0} is no setting of Belfry: misspelt?", key));
    try {
      settings = Optional.of(SettingsReader.read(config));
    } catch (InvalidSettingsException invalid) {
      failure = Optional.of(invalid);
    }
  }

  void database(@Observes ProcessAnnotatedType<DatabaseReadiness> type) {
    vetoUnless(BelfrySettings.Health::database, type);
  }

  void delivery(@Observes ProcessAnnotatedType<DeliveryReadiness> type) {
    vetoUnless(BelfrySettings.Health::delivery, type);
  }

  void liveness(@Observes ProcessAnnotatedType<DeliveryLiveness> type) {
    vetoUnless(BelfrySettings.Health::liveness, type);
  }

  /** States that cannot be read are found out at deployment, not by the first request. */
  void sessionState(@Observes ProcessInjectionPoint<?, ?> event) {
    Type type = event.getInjectionPoint().getType();
    Type raw = type instanceof ParameterizedType parameterized ? parameterized.getRawType() : type;
    if (raw.equals(SessionState.class)) {
      try {
        SessionStateProducer.requireStateType(type);
      } catch (IllegalArgumentException unsuitable) {
        event.addDefinitionError(unsuitable);
      }
    }
  }

  void report(@Observes AfterDeploymentValidation event) {
    failure.ifPresent(event::addDeploymentProblem);
  }

  BelfrySettings settings() {
    return settings.orElseThrow();
  }

  private void vetoUnless(Predicate<BelfrySettings.Health> wanted, ProcessAnnotatedType<?> type) {
    if (!settings.map(BelfrySettings::health).map(wanted::test).orElse(true)) {
      type.veto();
    }
  }
}
