package dev.belfry.postgres;

import dev.belfry.config.BelfrySettings.EncryptionKey;
import java.security.SecureRandom;
import java.util.List;
import java.util.Optional;

/** Sessions whose states the database cannot read keep the same contracts. */
class EncryptedSessionsTest extends PostgresSessionContracts {

  private static final EncryptionKey KEY = key();

  @Override
  SessionCodec codec() {
    return new SessionCodec(false, Optional.of(new StateCipher(List.of(KEY))));
  }

  private static EncryptionKey key() {
    byte[] bytes = new byte[32];
    new SecureRandom().nextBytes(bytes);
    return new EncryptionKey("k1", bytes);
  }
}
