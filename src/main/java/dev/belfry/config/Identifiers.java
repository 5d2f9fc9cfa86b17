package dev.belfry.config;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.regex.Pattern;

/**
 * Names that come from configuration, most of them of database objects. They are narrower than
 * PostgreSQL allows: what a name cannot hold cannot be injected, whatever is made of it later.
 */
final class Identifiers {

  static final String NAME_RULE =
      "1 to 63 bytes of letters, digits and underscores, not beginning with a digit";
  static final String TABLE_RULE =
      "1 to 40 bytes of letters, digits and underscores, not beginning with a digit";
  static final String CHANNEL_RULE =
      "1 to 56 bytes of letters, digits and the characters _ - . : not beginning with a digit";

  static final String JNDI_RULE =
      "a JNDI name of letters, digits and the characters _ . / -, perhaps after java:";

  /** PostgreSQL's NAMEDATALEN less the end mark; longer names are cut, not refused, by LISTEN. */
  private static final int MAX_BYTES = 63;

  /** Names of indexes and of the history table are made of a table's name, and must fit too. */
  private static final int MAX_TABLE_BYTES = 40;

  /** Belfry has a second channel, whose name is this one's and a prefix. */
  private static final int MAX_CHANNEL_BYTES = 56;

  /** An index is declared by a JSON pointer, and named in messages by it. */
  private static final int MAX_POINTER_BYTES = 100;

  private static final Pattern NAME = Pattern.compile("[\\p{L}_][\\p{L}\\p{Nd}_]*");
  private static final Pattern CHANNEL = Pattern.compile("[\\p{L}_][\\p{L}\\p{Nd}_.:-]*");

  /** Without a colon after the beginning there is no other scheme: no ldap:, no rmi:. */
  private static final Pattern JNDI_NAME = Pattern.compile("(java:)?[\\p{L}\\p{Nd}_./-]+");

  /** Without ~ there is nothing to unescape (RFC 6901, section 4). */
  private static final Pattern POINTER = Pattern.compile("(/(?!-|0\\d)[A-Za-z0-9_.-]{1,64})+");

  private static final Pattern KEY_NAME = Pattern.compile("[A-Za-z0-9_-]{1,32}");

  private Identifiers() {}

  static boolean isJndiName(String name) {
    return JNDI_NAME.matcher(name).matches();
  }

  static boolean isName(String name) {
    return fits(name, MAX_BYTES) && NAME.matcher(name).matches();
  }

  static boolean isTable(String name) {
    return fits(name, MAX_TABLE_BYTES) && NAME.matcher(name).matches();
  }

  static boolean isChannel(String name) {
    return fits(name, MAX_CHANNEL_BYTES) && CHANNEL.matcher(name).matches();
  }

  static boolean isPointer(String pointer) {
    return fits(pointer, MAX_POINTER_BYTES) && POINTER.matcher(pointer).matches();
  }

  static boolean isKeyName(String name) {
    return KEY_NAME.matcher(name).matches();
  }

  private static boolean fits(String name, int maxBytes) {
    return name.getBytes(UTF_8).length <= maxBytes;
  }
}
