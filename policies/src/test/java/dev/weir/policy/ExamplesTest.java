// SPDX-License-Identifier: Apache-2.0
package dev.weir.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.abi.Direction;
import dev.weir.abi.IpAddress;
import dev.weir.abi.Verdict;
import dev.weir.policy.compile.HolderRef;
import dev.weir.policy.compile.ImageRule;
import dev.weir.policy.compile.ImageSearch;
import dev.weir.policy.compile.PolicyLint;
import dev.weir.policy.gen.Chains;
import dev.weir.policy.yaml.PolicyDirectory;
import dev.weir.policy.yaml.PolicyLoader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What each file of `examples/` promises in its first line, packet by packet, for the evaluator and for the
/// image.
class ExamplesTest {
    private static final Path EXAMPLES = Path.of("examples");
    private static final String TABLE = """
            example                | namespace | direction | peer                     | service     | verdict | rule
            web-for-one-namespace  | blue      | ingress   | red 10.0.0.3             | tcp 80      | allow   | web
            web-for-one-namespace  | blue      | ingress   | red 2001:db8::3          | tcp 80      | allow   | web
            web-for-one-namespace  | blue      | ingress   | red 10.0.0.3             | tcp 443     | deny    | default
            web-for-one-namespace  | blue      | ingress   | red 10.0.0.3             | udp 80      | deny    | default
            web-for-one-namespace  | blue      | ingress   | green 10.0.0.4           | tcp 80      | deny    | default
            web-for-one-namespace  | blue      | ingress   | - 198.51.100.1           | tcp 80      | deny    | default
            web-for-one-namespace  | blue      | egress    | - 198.51.100.1           | tcp 443     | allow   | unselected
            web-for-one-namespace  | red       | ingress   | blue 10.0.0.2            | tcp 80      | allow   | unselected
            deny-all-but-dns       | vault     | egress    | - 192.0.2.53             | udp 53      | allow   | dns
            deny-all-but-dns       | vault     | egress    | - 192.0.2.53             | tcp 53      | allow   | dns
            deny-all-but-dns       | vault     | egress    | - 192.0.2.53             | tcp 853     | deny    | default
            deny-all-but-dns       | vault     | egress    | - 192.0.2.54             | udp 53      | deny    | default
            deny-all-but-dns       | vault     | ingress   | - 192.0.2.53             | udp 53      | deny    | default
            isolate-two-namespaces | left      | egress    | right 10.0.0.6           | tcp 22      | deny    | other-side
            isolate-two-namespaces | left      | ingress   | right 10.0.0.6           | icmp 2048   | deny    | other-side
            isolate-two-namespaces | right     | egress    | left 10.0.0.5            | udp 53      | deny    | other-side
            isolate-two-namespaces | right     | egress    | - 198.51.100.1           | tcp 443     | allow   | unselected
            isolate-two-namespaces | left      | ingress   | green 10.0.0.4           | tcp 80      | allow   | unselected
            ping-only              | probe-1   | ingress   | - 198.51.100.1           | icmp 2048   | allow   | ping
            ping-only              | probe-1   | ingress   | - 2001:db8::1            | icmpv6 32768| allow   | ping
            ping-only              | probe-1   | ingress   | - 198.51.100.1           | icmp 3328   | deny    | default
            ping-only              | probe-1   | ingress   | - 198.51.100.1           | tcp 22      | deny    | default
            ping-only              | probe     | ingress   | - 198.51.100.1           | tcp 22      | allow   | unselected
            database-for-tenants   | db        | ingress   | tenant-1 10.0.0.11       | tcp 5432    | allow   | tenants
            database-for-tenants   | db        | ingress   | tenant-moving 10.0.0.12  | tcp 5432    | deny    | moving
            database-for-tenants   | db        | ingress   | tenant-1 10.0.0.11       | tcp 22      | deny    | default
            database-for-tenants   | db        | ingress   | green 10.0.0.4           | tcp 5432    | deny    | default
            office-prefix          | ops       | ingress   | - 2001:db8:100::7        | tcp 22      | allow   | office
            office-prefix          | ops       | ingress   | - 2001:db8:100:fe00::7   | tcp 22      | allow   | office
            office-prefix          | ops       | ingress   | - 2001:db8:100:ff00::7   | tcp 22      | deny    | guests
            office-prefix          | ops       | ingress   | - 2001:db8:101::7        | tcp 22      | deny    | default
            office-prefix          | ops       | ingress   | - 2001:db8:100:ff00::7   | tcp 8081    | allow   | status
            office-prefix          | ops       | ingress   | - 198.51.100.1           | tcp 8080    | allow   | status
            office-prefix          | ops       | ingress   | - 198.51.100.1           | tcp 22      | deny    | default
            reject-instead-of-silence | shop   | ingress   | - 198.51.100.1           | tcp 443     | allow   | web
            reject-instead-of-silence | shop   | ingress   | - 198.51.100.1           | tcp 22      | reject  | default
            reject-instead-of-silence | shop   | egress    | - 198.51.100.1           | tcp 22      | allow   | unselected
            audit-before-enforcing | staging   | egress    | - 192.0.2.10             | tcp 5432    | allow   | unselected
            audit-before-enforcing | staging   | egress    | - 192.0.2.11             | tcp 5432    | audit   | default
            audit-before-enforcing | staging   | ingress   | - 192.0.2.11             | tcp 22      | allow   | unselected
            blocklist              | edge-1    | ingress   | - 203.0.113.9            | tcp 443     | deny    | blocked
            blocklist              | edge-1    | egress    | - 198.51.100.66          | udp 53      | deny    | blocked
            blocklist              | edge-1    | egress    | - 198.51.100.67          | udp 53      | allow   | unselected
            blocklist              | edge-1    | egress    | - 2001:db8:bad::1        | tcp 443     | deny    | blocked
            blocklist              | edge      | egress    | - 203.0.113.9            | tcp 443     | allow   | unselected
            tiers-by-label         | api tier=app   | ingress   | front tier=web 10.0.0.3       | tcp 8080    | allow   | web
            tiers-by-label         | api tier=app   | ingress   | front tier=web 10.0.0.3       | tcp 22      | deny    | default
            tiers-by-label         | api tier=app   | ingress   | other tier=app 10.0.0.4       | tcp 8080    | deny    | default
            tiers-by-label         | api       | ingress   | other 10.0.0.4           | tcp 8080    | allow   | unselected
            monitoring-from-host   | job-7     | ingress   | host 10.0.0.1            | tcp 9100    | allow   | scrape
            monitoring-from-host   | job-7     | ingress   | host 10.0.0.1            | tcp 22      | deny    | default
            monitoring-from-host   | job-7     | ingress   | job-8 10.0.0.8           | tcp 9100    | deny    | default
            guard-a-bridge         | device:br0 | egress   | host 10.0.0.1            | udp 53      | allow   | names
            guard-a-bridge         | device:br0 | egress   | host 10.0.0.1            | tcp 443     | deny    | host
            guard-a-bridge         | device:br0 | egress   | - 198.51.100.1           | tcp 443     | allow   | https
            guard-a-bridge         | device:br0 | egress   | - 198.51.100.1           | udp 53      | deny    | default
            guard-a-bridge         | device:br0 | ingress  | host 2001:db8::1         | tcp 22      | allow   | administration
            guard-a-bridge         | device:br0 | ingress  | host 10.0.0.1            | icmp 2048   | allow   | administration
            guard-a-bridge         | device:br0 | ingress  | green 10.2.0.4           | tcp 22      | deny    | default
            guard-a-bridge         | blue      | egress    | host 10.0.0.1            | tcp 443     | allow   | unselected
            """;

