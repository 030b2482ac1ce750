// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.doctor;

import dev.weir.abi.IpAddress;
import dev.weir.net.Route;
import dev.weir.net.RouteEntry;
import dev.weir.net.RoutingRule;
import dev.weir.net.SourceNat;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// A network namespace as it was at one moment.
///
/// @param ports its devices by ifindex
/// @param routes of all its tables
/// @param wayOut how it sends to the world at large; only families in which it does
/// @param sourceNat its rules that rewrite sources; null where they could not be read
/// @param formerName the name that it had before it was deleted; empty where nothing tells of one
record Space(
        Reach reach,
        long inode,
        Map<Integer, Port> ports,
        List<RouteEntry> routes,
        List<RoutingRule> rules,
        Map<Family, Route> wayOut,
        Map<Family, Boolean> forwards,
        @Nullable List<SourceNat> sourceNat,
        Optional<String> formerName) {
    Space {
        ports = Map.copyOf(ports);
        routes = List.copyOf(routes);
        rules = List.copyOf(rules);
        wayOut = Map.copyOf(wayOut);
        forwards = Map.copyOf(forwards);
    }

    private static final int MAX_NAMES = 5;

    /// IPv4 or IPv6.
    enum Family {
        IPV4("ip_forward", "IPv4"),
        IPV6("conf.all.forwarding", "IPv6");

        private final String setting;
        private final String text;

        Family(String setting, String text) {
            this.setting = setting;
            this.text = text;
        }

        /// The setting that lets a namespace forward.
        String forwarding() {
            return "net." + text.toLowerCase(Locale.ROOT) + "." + setting;
        }

        @Override
        public String toString() {
            return text;
        }
    }

    /// How a command gets into it.
    sealed interface Reach {
        record Host() implements Reach {}

        record Named(String name) implements Reach {}

        /// It has no name.
        ///
        /// @param pid of a process that is in it
        record OfProcess(long pid) implements Reach {}

        /// Its file is mounted somewhere, as container engines do it.
        record Mounted(String path) implements Reach {}
    }

    /// What policies and users call it.
    String name() {
        return switch (reach) {
            case Reach.Host() -> "host";
            case Reach.Named(String name) -> name;
            case Reach.OfProcess(long pid) -> "pid:" + pid;
            case Reach.Mounted(String path) -> path;
        };
    }

    /// As findings call it.
    String where() {
        return reach instanceof Reach.Host ? "host" : "namespace " + name();
    }

    /// An `ip` command in it.
    String ip(String arguments) {
        return switch (reach) {
            case Reach.Host() -> "ip " + arguments;
            case Reach.Named(String name) -> "ip -n " + Quoted.of(name) + " " + arguments;
            case Reach.OfProcess _, Reach.Mounted _ -> run("ip " + arguments);
        };
    }

    /// Any other command in it.
    String run(String command) {
        return switch (reach) {
            case Reach.Host() -> command;
            case Reach.Named(String name) -> "ip netns exec " + Quoted.of(name) + " " + command;
            case Reach.OfProcess(long pid) -> "nsenter -t " + pid + " -n " + command;
            case Reach.Mounted(String path) -> "nsenter " + Quoted.of("--net=" + path) + " " + command;
        };
    }

    Port port(int ifindex) {
        return Objects.requireNonNull(ports.get(ifindex), () -> "no device " + ifindex + " in " + name());
    }

    /// The device by which it sends to the world at large.
    Optional<Port> portOut(Family family) {
        return Optional.ofNullable(wayOut.get(family)).map(Route::ifindex).map(ports::get);
    }

    /// The entry of its main table that holds for this address: the one with the longest prefix.
    Optional<RouteEntry> routeTo(IpAddress address) {
        return routes.stream()
                .filter(entry ->
                        entry.table() == RouteEntry.MAIN && Subnets.of(entry).contains(address))
                .max(Comparator.comparingInt(RouteEntry::prefixLength));
    }

    static Map<Integer, Port> byIfindex(List<Port> ports) {
        return ports.stream().collect(Collectors.toMap(Port::ifindex, Function.identity()));
    }

    /// A few of many names.
    static String few(List<String> names) {
        return names.size() <= MAX_NAMES
                ? String.join(", ", names)
                : String.join(", ", names.subList(0, MAX_NAMES)) + " and %d more".formatted(names.size() - MAX_NAMES);
    }
}
