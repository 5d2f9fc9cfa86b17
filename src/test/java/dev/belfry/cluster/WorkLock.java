package dev.belfry.cluster;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Keeps a second cluster out of a work directory: it would delete the servers of the first. The
 * operating system gives the lock back if this process dies.
 */
final class WorkLock implements AutoCloseable {
  private final FileChannel channel;

  private WorkLock(FileChannel channel) {
    this.channel = channel;
  }

  static WorkLock acquire(Path work) {
    try {
      Files.createDirectories(work);
      FileChannel channel =
          FileChannel.open(
              work.resolve("cluster.lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      if (isLocked(channel)) {
        return new WorkLock(channel);
      }
      channel.close();
    } catch (IOException e) {
      throw new ClusterException("Cannot use " + work + ": " + e, e);
    }
    throw new ClusterException(
        "Another cluster, of the demo or of a test, is running in " + work + ". Stop it first.");
  }

  private static boolean isLocked(FileChannel channel) throws IOException {
    try {
      return channel.tryLock() != null;
    } catch (OverlappingFileLockException ignored) {
      // The other cluster is one of this process.
      return false;
    }
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw new ClusterException("Cannot unlock the work directory: " + e, e);
    }
  }
}