    /// The same for the directories of `examples/lab/`. A namespace may be followed by a label.
    private static final String LABS = """
            lab     | namespace           | direction | peer                          | service   | verdict | rule
            pair    | blue                | egress    | host 10.10.0.1                | udp 53    | allow   | names
            pair    | blue                | egress    | host 10.10.0.1                | tcp 53    | allow   | names
            pair    | blue                | egress    | host 10.10.0.1                | tcp 443   | deny    | private
            pair    | blue                | egress    | host 203.0.113.1              | tcp 443   | deny    | private
            pair    | blue                | egress    | - 10.9.0.53                   | udp 53    | deny    | private
            pair    | blue                | egress    | red 172.31.255.255            | tcp 443   | deny    | private
            pair    | blue                | egress    | - 172.32.0.0                  | tcp 443   | allow   | https
            pair    | blue                | egress    | - 169.254.169.254             | tcp 443   | deny    | private
            pair    | blue                | egress    | - 198.51.100.1                | tcp 443   | allow   | https
            pair    | blue                | egress    | - 2001:db8::1                 | tcp 443   | allow   | https
            pair    | blue                | egress    | - fd00::1                     | tcp 443   | deny    | private
            pair    | blue                | egress    | - 198.51.100.1                | tcp 80    | deny    | default
            pair    | blue                | egress    | - 198.51.100.1                | udp 53    | deny    | default
            pair    | blue                | ingress   | host 10.10.0.1                | tcp 22    | allow   | administration
            pair    | blue                | ingress   | host 10.10.0.1                | icmp 2048 | allow   | administration
            pair    | blue                | ingress   | host 10.10.0.1                | tcp 80    | deny    | default
            pair    | blue                | ingress   | red 10.10.1.2                 | tcp 22    | deny    | default
            pair    | blue                | ingress   | - 198.51.100.1                | icmp 2048 | deny    | default
            bridge  | blue                | ingress   | red 10.0.0.2                  | tcp 80    | allow   | web
            bridge  | blue                | ingress   | red 10.0.0.2                  | tcp 81    | deny    | default
            bridge  | blue                | ingress   | red 10.0.0.2                  | icmp 2048 | deny    | default
            bridge  | blue                | ingress   | host 10.0.0.1                 | tcp 80    | deny    | default
            bridge  | blue                | ingress   | - 198.51.100.1                | tcp 80    | deny    | default
            bridge  | blue                | egress    | red 10.0.0.2                  | tcp 80    | deny    | red
            bridge  | blue                | egress    | - 198.51.100.1                | tcp 443   | allow   | default
            bridge  | red                 | egress    | blue 10.0.0.3                 | tcp 80    | allow   | web
            bridge  | red                 | egress    | blue 10.0.0.3                 | udp 80    | deny    | blue
            bridge  | red                 | egress    | - 198.51.100.1                | tcp 443   | allow   | default
            bridge  | red                 | ingress   | blue 10.0.0.3                 | tcp 80    | deny    | default
            bridge  | green               | ingress   | blue 10.0.0.3                 | tcp 80    | allow   | unselected
            router  | client              | egress    | server 10.2.0.2               | tcp 443   | allow   | server
            router  | client              | egress    | server 10.2.0.2               | icmp 2048 | allow   | server
            router  | client              | egress    | server 10.2.0.2               | tcp 80    | deny    | default
            router  | client              | egress    | server 10.2.0.2               | udp 443   | deny    | default
            router  | client              | egress    | host 10.1.0.1                 | icmp 2048 | deny    | default
            router  | client              | egress    | - 10.2.0.2                    | tcp 443   | deny    | default
            router  | client              | ingress   | server 10.2.0.2               | tcp 443   | deny    | default
            router  | server              | ingress   | client 10.1.0.2               | tcp 443   | allow   | client
            router  | server              | ingress   | client 10.1.0.2               | icmp 2048 | allow   | client
            router  | server              | ingress   | client 10.1.0.2               | icmp 3328 | deny    | default
            router  | server              | ingress   | host 10.2.0.1                 | tcp 443   | deny    | default
            router  | server              | ingress   | - 198.51.100.1                | tcp 443   | deny    | default
            router  | server              | egress    | client 10.1.0.2               | tcp 443   | deny    | default
            vpn     | tunnelled           | egress    | - 203.0.113.5                 | udp 51820 | allow   | tunnel
            vpn     | tunnelled           | egress    | - 203.0.113.5                 | udp 51821 | deny    | default
            vpn     | tunnelled           | egress    | - 203.0.113.5                 | tcp 51820 | deny    | default
            vpn     | tunnelled           | egress    | - 203.0.113.6                 | udp 51820 | deny    | default
            vpn     | tunnelled           | egress    | host 192.0.2.1                | udp 53    | deny    | default
            vpn     | tunnelled           | egress    | - 255.255.255.255             | udp 67    | deny    | default
            vpn     | tunnelled           | egress    | - 2001:db8::5                 | udp 51820 | deny    | default
            vpn     | tunnelled           | ingress   | - 203.0.113.5                 | udp 51820 | deny    | default
            vpn     | tunnelled           | ingress   | host 192.0.2.1                | icmp 2048 | deny    | default
            tenants | tenant-a-1 tenant=a | egress    | tenant-a-2 tenant=a 10.1.0.3  | tcp 5432  | allow   | own
            tenants | tenant-a-2 tenant=a | ingress   | tenant-a-1 tenant=a 10.1.0.2  | icmp 2048 | allow   | own
            tenants | tenant-a-1 tenant=a | egress    | tenant-b-1 tenant=b 10.2.0.2  | tcp 5432  | reject  | other-tenants
            tenants | tenant-b-1 tenant=b | ingress   | tenant-a-1 tenant=a 10.1.0.2  | tcp 5432  | reject  | other-tenants
            tenants | tenant-b-1 tenant=b | egress    | tenant-b-2 tenant=b 10.2.0.3  | udp 1     | allow   | own
            tenants | tenant-b-1 tenant=b | egress    | tenant-c-1 10.3.0.2           | udp 1     | reject  | other-tenants
            tenants | tenant-c-1          | egress    | tenant-c-2 10.3.0.3           | udp 1     | reject  | other-tenants
            tenants | tenant-a-1 tenant=a | egress    | dns 10.9.0.53                 | udp 53    | allow   | names
            tenants | tenant-a-1 tenant=a | egress    | dns 10.9.0.53                 | tcp 22    | reject  | services
            tenants | tenant-a-1 tenant=a | egress    | host 10.1.0.1                 | tcp 22    | reject  | services
            tenants | tenant-a-1 tenant=a | egress    | - 198.51.100.1                | tcp 443   | allow   | default
            tenants | tenant-a-1 tenant=a | egress    | - 192.0.2.127                 | tcp 443   | allow   | default
            tenants | tenant-a-1 tenant=a | egress    | - 192.0.2.128                 | tcp 443   | deny    | blocked
            tenants | tenant-a-1 tenant=a | egress    | - 203.0.113.66                | tcp 443   | deny    | blocked
            tenants | tenant-a-1 tenant=a | egress    | - 203.0.113.67                | tcp 443   | allow   | default
            tenants | tenant-b-1 tenant=b | egress    | - 2001:db8:bad::1             | tcp 443   | deny    | blocked
            tenants | tenant-b-1 tenant=b | ingress   | - 203.0.113.66                | tcp 443   | deny    | blocked
            tenants | tenant-b-1 tenant=b | ingress   | - 198.51.100.1                | tcp 443   | deny    | default
            tenants | tenant-b-1 tenant=b | ingress   | dns 10.9.0.53                 | udp 53    | deny    | default
            tenants | dns                 | ingress   | tenant-a-1 tenant=a 10.1.0.2  | udp 53    | allow   | tenants
            tenants | dns                 | ingress   | tenant-b-1 tenant=b 10.2.0.2  | tcp 53    | allow   | tenants
            tenants | dns                 | ingress   | tenant-b-1 tenant=b 10.2.0.2  | tcp 22    | deny    | default
            tenants | dns                 | ingress   | - 198.51.100.1                | udp 53    | deny    | default
            tenants | dns                 | egress    | tenant-a-1 tenant=a 10.1.0.2  | udp 53    | deny    | tenants
            tenants | dns                 | egress    | - 198.51.100.1                | udp 53    | allow   | upstream
            tenants | dns                 | egress    | - 198.51.100.1                | tcp 443   | deny    | default
            """;

