package dev.belfry.postgres;

/** An encrypted state cannot be decrypted. The message goes on where "cannot be read" ends. */
class DecryptionException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  DecryptionException(String message) {
    super(message);
  }

  DecryptionException(String message, Throwable cause) {
    super(message, cause);
  }
}
