package dev.belfry.conformance;

import static java.nio.charset.StandardCharsets.UTF_8;

import jakarta.json.JsonString;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.Optional;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** What a server has a client remember for it, signed: any replica can check it. */
final class RequestState {

  /** Known to everybody who reads this: what is signed here is worth nothing. */
  private static final byte[] KEY = "the key of a fixture".getBytes(UTF_8);

  private static final String ALGORITHM = "HmacSHA256";
  private static final String SEPARATOR = ".";

  private RequestState() {}

  static String sign(String what) {
    return what + SEPARATOR + Base64.getUrlEncoder().withoutPadding().encodeToString(mac(what));
  }

  /**
   * What the client was to remember; empty if there is nothing.
   *
   * @throws RpcException if it is not what it was given
   */
  static Optional<String> of(Call call) {
    return Optional.ofNullable(call.params().get("requestState"))
        .map(value -> value instanceof JsonString text ? verified(text.getString()) : invalid());
  }

  private static String verified(String signed) {
    int separator = signed.lastIndexOf(SEPARATOR);
    String what = signed.substring(0, Math.max(separator, 0));
    return MessageDigest.isEqual(sign(what).getBytes(UTF_8), signed.getBytes(UTF_8))
        ? what
        : invalid();
  }

  private static String invalid() {
    throw RpcException.invalidParams("requestState is not what the server gave");
  }

  private static byte[] mac(String what) {
    try {
      Mac mac = Mac.getInstance(ALGORITHM);
      mac.init(new SecretKeySpec(KEY, ALGORITHM));
      return mac.doFinal(what.getBytes(UTF_8));
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException("Every Java platform has " + ALGORITHM, impossible);
    }
  }
}
