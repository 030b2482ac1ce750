// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.config;

import dev.weir.abi.IpAddress;
import dev.weir.abi.Verdict;
import dev.weir.policy.Cidr;
import dev.weir.policy.Glob;
import dev.weir.policy.Holder;
import dev.weir.policy.Target;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// All that weir.yaml may say.
/// @param policies directory of the policy files
/// @param listen where HTTP is served; see [ListenAddress] and [#unserved]
/// @param tokenFile what clients must show is in it; empty: nothing
/// @param bpffs directory under which everything is pinned
/// @param vantages in which devices are judged: `host`, and names of namespaces, at most 16, each once
/// @param unselected verdict where no policy and no default decides
/// @param otherL2 verdict for ethertypes other than IP, ARP and VLAN
/// @param spoofGuard whether namespaces may send from nothing but what they hold; see also [#guards]
public record WeirConfig(
        Path policies,
        SocketAddress listen,
        Tls tls,
        String tokenFile,
        Path bpffs,
        List<String> vantages,
        Hook hook,
        Verdict unselected,
        Verdict otherL2,
        boolean spoofGuard,
        Namespaces namespaces,
        Ipfix ipfix,
        Flows flows) {
    /// Where the file is when nobody says otherwise; it may be absent.
    public static final Path DEFAULT_FILE = Path.of("/etc/weir/weir.yaml");

    /// What holds for every key that the file does not mention.
    public static final WeirConfig DEFAULT = new WeirConfig(
            Path.of("/etc/weir/policies"),
            ListenAddress.parse("127.0.0.1:9876"),
            new Tls("", ""),
            "",
            Path.of("/sys/fs/bpf/weir"),
            List.of("host"),
            Hook.TCX,
            Verdict.ALLOW,
            Verdict.ALLOW,
            true,
            new Namespaces(List.of(new Glob("*")), List.of(), Map.of(), Addresses.LEARNED, Map.of(), List.of()),
            new Ipfix(Collector.NONE, Transport.UDP, Duration.ofSeconds(60), Duration.ofSeconds(15), 1),
            new Flows(65536, 0, new Idle(Duration.ofHours(2), Duration.ofSeconds(60), Duration.ofSeconds(30))));

    /// Where packets that leave a namespace are judged first.
    public enum Hook {
        TCX,
        XDP
    }

    /// Who says which addresses a namespace holds.
    public enum Addresses {
        LEARNED,
        DECLARED
    }

    /// Files of the server's certificate and key, in PEM; empty: no TLS. A client needs only the former.
    public record Tls(String certificate, String key) {
        /// Whether HTTP is served, or asked for, through TLS.
        public boolean isOn() {
            return !certificate.isEmpty();
        }
    }

    /// Which namespaces are selected, and what is known about them.
    /// @param labels by namespace or glob, in the order of the file: keys and values
    /// @param addresses who says which addresses a namespace holds
    /// @param declared addresses by namespace; they count where `addresses` says so
    /// @param forwarders namespaces that carry traffic of others, and so are not guarded
    public record Namespaces(
            List<Glob> include,
            List<Glob> exclude,
            Map<String, Map<String, String>> labels,
            Addresses addresses,
            Map<String, List<IpAddress>> declared,
            List<String> forwarders) {
        // RFC 6890, RFC 5771, RFC 4291
        private static final List<Cidr> NO_HOSTS = List.of(
                new Cidr(IpAddress.parse("0.0.0.0"), 8),
                new Cidr(IpAddress.parse("127.0.0.0"), 8),
                new Cidr(IpAddress.parse("224.0.0.0"), 4),
                Cidr.of(IpAddress.parse("255.255.255.255")),
                new Cidr(IpAddress.parse("::"), 127),
                new Cidr(IpAddress.parse("ff00::"), 8));

        public Namespaces {
            include = List.copyOf(include);
            exclude = List.copyOf(exclude);
            labels = Collections.unmodifiableMap(new LinkedHashMap<>(labels));
            declared = Map.copyOf(declared);
            forwarders = List.copyOf(forwarders);
        }

        /// Whether an address is of those that a host can have: not unspecified, loopback, multicast or broadcast.
        public static boolean canHold(IpAddress address) {
            return NO_HOSTS.stream().noneMatch(block -> block.contains(address));
        }

        /// The labels of the namespace of this name. Where several entries give it one label, the last one holds.
        public Map<String, String> labels(String name) {
            Map<String, String> given = new HashMap<>();
            labels.forEach((glob, of) -> {
                if (new Glob(glob).matches(name)) {
                    given.putAll(of);
                }
            });
            return given;
        }

        /// The namespace of this name as a peer.
        public Holder holder(String name) {
            return new Holder.Namespace(name, labels(name));
        }

        /// What policies may select of a device.
        ///
        /// @param name of the namespace that it leads to; `device:NAME`, or `device:VANTAGE/NAME`, is itself
        /// @param device its name, perhaps behind that of its vantage; empty: it is not known
        public Target target(String name, String device) {
            return name.startsWith(Target.DEVICE_PREFIX)
                    ? Target.ofDevice(inVantage(name.substring(Target.DEVICE_PREFIX.length())))
                    : new Target(Optional.of(name), labels(name), inVantage(device));
        }

        /// A device's name without its vantage's.
        private static String inVantage(String device) {
            return device.substring(device.indexOf('/') + 1);
        }

        /// What a command is asked about: a namespace, one of its devices, or a device that leads to none.
        ///
        /// @param name of a namespace; null: `device` leads to none
        public Target asked(@Nullable String name, @Nullable String device) {
            String named = device == null ? "" : device;
            return target(name == null ? Target.DEVICE_PREFIX + named : name, named);
        }

        /// Whether a namespace of this name is the agent's business.
        public boolean selects(String name) {
            return include.stream().anyMatch(glob -> glob.matches(name))
                    && exclude.stream().noneMatch(glob -> glob.matches(name));
        }
    }

    /// What carries flow records.
    public enum Transport {
        UDP,
        TCP
    }

    /// Where flow records are sent, if anywhere, and when.
    /// @param activeTimeout how long a flow may go on until what it has carried is told
    /// @param idleTimeout how long a flow may be silent until it is told
    /// @param domain observation domain (RFC 7011, section 3.1), which tells agents apart at a collector
    public record Ipfix(
            Collector collector, Transport protocol, Duration activeTimeout, Duration idleTimeout, int domain) {
        /// Whether flows are exported.
        public boolean isOn() {
            return !collector.equals(Collector.NONE);
        }
    }

    /// Limits on tracking.
    /// @param perNamespace flows that one namespace may have tracked at once; 0: no limit
    /// @param newPerSecond flows that one namespace may open in a second; 0: no limit
    public record Flows(int perNamespace, int newPerSecond, Idle idle) {}

    /// How long a flow may be silent before it is forgotten.
    public record Idle(Duration tcp, Duration udp, Duration icmp) {}

    /// Whether the source guard stands before the devices of this namespace.
    public boolean guards(String namespace) {
        return spoofGuard
                && namespaces.selects(namespace)
                && !namespaces.forwarders().contains(namespace);
    }

    /// Why the agent does not serve on `listen`, and what to add; empty if it does. A Unix socket needs neither TLS nor
    /// a token, and uses neither: the permissions of its file say who may ask.
    public Optional<String> unserved() {
        boolean open = ListenAddress.isOpenToOthers(listen);
        List<String> missing = new ArrayList<>();
        if (tls.certificate().isEmpty() && (open || !tls.key().isEmpty())) {
            missing.add("`tls.certificate`");
        }
        if (tls.key().isEmpty() && (open || !tls.certificate().isEmpty())) {
            missing.add("`tls.key`");
        }
        if (tokenFile.isEmpty() && open) {
            missing.add("`token-file`");
        }
        if (missing.isEmpty() || listen instanceof UnixDomainSocketAddress) {
            return Optional.empty();
        }
        String add = "add %s to weir.yaml".formatted(String.join(", ", missing));
        return Optional.of(
                open
                        ? "others can reach %s, which therefore needs TLS and a token: %s, or listen on 127.0.0.1 or a Unix socket"
                                .formatted(ListenAddress.text(listen), add)
                        : "a certificate and its key go together: " + add);
    }

    /// This configuration with other declared addresses.
    public WeirConfig withDeclared(Map<String, List<IpAddress>> declared) {
        return with(
                policies,
                listen,
                bpffs,
                new Namespaces(
                        namespaces.include,
                        namespaces.exclude,
                        namespaces.labels,
                        namespaces.addresses,
                        declared,
                        namespaces.forwarders));
    }

    /// This configuration with another policy directory, as a flag may ask for.
    public WeirConfig withPolicies(Path directory) {
        return with(directory, listen, bpffs, namespaces);
    }

    /// This configuration with another address to listen on.
    public WeirConfig withListen(SocketAddress address) {
        return with(policies, address, bpffs, namespaces);
    }

    /// This configuration with another place for the pins.
    public WeirConfig withBpffs(Path directory) {
        return with(policies, listen, directory, namespaces);
    }

    private WeirConfig with(Path newPolicies, SocketAddress newListen, Path newBpffs, Namespaces newNamespaces) {
        return new WeirConfig(
                newPolicies,
                newListen,
                tls,
                tokenFile,
                newBpffs,
                vantages,
                hook,
                unselected,
                otherL2,
                spoofGuard,
                newNamespaces,
                ipfix,
                flows);
    }
}
