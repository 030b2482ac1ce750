// SPDX-License-Identifier: Apache-2.0
package dev.weir.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// Namespaces and devices of one test, made with `ip` and deleted with it.
final class TestNet implements AutoCloseable {
    private final List<String> namespaces = new ArrayList<>();
    private final List<String> devices = new ArrayList<>();

    /// A namespace with its loopback up.
    void namespace(String name) {
        namespaces.add(name);
        ip("netns add " + name);
        ip("-n " + name + " link set lo up");
    }

    /// A veth pair: `device` here, `eth0` in `namespace`; both up. Neither gets an address by itself: that it
    /// is tried would be told up to two seconds later.
    void veth(String device, String namespace) {
        devices.add(device);
        ip("link add name " + device + " type veth peer name eth0 netns " + namespace);
        ip("link set " + device + " addrgenmode none");
        ip("-n " + namespace + " link set eth0 addrgenmode none");
        ip("link set " + device + " up");
        ip("-n " + namespace + " link set eth0 up");
    }

    void bridge(String device) {
        devices.add(device);
        ip("link add name " + device + " type bridge");
    }

    static String ip(String arguments) {
        return run(
                Stream.concat(Stream.of("ip"), Stream.of(arguments.split(" "))).toList());
    }

    static String run(List<String> command) {
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertEquals(0, process.waitFor(), () -> command + ": " + output);
            return output;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /// The first value of `key` in JSON that `ip -j` wrote.
    static String json(String output, String key) {
        Matcher matcher = Pattern.compile('"' + key + "\":\"?([^,\"}]*)").matcher(output);
        assertTrue(matcher.find(), () -> key + " in " + output);
        return matcher.group(1);
    }

    static Path file(String namespace) {
        return Path.of("/run/netns", namespace);
    }

    /// How many sockets, events and namespaces this process holds. Files and pipes are the JVM's own, which opens
    /// classes and reaps processes when it likes.
    static long descriptors() {
        try (Stream<Path> files = Files.list(Path.of("/proc/self/fd"))) {
            return files.map(TestNet::target)
                    .filter(target -> target.matches("(socket:|net:|anon_inode:.eventfd|/run/netns/|/proc/).*"))
                    .count();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String target(Path descriptor) {
        try {
            return Files.readSymbolicLink(descriptor).toString();
        } catch (IOException e) {
            return "closed since the directory was read";
        }
    }

    @Override
    public void close() throws IOException {
        for (String device : devices) {
            if (Files.exists(Path.of("/proc/sys/net/ipv4/conf", device))) {
                ip("link del " + device);
            }
        }
        for (String namespace : namespaces) {
            if (Files.exists(file(namespace))) {
                ip("netns del " + namespace);
            }
        }
    }
}
