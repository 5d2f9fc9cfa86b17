package dev.belfry.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.belfry.session.SessionStore.Touched;
import java.lang.reflect.Proxy;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** A store that touches sessions, and remembers what it was asked. */
final class TouchLog {

  private final List<List<String>> calls = new CopyOnWriteArrayList<>();

  /** Sessions that somebody is changing. */
  private final Set<String> busy = ConcurrentHashMap.newKeySet();

  private final Set<String> gone = ConcurrentHashMap.newKeySet();
  private volatile Runnable beforeTouch = () -> {};

  SessionStore store() {
    return (SessionStore)
        Proxy.newProxyInstance(
            SessionStore.class.getClassLoader(),
            new Class<?>[] {SessionStore.class},
            (proxy, method, arguments) -> {
              assertThat(method.getName()).isEqualTo("touchAll");
              Collection<?> ids = (Collection<?>) arguments[0];
              return touchAll(ids.stream().map(String.class::cast).toList());
            });
  }

  private Touched touchAll(List<String> ids) {
    calls.add(ids);
    beforeTouch.run();
    Set<String> touched = new HashSet<>(ids);
    touched.removeAll(busy);
    touched.removeAll(gone);
    Set<String> dead = new HashSet<>(ids);
    dead.retainAll(gone);
    return new Touched(touched, dead);
  }

  /** The ids of every call so far. */
  List<List<String>> calls() {
    return calls;
  }

  List<String> ids() {
    return calls.stream().flatMap(List::stream).toList();
  }

  Set<String> busy() {
    return busy;
  }

  Set<String> gone() {
    return gone;
  }

  /** Does something in every call, before anything is touched; it may throw. */
  void beforeTouch(Runnable action) {
    beforeTouch = action;
  }
}
