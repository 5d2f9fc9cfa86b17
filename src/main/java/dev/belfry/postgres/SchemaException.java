package dev.belfry.postgres;

/**
 * The database's schema is not what Belfry needs. The message names what is missing or different.
 */
public class SchemaException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public SchemaException(String message) {
    super(message);
  }

  public SchemaException(String message, Throwable cause) {
    super(message, cause);
  }
}
