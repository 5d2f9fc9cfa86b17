package dev.belfry.documentation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.belfry.config.Setting;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The table of all settings says what the code does. */
class ConfigurationPageTest {

  /** How the table shows a default that is empty. */
  private static final String EMPTY = "*empty*";

  private final List<Row> rows =
      Pages.site("configuration.md")
          .text()
          .lines()
          .filter(line -> line.startsWith("| `" + Setting.PREFIX))
          .map(Row::of)
          .toList();

  @Test
  void everySettingIsDocumentedOnce() {
    assertThat(rows)
        .extracting(Row::key)
        .isNotEmpty()
        .containsExactlyInAnyOrderElementsOf(
            Arrays.stream(Setting.values()).map(setting -> code(setting.key())).toList());
  }

  @Test
  void defaultsAndRulesAreThoseOfTheCode() {
    assertThat(rows)
        .extracting(row -> List.of(row.key(), row.defaultValue(), row.rule()))
        .isNotEmpty()
        .containsExactlyInAnyOrderElementsOf(
            Arrays.stream(Setting.values())
                .map(
                    setting ->
                        List.of(
                            code(setting.key()),
                            setting.defaultValue().isEmpty() ? EMPTY : code(setting.defaultValue()),
                            setting.rule()))
                .toList());
  }

  @Test
  void everySettingHasAMeaning() {
    assertThat(rows).isNotEmpty().allSatisfy(row -> assertThat(row.meaning()).isNotBlank());
  }

  private static String code(String text) {
    return "`" + text + "`";
  }

  /** One row of the table, as it is written. */
  private record Row(String key, String defaultValue, String rule, String meaning) {

    static Row of(String line) {
      String[] cells = line.split("\\|", -1);
      assertThat(cells).as(line).hasSize(6);
      return new Row(cells[1].strip(), cells[2].strip(), cells[3].strip(), cells[4].strip());
    }
  }
}
