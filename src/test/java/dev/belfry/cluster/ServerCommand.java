package dev.belfry.cluster;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Builds the command that runs an Open Liberty server in this process's child, in the foreground.
 */
final class ServerCommand {
  private ServerCommand() {}

  static ProcessBuilder build(Path install, String name, ServerDirectory directory, Jvm jvm) {
    List<String> arguments = new ArrayList<>();
    arguments.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    arguments.add("@" + install.resolve("lib/platform/java").resolve(moduleOptions()));
    arguments.add("-Xmx" + jvm.heap());
    jvm.properties().forEach((key, value) -> arguments.add("-D" + key + "=" + value));
    arguments.add("-jar");
    arguments.add(install.resolve("bin/tools/ws-server.jar").toString());
    arguments.add(name);

    // Not Liberty's "server" script: it would be one more process between us and the signal.
    ProcessBuilder command =
        new ProcessBuilder(arguments)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(directory.console().toFile()));
    Map<String, String> environment = command.environment();
    // What the user set for another Liberty must not redirect this one.
    environment
        .keySet()
        .removeIf(key -> key.startsWith("WLP_") || key.matches("(X_)?LOG_(DIR|FILE)"));
    environment.put("WLP_USER_DIR", directory.userDirectory().toString());
    environment.put("WLP_OUTPUT_DIR", directory.serversDirectory().toString());
    return command;
  }

  private static String moduleOptions() {
    return Runtime.version().feature() >= 24 ? "java24.options" : "java9.options";
  }
}
