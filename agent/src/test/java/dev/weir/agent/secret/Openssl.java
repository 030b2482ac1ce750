// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.secret;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.weir.agent.config.WeirConfig;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/// A certificate, its key and a token in files of a directory, made with the commands that docs/http.md tells.
public record Openssl(Path directory) {
    /// Makes all three.
    public static Openssl in(Path directory) {
        Openssl made = new Openssl(directory);
        made.certify();
        made.token(directory.resolve("token"));
        return made;
    }

    public Path certificate() {
        return directory.resolve("tls.crt");
    }

    public Path key() {
        return directory.resolve("tls.key");
    }

    public Path token() {
        return directory.resolve("token");
    }

    /// Makes another certificate, with another key, in the place of those that there are.
    public void certify() {
        Path crt = directory.resolve("new.crt");
        Path key = directory.resolve("new.key");
        run("req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj /CN=weir"
                + " -addext subjectAltName=IP:127.0.0.1,DNS:localhost -keyout " + key + " -out " + crt);
        replace(key, key());
        replace(crt, certificate());
    }

    private void token(Path file) {
        run("rand -hex -out " + file + " 32");
        permit(file, "rw-------");
    }

    /// Makes another token, in the place of the one that there is.
    public void retoken() {
        token(directory.resolve("new.token"));
        replace(directory.resolve("new.token"), token());
    }

    /// What is in the token's file, as a header shows it.
    public String credentials() {
        try {
            return "Bearer " + Files.readString(token()).strip();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// What `weir.yaml` says of them.
    public String yaml() {
        return "tls: {certificate: %s, key: %s}\ntoken-file: %s\n".formatted(certificate(), key(), token());
    }

    /// A configuration of an agent on a free port.
    ///
    /// @param tls whether through TLS
    /// @param token whether with the token
    public WeirConfig config(boolean tls, boolean token) {
        WeirConfig usual = WeirConfig.DEFAULT.withListen(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        return new WeirConfig(
                usual.policies(),
                usual.listen(),
                tls ? new WeirConfig.Tls(certificate().toString(), key().toString()) : usual.tls(),
                token ? token().toString() : "",
                usual.bpffs(),
                usual.vantages(),
                usual.hook(),
                usual.unselected(),
                usual.otherL2(),
                usual.spoofGuard(),
                usual.namespaces(),
                usual.ipfix(),
                usual.flows());
    }

    /// For clients that trust the certificate that is there now, and no other.
    public SSLContext trust() throws IOException, GeneralSecurityException {
        KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, null);
        try (InputStream in = Files.newInputStream(certificate())) {
            store.setCertificateEntry(
                    "weir", CertificateFactory.getInstance("X.509").generateCertificate(in));
        }
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(store);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, factory.getTrustManagers(), null);
        return context;
    }

    /// Runs `openssl`; no argument has a space.
    public static void run(String arguments) {
        List<String> command = new ArrayList<>(List.of("openssl"));
        command.addAll(List.of(arguments.split(" ")));
        try {
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            process.getOutputStream().close();
            boolean ended = process.waitFor(60, TimeUnit.SECONDS);
            assertEquals(0, ended ? process.exitValue() : -1, "openssl " + arguments);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    public static void permit(Path file, String permissions) {
        try {
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(permissions));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void replace(Path by, Path file) {
        try {
            Files.move(by, file, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
