package dev.belfry.postgres;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.HexFormat;
import java.util.regex.Pattern;
import java.util.zip.CRC32;

/**
 * A place in the state that sessions are looked for by.
 *
 * @param pointer a JSON pointer (RFC 6901) of names that need no escaping
 */
record IndexedAttribute(String pointer) {

  private static final Pattern POINTER = Pattern.compile("(/[A-Za-z0-9_.-]+)+");

  /** What stands between the table and the hash in the name of each index. */
  private static final String INFIX = "_attribute_";

  IndexedAttribute {
    if (!POINTER.matcher(pointer).matches()) {
      throw new IllegalArgumentException(
          "An indexed attribute is a JSON pointer like /cart/id, of letters, digits and the"
              + " characters _ . -, but this is "
              + pointer);
    }
  }

  /** The value at this place, in SQL: always in the same words, which an index can serve. */
  String expression() {
    // In quotes also because {live} without them is something else in a statement's template.
    return "(state #> '{\"" + pointer.substring(1).replace("/", "\",\"") + "\"}')";
  }

  /** Whether an index on what the catalogue shows so is one on {@link #expression}. */
  boolean isKey(String shown) {
    return shown
        .replace("\"", "")
        .equals("(state #> '{" + pointer.substring(1).replace('/', ',') + "}'::text[])");
  }

  /** The name of its index. Fits: a table's name has at most 40 bytes. */
  String indexName(SessionTable table) {
    CRC32 hash = new CRC32();
    hash.update(pointer.getBytes(UTF_8));
    return table.table() + INFIX + HexFormat.of().toHexDigits((int) hash.getValue());
  }

  /** Whether an index of this name, as the catalogue shows it, was made for some attribute. */
  static boolean isIndexName(SessionTable table, String shown) {
    return shown.contains(table.table() + INFIX);
  }

  /**
   * The statement that makes its index: of the hash kind, which takes values of any size, where a
   * btree would refuse to let a session have a large one.
   */
  String createIndex(SessionTable table) {
    return "CREATE INDEX %s ON %s USING hash (%s)"
        .formatted(SessionTable.quote(indexName(table)), table.sqlName(), expression());
  }
}
