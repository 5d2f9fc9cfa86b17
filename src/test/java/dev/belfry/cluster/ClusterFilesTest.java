package dev.belfry.cluster;

import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClusterFilesTest {

  @Test
  void createWhenNothingIsThereThenNamesEverything(@TempDir Path empty) {
    assertThatExceptionOfType(ClusterException.class)
        .isThrownBy(() -> new ClusterFiles(empty, empty, empty, empty, empty))
        .withMessageContainingAll(
            "belfry.demo.war",
            "belfry.liberty.install",
            "belfry.liberty.config",
            "belfry.driver.directory");
  }
}
