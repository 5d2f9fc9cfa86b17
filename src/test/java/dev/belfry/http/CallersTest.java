package dev.belfry.http;

import static dev.belfry.http.FakeExchange.post;
import static org.assertj.core.api.Assertions.assertThat;

import java.security.Principal;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.eclipse.microprofile.jwt.JsonWebToken;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who the filter takes callers for, and whom it serves. */
class CallersTest {

  private final Callers callers = new ContainerCallers();

  private Caller of(FakeExchange exchange) {
    return callers.of(exchange.request());
  }

  private static FakeExchange get() {
    return new FakeExchange("GET");
  }

  /** As a container has it that has checked the token. */
  private record Token(Map<String, Object> claims) implements JsonWebToken {
    @Override
    public String getName() {
      return "name";
    }

    @Override
    public Set<String> getClaimNames() {
      return claims.keySet();
    }

    @Override
    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"}) // As the interface has it.
    public <T> T getClaim(String claimName) {
      return (T) claims.get(claimName);
    }
  }

  private static Caller token(String issuer, String subject) {
    return new ContainerCallers()
        .of(get().principal(new Token(Map.of("iss", issuer, "sub", subject))).request());
  }

  @Test
  void callerWithoutCredentialIsAnonymous() {
    assertThat(of(get())).isEqualTo(Caller.ANONYMOUS);
    assertThat(of(get().header("Authorization", "Basic YTpi"))).isEqualTo(Caller.ANONYMOUS);
    assertThat(of(get().header("Authorization", "Bearer  "))).isEqualTo(Caller.ANONYMOUS);
    assertThat(of(get().header("X-API-Key", " "))).isEqualTo(Caller.ANONYMOUS);
  }

  @Test
  void credentialIsHashedAsTheOriginalDoes() {
    String hash = "2bd806c97f0e00af1a1fc3328fa763a9269723c8db8fac4f93af71db186d6e90"; // alice

    assertThat(of(get().header("Authorization", "Bearer alice")).userId()).isEqualTo(hash);
    assertThat(of(get().header("Authorization", "bearer alice ")).userId()).isEqualTo(hash);
    assertThat(of(get().header("X-API-Key", "alice")).userId()).isEqualTo(hash);
  }

  @Test
  void principalIsTheOwnerWhateverTheToken() {
    Principal alice = () -> "alice";
    Caller caller = of(get().principal(alice).header("Authorization", "Bearer one"));

    assertThat(of(get().principal(alice).header("Authorization", "Bearer two"))).isEqualTo(caller);
    assertThat(caller.userId())
        .isEqualTo(OwnerHash.of("principal\nalice"))
        .isNotEqualTo(OwnerHash.of("alice"));
    assertThat(caller.credentialExpiry()).isEmpty();
  }

  @Test
  void refreshedTokenOfTheSameSubjectIsTheSameOwner() {
    Caller first = expiring(1_000);
    Caller second = expiring(2_000);

    assertThat(first.userId()).isEqualTo(second.userId());
    assertThat(first.credentialExpiry()).contains(Instant.ofEpochSecond(1_000));
    assertThat(second.credentialExpiry()).contains(Instant.ofEpochSecond(2_000));
  }

  private Caller expiring(long seconds) {
    return of(
        get().principal(new Token(Map.of("iss", "https://i", "sub", "alice", "exp", seconds))));
  }

  @Test
  void subjectsOfDifferentIssuersAreDifferentOwners() {
    assertThat(
            List.of(
                token("https://i", "alice").userId(),
                token("https://j", "alice").userId(),
                token("https://i", "bob").userId(),
                token("https://i\nalice", "bob").userId(),
                token("https://i", "alice\nbob").userId()))
        .doesNotHaveDuplicates();
  }

  @ParameterizedTest
  @ValueSource(strings = {"iss", "sub"})
  void tokenThatDoesNotSayWhoseItIsIsAPrincipalAsAnyOther(String missing) {
    Map<String, Object> claims = new HashMap<>(Map.of("iss", "https://i", "sub", "alice"));
    claims.remove(missing);

    assertThat(of(get().principal(new Token(claims))).userId())
        .isEqualTo(OwnerHash.of("principal\nname"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"GET", "POST", "DELETE", "PUT", "HEAD"})
  void anonymousCallersGetNothingIfTheyAreRefused(String method) throws Exception {
    try (FilterUnderTest filter = new FilterUnderTest(Map.of("belfry.http.anonymous", "refuse"))) {
      FakeExchange answered = filter.answer(new FakeExchange(method));

      assertThat(answered.status()).isEqualTo(401);
      assertThat(answered.responseHeader("WWW-Authenticate")).contains("Bearer");
      assertThat(answered.errorCode()).isEqualTo(-32600);
      assertThat(filter.passedOn).isEmpty();

      filter.answer(new FakeExchange(method).header("Authorization", "Bearer alice"));
      filter.answer(new FakeExchange("OPTIONS"));
      assertThat(filter.createdIds()).isEmpty();
      assertThat(filter.passedOn).isNotEmpty();
    }
  }

  @Test
  void anonymousCallersBodyIsNotRead() throws Exception {
    try (FilterUnderTest filter = new FilterUnderTest(Map.of("belfry.http.anonymous", "refuse"))) {
      assertThat(filter.answer(post("{\"method\":\"initialize\"}")).bytesRead()).isZero();
    }
  }

  @Test
  void expiredCredentialIsRefused() throws Exception {
    Callers expired = request -> new Caller("alice", Optional.of(Instant.EPOCH));
    try (FilterUnderTest filter = new FilterUnderTest(Map.of(), expired)) {
      FakeExchange answered = filter.answer(post("{\"method\":\"initialize\"}"));

      assertThat(answered.status()).isEqualTo(401);
      assertThat(answered.responseHeader("WWW-Authenticate"))
          .contains("Bearer error=\"invalid_token\"");
      assertThat(filter.createdIds()).isEmpty();
    }
  }

  @Test
  void credentialThatIsStillGoodIsServed() throws Exception {
    Callers good = request -> new Caller("alice", Optional.of(Instant.MAX));
    try (FilterUnderTest filter = new FilterUnderTest(Map.of(), good)) {
      filter.answer(post("{\"id\":1,\"method\":\"initialize\"}"));

      assertThat(filter.created().userId()).isEqualTo("alice");
    }
  }
}
