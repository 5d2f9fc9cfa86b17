package dev.belfry.clients;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.opentest4j.TestAbortedException;

class ProgramTest {

  private static final String REQUIRED = "belfry.require-no-such-program";

  private final Program missing = new Program("no-such-program");

  @AfterEach
  void requireNothing() {
    System.clearProperty(REQUIRED);
  }

  @Test
  void programThatIsThereIsFoundAndNothingIsSkipped() {
    Program shell = new Program("sh");

    assertThat(shell.find()).hasValueSatisfying(path -> assertThat(path).isExecutable());
    assertThatCode(shell::assumeInstalled).doesNotThrowAnyException();
  }

  @Test
  void programThatIsMissingSkipsTheTest() {
    assertThat(missing.find()).isEmpty();
    assertThatExceptionOfType(TestAbortedException.class)
        .isThrownBy(missing::assumeInstalled)
        .withMessageContaining("no-such-program is installed");
  }

  @Test
  void programThatIsMissingFailsTheTestWhereItIsRequired() {
    System.setProperty(REQUIRED, "true");

    assertThatExceptionOfType(AssertionError.class)
        .isThrownBy(missing::assumeInstalled)
        .withMessageContaining("no-such-program is installed");
  }
}
