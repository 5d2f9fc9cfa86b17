package dev.belfry.documentation;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The README and the pages of the site, as text. */
final class Pages {

  static final Path ROOT = Path.of("").toAbsolutePath();

  private static final Path SITE = ROOT.resolve("src/site/markdown");

  private Pages() {}

  /**
   * A page.
   *
   * @param path where it is
   * @param text all of it
   */
  record Page(Path path, String text) {

    /** What a pattern's first group matches in the page, in order. */
    List<String> find(Pattern pattern) {
      return pattern.matcher(text).results().map((MatchResult match) -> match.group(1)).toList();
    }

    @Override
    public String toString() {
      return ROOT.relativize(path).toString();
    }
  }

  /** The README and every page of the site. */
  static List<Page> all() {
    List<Page> pages = new ArrayList<>();
    pages.add(page(ROOT.resolve("README.md")));
    files(SITE, ".md").stream().map(Pages::page).forEach(pages::add);
    return pages;
  }

  static Page site(String name) {
    return page(SITE.resolve(name));
  }

  /** The files below a directory whose names end so. */
  static List<Path> files(Path directory, String end) {
    try (Stream<Path> files = Files.walk(directory)) {
      return files.filter(file -> file.toString().endsWith(end)).sorted().toList();
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  private static Page page(Path path) {
    return new Page(path, read(path));
  }
}
