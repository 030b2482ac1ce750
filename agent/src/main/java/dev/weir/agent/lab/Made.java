// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.lab;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.weir.agent.view.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// A thing in the kernel that a command has made. Who made it is written on it, as the alias of a device (that of
/// `lo` for a namespace), so that another process can tell it from what others have made under the same name.
sealed interface Made {
    /// Whose it is: the mark that is on it, or nothing where there is none; empty when there is no such thing.
    Optional<String> mark();

    /// The command that removes it.
    String removal();

    /// A named namespace.
    record Namespace(String name) implements Made {
        @Override
        public Optional<String> mark() {
            return Files.exists(Path.of("/run/netns", name), LinkOption.NOFOLLOW_LINKS)
                    ? alias("-n", name, "link", "show", "dev", "lo").or(() -> Optional.of(""))
                    : Optional.empty();
        }

        @Override
        public String removal() {
            return "ip netns del " + name;
        }

        @Override
        public String toString() {
            return "namespace " + name;
        }
    }

    /// A device of this host.
    record Device(String name) implements Made {
        @Override
        public Optional<String> mark() {
            return alias("link", "show", "dev", name);
        }

        @Override
        public String removal() {
            return "ip link del " + name;
        }

        @Override
        public String toString() {
            return "device " + name;
        }
    }

    /// A device inside a named namespace that would outlive it: a process holds it.
    record Inner(String namespace, String name) implements Made {
        @Override
        public Optional<String> mark() {
            return alias("-n", namespace, "link", "show", "dev", name);
        }

        @Override
        public String removal() {
            return "ip -n %s link del %s".formatted(namespace, name);
        }

        @Override
        public String toString() {
            return "device %s in namespace %s".formatted(name, namespace);
        }
    }

    /// A table of nftables, of the family `ip`. Its name is its mark.
    record Table(String name) implements Made {
        @Override
        public Optional<String> mark() {
            return Shell.attempt(List.of("nft", "list", "table", "ip", name)).status() == 0
                    ? Optional.of(name)
                    : Optional.empty();
        }

        @Override
        public String removal() {
            return "nft delete table ip " + name;
        }

        @Override
        public String toString() {
            return "nftables table " + name;
        }
    }

    /// A rule of policy routing.
    ///
    /// @param number its priority, the mark of packets that it selects, and the table that they are looked up in
    /// @param owner who made it; the kernel does not say that, but nobody else has a rule with just these numbers
    record Rule(int number, String owner) implements Made {
        String selector() {
            return "priority %1$d fwmark %1$d lookup %1$d".formatted(number);
        }

        @Override
        public Optional<String> mark() {
            String listed = Shell.attempt(List.of(("ip rule list " + selector()).split(" ")))
                    .output();
            return listed.isBlank() ? Optional.empty() : Optional.of(owner);
        }

        @Override
        public String removal() {
            return "ip rule del " + selector();
        }

        @Override
        public String toString() {
            return "routing rule " + number;
        }
    }

    /// What `ip -j link show` says of one device.
    record Link(@Nullable String ifalias) {}

    /// The alias of a device, or nothing if it has none; empty when there is no such device.
    private static Optional<String> alias(String... words) {
        Shell.Result result = Shell.attempt(List.of(("ip -j " + String.join(" ", words)).split(" ")));
        if (result.status() != 0) {
            return Optional.empty();
        }
        try {
            Link[] links = Json.read(result.output().getBytes(UTF_8), Link[].class);
            String alias = links.length == 0 ? null : links[0].ifalias();
            return Optional.of(alias == null ? "" : alias);
        } catch (IOException e) {
            throw new UncheckedIOException("read what `ip -j link show` says", e);
        }
    }
}
