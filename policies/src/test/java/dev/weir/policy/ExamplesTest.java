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
import dev.weir.policy.gen.Chains;
import dev.weir.policy.yaml.PolicyDirectory;
import dev.weir.policy.yaml.PolicyLoader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What each file of `examples/` promises in its first line, packet by packet, for the evaluator and for the image.
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
        List<Policy> policies = policies(example).selecting(Target.of(namespace, "veth-" + namespace));
        String holder = word(peer, 0);
        Traffic traffic = new Traffic(
                Direction.valueOf(direction.toUpperCase(Locale.ROOT)),
                IpAddress.parse(word(peer, 1)),
                holder.equals("-") ? Optional.empty() : Optional.of(Holder.Namespace.of(holder)),
                protocol(word(service, 0)),
                Integer.parseInt(word(service, 1)));
        Verdict expected = Verdict.valueOf(verdict.toUpperCase(Locale.ROOT));

        Decision decision = PolicyEvaluator.evaluate(policies, Verdict.ALLOW, traffic);
        assertEquals(
                expected + " " + rule, decision.verdict() + " " + decision.id().rule());

        ImageRule found = new ImageSearch(Chains.compile(
                        policies, Verdict.ALLOW, List.of(new HolderRef(7, Holder.Namespace.of(holder))), 1 << 16))
                .find(
                        traffic.direction(),
                        traffic.outside(),
                        holder.equals("-") ? ImageSearch.NO_HOLDER : 7,
                        traffic.protocol(),
                        traffic.port());
        assertEquals(decision.verdict() + " by " + decision.id(), found.verdict() + " by " + found.id());
    }

    @Test
    void everyExampleBeginsWithAnExplanationAndHasARowInTheTable() throws IOException {
        Set<String> rows =
                TABLE.lines().skip(1).map(line -> word(line.strip(), 0)).collect(Collectors.toSet());
        try (Stream<Path> files = Files.list(EXAMPLES)) {
            List<Path> examples = files.toList();
            assertEquals(rows, examples.stream().map(ExamplesTest::name).collect(Collectors.toSet()));
            for (Path example : examples) {
                assertTrue(Files.readString(example).startsWith("# "), example + " does not say what it does");
            }
        }
    }

    @Test
    void allExamplesCanBeLoadedTogether() {
        PolicyLoader.Loaded loaded = assertInstanceOf(PolicyLoader.Loaded.class, PolicyDirectory.load(EXAMPLES));
        assertEquals(List.of(), loaded.warnings());
    }

    private static PolicySet policies(String example) {
        PolicyLoader.Result result = PolicyDirectory.load(EXAMPLES.resolve(example + ".yaml"));
        return assertInstanceOf(PolicyLoader.Loaded.class, result).policies();
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

    private static String name(Path example) {
        return example.getFileName().toString().replace(".yaml", "");
    }
}
