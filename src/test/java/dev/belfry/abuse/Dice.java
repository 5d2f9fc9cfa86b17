package dev.belfry.abuse;

import java.util.List;
import java.util.Random;

/** Choices that a seed repeats. For one thread. */
final class Dice {

  private final Random random;

  Dice(long seed) {
    this.random = new Random(seed);
  }

  /** Whether one of so many throws succeeds. */
  boolean oneIn(int throwsNeeded) {
    return random.nextInt(throwsNeeded) == 0;
  }

  /** From 0 up to, not including, the bound. */
  int below(int bound) {
    return random.nextInt(bound);
  }

  @SafeVarargs
  @SuppressWarnings("varargs") // Only read.
  final <T> T pick(T... choices) {
    return choices[random.nextInt(choices.length)];
  }

  <T> T pick(List<T> choices) {
    return choices.get(random.nextInt(choices.size()));
  }

  /** Text that nothing else contains, to be found again where it does not belong. */
  String marker(String prefix) {
    return prefix + Long.toHexString(random.nextLong() | Long.MIN_VALUE);
  }
}