    @ParameterizedTest
    @CsvSource(textBlock = TABLE, delimiter = '|', useHeadersInDisplayName = true)
    void exampleKeepsItsPromise(
            String example,
            String namespace,
            String direction,
            String peer,
            String service,
            String verdict,
            String rule) {
        check(policies(EXAMPLES.resolve(example + ".yaml")), namespace, direction, peer, service, verdict, rule);
    }

    @ParameterizedTest
    @CsvSource(textBlock = LABS, delimiter = '|', useHeadersInDisplayName = true)
    void labKeepsItsPromise(
            String lab, String namespace, String direction, String peer, String service, String verdict, String rule) {
        check(policies(EXAMPLES.resolve("lab").resolve(lab)), namespace, direction, peer, service, verdict, rule);
    }

    private static void check(
            PolicySet all,
            String namespace,
            String direction,
            String peer,
            String service,
            String verdict,
            String rule) {
        Target target = target(namespace);
        List<Policy> policies = all.selecting(target);
        Optional<Holder> holder = holder(peer.substring(0, peer.lastIndexOf(' ')));
        Traffic traffic = new Traffic(
                Direction.valueOf(direction.toUpperCase(Locale.ROOT)),
                IpAddress.parse(peer.substring(peer.lastIndexOf(' ') + 1)),
                holder,
                protocol(word(service, 0)),
                Integer.parseInt(word(service, 1)));
        Verdict expected = Verdict.valueOf(verdict.toUpperCase(Locale.ROOT));

        Decision decision = PolicyEvaluator.evaluate(policies, Verdict.ALLOW, traffic);
        assertEquals(
                expected + " " + rule, decision.verdict() + " " + decision.id().rule());

        Optional<HolderRef> known = holder.map(of -> of instanceof Holder.Host ? HolderRef.HOST : new HolderRef(7, of));
        ImageRule found = new ImageSearch(
                        Chains.compile(policies, Verdict.ALLOW, known.stream().toList(), 1 << 16))
                .find(
                        traffic.direction(),
                        traffic.outside(),
                        known.map(HolderRef::number).orElse(ImageSearch.NO_HOLDER),
                        traffic.protocol(),
                        traffic.port());
        assertEquals(decision.verdict() + " by " + decision.id(), found.verdict() + " by " + found.id());
    }

