package dev.belfry.documentation;

import static java.util.stream.Collectors.toSet;
import static org.assertj.core.api.Assertions.assertThat;

import dev.belfry.config.Setting;
import dev.belfry.documentation.Pages.Page;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What the README and the pages refer to exists. */
class PagesTest {

  private static final Pattern JAVA_BLOCK = Pattern.compile("(?ms)^```java\\n(.*?)^```$");
  private static final Pattern LINK = Pattern.compile("\\]\\(([^)\\s]+)\\)");
  private static final Pattern HEADING = Pattern.compile("(?m)^#+ +(.+)$");
  private static final Pattern FEATURE = Pattern.compile("<feature>([^<]+)</feature>");
  private static final Pattern SQL_FILE = Pattern.compile("\\b(V\\d+__\\w+\\.sql)\\b");

  /** Not the end of a package's name: dev.belfry.config is no key. */
  private static final Pattern KEY =
      Pattern.compile("(?<![\\w.])(belfry\\.[a-z][a-z-]*(?:\\.[a-z][a-z-]*)*)");

  private static final Path SOURCES = Pages.ROOT.resolve("src/test/java/dev/belfry");
  private static final Path MIGRATIONS =
      Pages.ROOT.resolve("src/main/resources/dev/belfry/postgres/migration");

  static List<Page> pages() {
    return Pages.all();
  }

  private static List<String> findInAll(Pattern pattern) {
    return pages().stream().flatMap(page -> page.find(pattern).stream()).toList();
  }

  @Test
  void thereAreTheReadmeAndThePages() {
    assertThat(pages())
        .extracting(Page::toString)
        .contains("README.md", "src/site/markdown/configuration.md")
        .hasSizeGreaterThanOrEqualTo(7);
  }

  @Test
  void everyJavaExampleIsCompiled() {
    List<List<String>> sources =
        Pages.files(SOURCES, ".java").stream()
            .map(source -> Pages.read(source).lines().toList())
            .toList();

    assertThat(findInAll(JAVA_BLOCK))
        .hasSizeGreaterThan(5)
        .allSatisfy(
            block ->
                assertThat(sources).anyMatch(source -> contains(source, block.lines().toList())));
  }

  private static boolean contains(List<String> source, List<String> block) {
    List<String> wanted = withoutIndentation(block);
    for (int first = 0; first + block.size() <= source.size(); first++) {
      if (withoutIndentation(source.subList(first, first + block.size())).equals(wanted)) {
        return true;
      }
    }
    return false;
  }

  private static List<String> withoutIndentation(List<String> lines) {
    return String.join("\n", lines).stripIndent().lines().toList();
  }

  @ParameterizedTest
  @MethodSource("pages")
  void everyRelativeLinkLeadsSomewhere(Page page) {
    List<String> links = page.find(LINK).stream().filter(link -> !link.contains("://")).toList();

    assertThat(links)
        .isNotEmpty()
        .allSatisfy(
            link -> {
              String[] parts = link.split("#", 2);
              Path target = parts[0].isEmpty() ? page.path() : page.path().resolveSibling(parts[0]);
              assertThat(Files.exists(target)).as(target.toString()).isTrue();
              if (parts.length == 2) {
                assertThat(anchors(target)).contains(parts[1]);
              }
            });
  }

  // As GitHub makes them of headings.
  private static List<String> anchors(Path target) {
    return new Page(target, Pages.read(target))
        .find(HEADING).stream()
            .map(heading -> heading.toLowerCase(Locale.ROOT).replaceAll("[^\\w -]", ""))
            .map(heading -> heading.replace(' ', '-'))
            .toList();
  }

  @Test
  void everyKeyMentionedIsASetting() {
    Set<String> settings = Arrays.stream(Setting.values()).map(Setting::key).collect(toSet());

    assertThat(findInAll(KEY)).hasSizeGreaterThan(settings.size()).isSubsetOf(settings);
  }

  @Test
  void everySqlFileMentionedExists() {
    assertThat(findInAll(SQL_FILE))
        .isNotEmpty()
        .allSatisfy(file -> assertThat(MIGRATIONS.resolve(file)).exists());
  }

  @Test
  void everySqlFileIsMentioned() {
    assertThat(Pages.files(MIGRATIONS, ".sql"))
        .isNotEmpty()
        .extracting(file -> file.getFileName().toString())
        .isSubsetOf(findInAll(SQL_FILE));
  }

  @Test
  void everyServerFeatureMentionedIsOneThatIsTested() {
    String tested = Pages.read(Pages.ROOT.resolve("liberty/server.xml"));

    assertThat(findInAll(FEATURE))
        .isNotEmpty()
        .allSatisfy(feature -> assertThat(tested).contains("<feature>" + feature + "</feature>"));
  }
}
