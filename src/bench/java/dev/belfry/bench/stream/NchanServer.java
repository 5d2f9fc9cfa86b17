package dev.belfry.bench.stream;

import dev.belfry.bench.measure.BenchException;
import dev.belfry.bench.measure.ProcessorTime;
import dev.belfry.bench.measure.Program;
import dev.belfry.cluster.Ports;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** nginx with nchan, with a worker for each processor. What is published is in memory only. */
final class NchanServer implements FanoutServer {
  private static final Path MODULE = Path.of("/usr/lib/nginx/modules/ngx_nchan_module.so");
  private static final String CONFIGURATION =
      """
      load_module %1$s;
      daemon off;
      worker_processes %4$d;
      worker_rlimit_nofile 20000;
      error_log stderr error;
      pid %2$s/nginx.pid;
      events { worker_connections 20000; }
      http {
        access_log off;
        client_body_temp_path %2$s/body;
        proxy_temp_path %2$s/proxy;
        fastcgi_temp_path %2$s/fastcgi;
        uwsgi_temp_path %2$s/uwsgi;
        scgi_temp_path %2$s/scgi;
        nchan_shared_memory_size 1G;
        server {
          listen 127.0.0.1:%3$d backlog=4096;
          location = /publish {
            nchan_publisher;
            nchan_channel_id bench;
            nchan_message_buffer_length 100000;
            nchan_message_timeout 10m;
          }
          location = /stream {
            nchan_subscriber eventsource;
            nchan_channel_id bench;
            nchan_subscriber_first_message newest;
          }
        }
      }
      """;

  private final int port = Ports.free(1).get(0);
  private final Program program;

  private NchanServer(Path nginx, Path directory) {
    Path configuration = directory.resolve("nginx.conf");
    try {
      Files.createDirectories(directory);
      // Of those that are ours: nginx would count all that the machine has.
      int processors = Runtime.getRuntime().availableProcessors();
      Files.writeString(
          configuration, CONFIGURATION.formatted(MODULE, directory, port, processors));
    } catch (IOException failure) {
      throw new BenchException("nginx cannot be configured: " + failure, failure);
    }
    program =
        Program.start(
            List.of(nginx.toString(), "-p", directory.toString(), "-c", configuration.toString()),
            directory);
    program.awaitPort(port);
  }

  /** Empty if nginx or nchan is not installed. */
  static Optional<NchanServer> start(Path directory) {
    return Program.find("nginx")
        .filter(nginx -> Files.isReadable(MODULE))
        .map(nginx -> new NchanServer(nginx, directory));
  }

  @Override
  public URI events() {
    return URI.create("http://127.0.0.1:%d/publish".formatted(port));
  }

  @Override
  public URI stream() {
    return URI.create("http://127.0.0.1:%d/stream".formatted(port));
  }

  @Override
  public Duration processorTime() {
    return ProcessorTime.ofFamily(program.pid());
  }

  @Override
  public void close() {
    program.close();
  }
}
