package dev.belfry.abuse;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What requests leave behind in a server's files.
 *
 * @param logs the directory of its logs
 */
record ServerTraces(Path logs) {

  /** How lines begin that requests try to add to a log. */
  static final String FORGED_LINE = "forged-line-";

  /** An entry of the log begins with its time; what follows belongs to it. */
  private static final Pattern ENTRY = Pattern.compile("\\R(?=\\[\\d+/\\d+/\\d+, )");

  private static final Pattern FORGED = Pattern.compile("(?m)^\\s*" + FORGED_LINE);
  private static final Pattern FAILURE = Pattern.compile("(?m)^\\s+at |Exception");

  /**
   * What others say of bad input, and may: Open Liberty of a charset that does not exist, and that
   * there is an incident, which is looked at by itself; the MCP SDK of messages it cannot read.
   */
  private static final Pattern OF_OTHERS =
      Pattern.compile(
          "Unable to set request character encoding"
              + "|FFDC1015I: An FFDC Incident has been created"
              + "|\\A\\S+ \\S+ \\S+ \\S+ \\S*rotocol\\.server\\.");

  /** Where Open Liberty notes that a body is not what its headers say, or breaks off. */
  private static final Pattern BODY_INCIDENT =
      Pattern.compile(
          "(?m)^Source = com\\.ibm\\.ws\\.(http\\.channel\\.|webcontainer\\.srt\\.SRTServletRequest)");

  /** Entries of the log that tell of code, or that somebody has forged. */
  List<String> suspiciousEntries() throws IOException {
    return entries()
        .filter(
            entry ->
                FORGED.matcher(entry).find()
                    || (FAILURE.matcher(entry).find() && !OF_OTHERS.matcher(entry).find()))
        .toList();
  }

  /** Entries that tell a session's id. */
  List<String> entriesWithAny(List<String> ids) throws IOException {
    return entries().filter(entry -> ids.stream().anyMatch(entry::contains)).toList();
  }

  private Stream<String> entries() throws IOException {
    return ENTRY.splitAsStream(read(logs.resolve("messages.log")));
  }

  /** What the server has noted about failures (FFDC), but for those of bodies. */
  List<String> incidents() throws IOException {
    Path directory = logs.resolve("ffdc");
    if (!Files.isDirectory(directory)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(directory)) {
      return files
          .filter(file -> file.getFileName().toString().startsWith("ffdc_"))
          .map(ServerTraces::beginning)
          .filter(incident -> !BODY_INCIDENT.matcher(incident).find())
          .toList();
    }
  }

  private static String beginning(Path file) {
    try {
      String text = read(file);
      return text.substring(0, Math.min(text.length(), 3_000));
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  private static String read(Path file) throws IOException {
    return new String(Files.readAllBytes(file), UTF_8);
  }
}
