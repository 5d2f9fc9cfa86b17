package dev.belfry.http;

import static dev.belfry.http.FakeExchange.post;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PipedInputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Bodies are read once by the filter, and once by the application. */
class RequestBodyTest {

  private static RequestBody.Limits limits(int bytes) {
    return new RequestBody.Limits(bytes, Duration.ofMinutes(1));
  }

  private static BufferedRequest buffered(String body) throws RefusedException {
    FakeExchange exchange = post(body);
    return new BufferedRequest(
        exchange.request(),
        RequestBody.read(exchange.request(), limits(1_000)),
        exchange.response(),
        () -> {});
  }

  private static void assertRefused(FakeExchange exchange, Refusal refusal) {
    assertThatExceptionOfType(RefusedException.class)
        .isThrownBy(() -> RequestBody.read(exchange.request(), limits(10)))
        .extracting(RefusedException::refusal)
        .isEqualTo(refusal);
  }

  @Test
  void largestBodyThatIsAllowedIsRead() throws Exception {
    assertThat(RequestBody.read(post("0123456789").request(), limits(10)).stream().readAllBytes())
        .asString(UTF_8)
        .isEqualTo("0123456789");
    assertRefused(post("01234567890"), Refusal.BODY_TOO_LARGE);
    assertRefused(post("0").contentLength(11), Refusal.BODY_TOO_LARGE);
  }

  @Test
  void bodyThatBreaksOffIsRefused() {
    PipedInputStream broken = new PipedInputStream(); // Nothing is at its other end.

    assertRefused(post("").body(broken), Refusal.BODY_INCOMPLETE);
  }

  @Test
  void bodyThatTricklesIsRefusedWhenItsTimeIsOver() {
    InputStream trickle =
        new InputStream() {
          @Override
          public int read() {
            return ' ';
          }

          @Override
          public int read(byte[] buffer, int offset, int length) {
            buffer[offset] = ' ';
            return 1;
          }
        };

    assertThatExceptionOfType(RefusedException.class)
        .isThrownBy(
            () ->
                RequestBody.read(
                    post("").body(trickle).request(),
                    new RequestBody.Limits(1 << 30, Duration.ofMillis(1))))
        .extracting(RefusedException::refusal)
        .isEqualTo(Refusal.BODY_TOO_SLOW);
  }

  @ParameterizedTest
  @ValueSource(strings = {"UTF-16", "ISO-8859-1", "no such", "", "utf-7"})
  void bodyInAnotherEncodingIsRefused(String encoding) {
    assertRefused(post("{}").encoding(encoding), Refusal.BODY_NOT_JSON);
  }

  @ParameterizedTest
  @ValueSource(strings = {"UTF-8", "utf-8", "us-ascii"})
  void encodingOfJsonIsAllowed(String encoding) throws Exception {
    assertThat(RequestBody.read(post("{}").encoding(encoding).request(), limits(10)).json())
        .isPresent();
  }

  @Test
  void applicationReadsTheBodyOnceAsAStreamOrAsText() throws Exception {
    BufferedRequest streamed = buffered("gr\u00fcn");
    assertThat(streamed.getInputStream().readAllBytes()).asString(UTF_8).isEqualTo("gr\u00fcn");
    assertThat(streamed.getInputStream().read()).isNegative();
    assertThat(streamed.getInputStream().isFinished()).isTrue();
    assertThat(buffered("gr\u00fcn").getReader().readLine()).isEqualTo("gr\u00fcn");
  }

  @Test
  void listenerIsToldOfTheWholeBodyAtOnce() throws Exception {
    List<String> told = new ArrayList<>();
    ServletInputStream input = buffered("body").getInputStream();

    input.setReadListener(
        new ReadListener() {
          @Override
          public void onDataAvailable() throws IOException {
            assertThat(input.isReady()).isTrue();
            told.add(new String(input.readAllBytes(), UTF_8));
          }

          @Override
          public void onAllDataRead() {
            told.add("end");
          }

          @Override
          public void onError(Throwable failure) {
            told.add(failure.getMessage());
          }
        });

    assertThat(told).containsExactly("body", "end");
  }

  @Test
  void failureOfAListenerIsItsOwn() throws Exception {
    List<String> told = new ArrayList<>();
    buffered("body")
        .getInputStream()
        .setReadListener(
            new ReadListener() {
              @Override
              public void onDataAvailable() throws IOException {
                throw new IOException("broken");
              }

              @Override
              public void onAllDataRead() {
                told.add("end");
              }

              @Override
              public void onError(Throwable failure) {
                told.add(failure.getMessage());
              }
            });

    assertThat(told).containsExactly("broken");
  }

  @Test
  void asynchronousProcessingGoesOnWithTheBody() throws Exception {
    FakeExchange exchange = post("body");
    AtomicInteger begun = new AtomicInteger();
    BufferedRequest request =
        new BufferedRequest(
            exchange.request(),
            RequestBody.read(exchange.request(), limits(1_000)),
            exchange.response(),
            begun::incrementAndGet);

    request.startAsync();

    assertThat(begun).hasValue(1);
    assertThat(exchange.asyncRequest().getInputStream().readAllBytes())
        .asString(UTF_8)
        .isEqualTo("body");
  }
}
