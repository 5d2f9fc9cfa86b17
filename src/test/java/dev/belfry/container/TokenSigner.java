package dev.belfry.container;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import jakarta.json.Json;
import jakarta.json.JsonObject;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.UUID;

/**
 * Makes tokens as MicroProfile JWT wants them, signed with RS256.
 *
 * @param keys never leave the test, but for the public one
 */
record TokenSigner(KeyPair keys) {

  private static final Duration AGE = Duration.ofHours(1);

  /** Signs with keys that nobody else has. */
  static TokenSigner create() throws GeneralSecurityException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
    generator.initialize(2048);
    return new TokenSigner(generator.generateKeyPair());
  }

  /** What a server needs to check the tokens: PEM. */
  String publicKey() {
    return "-----BEGIN PUBLIC KEY-----\n%s\n-----END PUBLIC KEY-----\n"
        .formatted(Base64.getMimeEncoder().encodeToString(keys.getPublic().getEncoded()));
  }

  /** A token that is like no other: it has an id of its own. */
  String token(String issuer, String subject, Instant expiry) throws GeneralSecurityException {
    JsonObject header = Json.createObjectBuilder().add("alg", "RS256").add("typ", "JWT").build();
    JsonObject claims =
        Json.createObjectBuilder()
            .add("iss", issuer)
            .add("sub", subject)
            .add("upn", subject + "@example.org")
            .add("groups", Json.createArrayBuilder().add("users"))
            .add("iat", expiry.minus(AGE).getEpochSecond())
            .add("exp", expiry.getEpochSecond())
            .add("jti", UUID.randomUUID().toString())
            .build();
    String signed = base64(header) + "." + base64(claims);
    Signature signature = Signature.getInstance("SHA256withRSA");
    signature.initSign(keys.getPrivate());
    signature.update(signed.getBytes(US_ASCII));
    return signed + "." + base64(signature.sign());
  }

  private static String base64(JsonObject json) {
    return base64(json.toString().getBytes(UTF_8));
  }

  private static String base64(byte[] bytes) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }
}
