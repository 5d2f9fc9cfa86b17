package dev.belfry.postgres;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Base64;
import org.postgresql.ds.PGSimpleDataSource;

/** A PostgreSQL of its own that talks TLS, with a certificate made for this occasion. */
final class TlsDatabase implements AutoCloseable {

  private static final char[] PASSWORD = "changeit".toCharArray();

  private final EmbeddedPostgres postgres;

  TlsDatabase(Path directory) throws IOException, GeneralSecurityException, InterruptedException {
    Path store = directory.resolve("server.p12");
    makeKey(store);
    KeyStore keys = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(store)) {
      keys.load(in, PASSWORD);
    }
    Path certificate = directory.resolve("server.crt");
    Path key = directory.resolve("server.key");
    write(certificate, "CERTIFICATE", keys.getCertificate("server").getEncoded());
    write(key, "PRIVATE KEY", keys.getKey("server", PASSWORD).getEncoded());
    this.postgres =
        EmbeddedPostgres.builder()
            .setServerConfig("ssl", "on")
            .setServerConfig("ssl_cert_file", certificate.toString())
            .setServerConfig("ssl_key_file", key.toString())
            .start();
  }

  private static void makeKey(Path store) throws IOException, InterruptedException {
    Process keytool =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                "server",
                "-keyalg",
                "EC",
                "-dname",
                "CN=localhost",
                "-storetype",
                "PKCS12",
                "-storepass",
                new String(PASSWORD),
                "-keystore",
                store.toString())
            .redirectErrorStream(true)
            .start();
    String output = new String(keytool.getInputStream().readAllBytes(), UTF_8);
    if (keytool.waitFor() != 0) {
      throw new IOException("keytool: " + output);
    }
  }

  private static void write(Path file, String type, byte[] encoded) throws IOException {
    String text =
        "-----BEGIN %1$s-----\n%2$s\n-----END %1$s-----\n"
            .formatted(type, Base64.getMimeEncoder().encodeToString(encoded));
    Files.createFile(
        file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    Files.writeString(file, text);
  }

  PGSimpleDataSource dataSource() {
    PGSimpleDataSource dataSource = new PGSimpleDataSource();
    dataSource.setServerNames(new String[] {"127.0.0.1"});
    dataSource.setPortNumbers(new int[] {postgres.getPort()});
    dataSource.setUser("postgres");
    dataSource.setDatabaseName("postgres");
    dataSource.setSslMode("require");
    return dataSource;
  }

  @Override
  public void close() throws IOException {
    postgres.close();
  }
}
