package dev.belfry.sse;

import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;

/**
 * Frames that wait, bounded in number and size; a single one may have any size. Not thread-safe.
 */
final class FrameQueue {

  /**
   * How much may wait.
   *
   * @param frames how many
   * @param bytes how many in all
   */
  record Limits(int frames, long bytes) {}

  private final Limits limits;
  private final Queue<byte[]> frames = new ArrayDeque<>();
  private long bytes;

  FrameQueue(Limits limits) {
    this.limits = limits;
  }

  /** Adds a frame if there is room for it. */
  boolean offer(byte[] frame) {
    boolean room = frames.isEmpty() || hasRoom(1, frame.length);
    if (room) {
      add(frame);
    }
    return room;
  }

  /** Whether there is room for all of them and for as much again. */
  boolean hasRoomTwice(List<EventFrame> more) {
    long moreBytes = more.stream().mapToLong(frame -> frame.bytes().length).sum();
    return hasRoom(2 * more.size(), 2 * moreBytes);
  }

  private boolean hasRoom(int moreFrames, long moreBytes) {
    return frames.size() + moreFrames <= limits.frames() && bytes + moreBytes <= limits.bytes();
  }

  /** Adds a frame in any case. */
  void add(byte[] frame) {
    frames.add(frame);
    bytes += frame.length;
  }

  byte[] remove() {
    byte[] frame = frames.remove();
    bytes -= frame.length;
    return frame;
  }

  boolean isEmpty() {
    return frames.isEmpty();
  }

  void clear() {
    frames.clear();
    bytes = 0;
  }
}