    @Test
    void everyExampleBeginsWithAnExplanationAndHasARowInTheTable() throws IOException {
        assertEquals(firstColumn(TABLE), names(EXAMPLES, file -> file.toString().endsWith(".yaml")));
        assertEquals(firstColumn(LABS), names(EXAMPLES.resolve("lab"), Files::isDirectory));
        try (Stream<Path> files = Files.walk(EXAMPLES).filter(Files::isRegularFile)) {
            for (Path file : files.toList()) {
                assertTrue(Files.readString(file).startsWith("# "), file + " does not say what it does");
            }
        }
    }

    @Test
    void allExamplesCanBeLoadedTogether() {
        assertEquals(List.of(), loaded(EXAMPLES).warnings());
        assertEquals(List.of(), PolicyLint.warnings(loaded(EXAMPLES).policies()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"pair", "bridge", "router", "vpn", "tenants"})
    void labIsAPolicyDirectoryWithoutAWarning(String lab) {
        assertEquals(List.of(), loaded(EXAMPLES.resolve("lab").resolve(lab)).warnings());
        assertEquals(
                List.of(), PolicyLint.warnings(policies(EXAMPLES.resolve("lab").resolve(lab))));
    }

    private static PolicySet policies(Path path) {
        return loaded(path).policies();
    }

    private static PolicyLoader.Loaded loaded(Path path) {
        return assertInstanceOf(PolicyLoader.Loaded.class, PolicyDirectory.load(path));
    }

    /// Who is called `blue`, `tenant-a-1 tenant=a`, `host` or, nobody, `-`.
    private static Optional<Holder> holder(String words) {
        return switch (words) {
            case "-" -> Optional.empty();
            case "host" -> Optional.of(new Holder.Host());
            default -> Optional.of(namespace(words));
        };
    }

    private static Target target(String words) {
        if (words.startsWith(Target.DEVICE_PREFIX)) {
            return Target.ofDevice(words.substring(Target.DEVICE_PREFIX.length()));
        }
        Holder.Namespace inside = namespace(words);
        return new Target(Optional.of(inside.name()), inside.labels(), "veth-" + inside.name());
    }

    private static Holder.Namespace namespace(String words) {
        List<String> parts = List.of(words.split("[ =]", -1));
        return new Holder.Namespace(
                parts.getFirst(), parts.size() == 3 ? Map.of(parts.get(1), parts.get(2)) : Map.of());
    }

    private static int protocol(String name) {
        return switch (name) {
            case "icmp" -> Service.ICMP;
            case "tcp" -> Service.TCP;
            case "udp" -> Service.UDP;
            case "icmpv6" -> Service.ICMPV6;
            default -> throw new IllegalArgumentException(name);
        };
    }

    private static String word(String text, int index) {
        return List.of(text.split("[ |]+", -1)).get(index);
    }

    private static Set<String> firstColumn(String table) {
        return table.lines().skip(1).map(line -> word(line.strip(), 0)).collect(Collectors.toSet());
    }

    private static Set<String> names(Path directory, Predicate<Path> which) throws IOException {
        try (Stream<Path> entries = Files.list(directory)) {
            return entries.filter(which)
                    .map(entry -> entry.getFileName().toString().replace(".yaml", ""))
                    .collect(Collectors.toSet());
        }
    }
}
