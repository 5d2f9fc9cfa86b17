package dev.belfry.postgres;

import static java.util.Objects.requireNonNull;

/** What became of one request among several: each has its own. */
sealed interface Outcome<A> {

  /**
   * The answer.
   *
   * @throws RuntimeException why there is none; an Error too
   */
  A get();

  /** The request was answered. */
  record Answer<A>(A value) implements Outcome<A> {
    public Answer {
      requireNonNull(value, "value");
    }

    @Override
    public A get() {
      return value;
    }
  }

  /** The request failed. */
  record Failure<A>(RuntimeException reason) implements Outcome<A> {
    public Failure {
      requireNonNull(reason, "reason");
    }

    @Override
    public A get() {
      throw reason;
    }
  }

  /** The virtual machine failed, for instance for want of memory. */
  record Fatal<A>(Error reason) implements Outcome<A> {
    public Fatal {
      requireNonNull(reason, "reason");
    }

    @Override
    public A get() {
      throw reason;
    }
  }
}
