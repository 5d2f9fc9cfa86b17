package dev.belfry.config;

import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.util.Map;
import org.eclipse.microprofile.config.Config;

/** Makes settings for tests. */
public final class Settings {

  private Settings() {}

  /** The defaults, but for what is given. */
  public static BelfrySettings with(Map<String, String> values) {
    return SettingsReader.read(config(values));
  }

  static Config config(Map<String, String> values) {
    return new SmallRyeConfigBuilder()
        .withSources(new PropertiesConfigSource(values, "test", 100))
        .build();
  }
}
