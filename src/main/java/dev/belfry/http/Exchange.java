package dev.belfry.http;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Optional;

/** One request and how to answer it. */
record Exchange(HttpServletRequest request, HttpServletResponse response, FilterChain chain) {

  String method() {
    return request.getMethod();
  }

  Optional<String> sessionId() {
    return Headers.value(request, SessionFilter.SESSION_ID);
  }

  /** Has the application answer; nothing has been read of the request. */
  void passOn() throws IOException, ServletException {
    chain.doFilter(request, response);
  }

  /** Has the application answer, for which the body is there again. */
  void passOn(RequestBody body) throws IOException, ServletException {
    chain.doFilter(new BufferedRequest(request, body, response, () -> {}), response);
  }
}
