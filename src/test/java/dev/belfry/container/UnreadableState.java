package dev.belfry.container;

import dev.belfry.http.SessionState;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.util.List;

/** An application's bean that takes a session's state, which is an object, for a list. */
@ApplicationScoped
public class UnreadableState {

  @Inject private SessionState<List<String>> list;

  /** What it is. */
  public String read() {
    return list.get().toString();
  }
}
