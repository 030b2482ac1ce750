// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.abi.Direction;
import dev.weir.abi.IpAddress;
import dev.weir.agent.cli.CommandFailure;
import dev.weir.agent.cli.ExitCode;
import dev.weir.agent.cli.Topology;
import dev.weir.agent.cli.Weir;
import dev.weir.agent.config.ConfigException;
import dev.weir.agent.config.ConfigFile;
import dev.weir.agent.config.WeirConfig;
import dev.weir.agent.lab.Labs;
import dev.weir.agent.lab.Shell;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// The topologies of `policies/examples/lab/` with their policies as they are shipped, and real traffic through
/// them. UDP to its endpoint stands for WireGuard in `vpn`.
class ExampleLabsTest extends HostTest {
    private static final Path LABS = Path.of("../policies/examples/lab");

    private final Labs labs = new Labs();

    @BeforeEach
    void forward() {
        lab.forwarding();
    }

    @AfterEach
    void takeDown() throws CommandFailure {
        for (Topology topology : Topology.values()) {
            labs.down(topology);
        }
        Shell.run("iptables -t nat -F POSTROUTING");
    }

    @ParameterizedTest
    @EnumSource(Topology.class)
    void doctorFindsNothingWrong(Topology topology) throws Exception {
        labs.up(topology);
        String name = topology.name().toLowerCase(Locale.ROOT);
        Path config = Files.writeString(
                home.resolve("weir.yaml"),
                Files.readString(LABS.resolve("weir.yaml"))
                        + "policies: %s\nbpffs: %s\n".formatted(LABS.resolve(name), pins.root()));
        StringWriter out = new StringWriter();
        PrintWriter printer = new PrintWriter(out);
        try (LocalAgent agent = LocalAgent.start(shipped(name))) {
            assertEquals(Map.of(), agent.report().deviceErrors());
            ExitCode code = Weir.run(Main.wiring(), false, printer, printer, "doctor", "--config", config.toString());
            assertEquals(ExitCode.OK, code, out::toString);
        }
    }

    @Test
    void pairKeepsItsPromise() throws Exception {
        labs.up(Topology.PAIR);
        lab.routed("lan", "10.9.0.2/24", "10.9.0.1/24");
        check("pair", """
                blue  udp   10.10.0.1     53  passes  blue/egress/names
                blue  tcp   10.10.0.1     53  passes  blue/egress/names
                blue  tcp   10.10.0.1    443  stops   blue/egress/private
                blue  ping  10.10.0.1      -  stops   blue/egress/private
                blue  tcp   10.9.0.2     443  stops   blue/egress/private
                blue  udp   10.9.0.2      53  stops   blue/egress/private
                blue  tcp   198.51.100.1 443  passes  blue/egress/https
                blue  tcp   198.51.100.1  80  stops   blue/egress/default
                blue  udp   198.51.100.1  53  stops   blue/egress/default
                host  tcp   10.10.0.2     22  passes  blue/ingress/administration
                host  ping  10.10.0.2      -  passes  blue/ingress/administration
                host  tcp   10.10.0.2     80  stops   blue/ingress/default
                lan   tcp   10.10.0.2     22  stops   blue/ingress/default
                lan   ping  10.10.0.2      -  stops   blue/ingress/default
                """);
    }

    @Test
    void bridgeKeepsItsPromise() throws Exception {
        labs.up(Topology.BRIDGE);
        check("bridge", """
                red   tcp   10.0.0.3      80  passes  red/egress/web blue/ingress/web
                red   tcp   10.0.0.3      81  stops   red/egress/blue
                red   udp   10.0.0.3      80  stops   red/egress/blue
                red   ping  10.0.0.3       -  stops   red/egress/blue
                blue  tcp   10.0.0.2      80  stops   blue/egress/red
                blue  ping  10.0.0.2       -  stops   blue/egress/red
                host  tcp   10.0.0.3      80  stops   blue/ingress/default
                red   tcp   198.51.100.1 443  passes  red/egress/default
                blue  udp   198.51.100.1  53  passes  blue/egress/default
                """);
    }

    @Test
    void routerKeepsItsPromise() throws Exception {
        labs.up(Topology.ROUTER);
        check("router", """
                client  tcp   10.2.0.2  443  passes  client/egress/server server/ingress/client
                client  ping  10.2.0.2    -  passes  client/egress/server server/ingress/client
                client  tcp   10.2.0.2   80  stops   client/egress/default
                client  udp   10.2.0.2  443  stops   client/egress/default
                client  ping  10.1.0.1    -  stops   client/egress/default
                server  tcp   10.1.0.2  443  stops   server/egress/default
                router  tcp   10.2.0.2  443  stops   server/ingress/default
                router  ping  10.1.0.2    -  stops   client/ingress/default
                """);
    }

    @Test
    void killSwitchKeepsItsPromise() throws IOException {
        lab.routed("tunnelled", "192.0.2.2/24", "192.0.2.1/24").routed("world", "203.0.113.5/24", "203.0.113.1/24");
        masquerade("192.0.2.0/24");
        check("vpn", """
                tunnelled  udp   203.0.113.5  51820  passes  tunnelled/egress/tunnel
                tunnelled  udp   203.0.113.5  51821  stops   tunnelled/egress/default
                tunnelled  tcp   203.0.113.5  51820  stops   tunnelled/egress/default
                tunnelled  ping  203.0.113.5      -  stops   tunnelled/egress/default
                tunnelled  udp   192.0.2.1       53  stops   tunnelled/egress/default
                tunnelled  udp   192.0.2.1    51820  stops   tunnelled/egress/default
                world      udp   192.0.2.2    51820  stops   tunnelled/ingress/default
                world      tcp   192.0.2.2       22  stops   tunnelled/ingress/default
                host       ping  192.0.2.2        -  stops   tunnelled/ingress/default
                """);
    }

    @Test
    void tenantsKeepTheirPromise() throws IOException {
        lab.bridge("br-a", "10.1.0.1/24")
                .bridge("br-b", "10.2.0.1/24")
                .onBridge("br-a", "tenant-a-1", "10.1.0.2/24", "10.1.0.1")
                .onBridge("br-a", "tenant-a-2", "10.1.0.3/24", "10.1.0.1")
                .onBridge("br-b", "tenant-b-1", "10.2.0.2/24", "10.2.0.1")
                .onBridge("br-b", "tenant-b-2", "10.2.0.3/24", "10.2.0.1")
                .routed("dns", "10.9.0.53/24", "10.9.0.1/24")
                .routed("listed", "192.0.2.129/24", "192.0.2.1/24")
                .routed("world", "203.0.113.67/24", "203.0.113.1/24");
        masquerade("10.0.0.0/8");
        check("tenants", """
                tenant-a-1  tcp   10.1.0.3     5432  passes  tenant-a/egress/own tenant-a/ingress/own
                tenant-a-1  ping  10.1.0.3        -  passes  tenant-a/egress/own tenant-a/ingress/own
                tenant-b-2  udp   10.2.0.2     5432  passes  tenant-b/egress/own tenant-b/ingress/own
                tenant-a-1  tcp   10.2.0.2     5432  stops   tenants/egress/other-tenants
                tenant-b-1  udp   10.1.0.2     5432  stops   tenants/egress/other-tenants
                tenant-b-1  ping  10.1.0.2        -  stops   tenants/egress/other-tenants
                tenant-a-1  udp   10.9.0.53      53  passes  tenants/egress/names dns/ingress/tenants
                tenant-b-1  tcp   10.9.0.53      53  passes  tenants/egress/names dns/ingress/tenants
                tenant-a-1  tcp   10.9.0.53      22  stops   tenants/egress/services
                tenant-a-1  tcp   10.1.0.1       22  stops   tenants/egress/services
                tenant-a-1  tcp   203.0.113.67  443  passes  tenants/egress/default
                tenant-a-1  tcp   192.0.2.129   443  stops   blocklist/egress/blocked
                listed      tcp   10.1.0.2      443  stops   blocklist/ingress/blocked
                dns         udp   10.1.0.2       53  stops   dns/egress/tenants
                host        tcp   10.1.0.2       22  stops   tenants/ingress/default
                """);
    }

    /// Who tries what, whether it comes back, and the rules that decided.
    private record Attempt(String from, String protocol, String to, String port, boolean passes, List<RuleName> by) {
        private static Attempt parse(String line) {
            List<String> words = List.of(line.strip().split(" +"));
            return new Attempt(
                    words.get(0),
                    words.get(1),
                    words.get(2),
                    words.get(3),
                    words.get(4).equals("passes"),
                    words.stream().skip(5).map(RuleName::parse).toList());
        }

        private boolean succeeds(String holder) throws IOException {
            return switch (protocol) {
                case "tcp" -> connects(holder);
                case "udp" -> asks(holder);
                default -> passes ? Inside.pingsAtLast(from, to) : Inside.pings(from, to);
            };
        }

        private boolean connects(String holder) throws IOException {
            int number = Integer.parseInt(port);
            try (ServerSocket server =
                    Inside.call(holder, () -> new ServerSocket(number, 1, InetAddress.ofLiteral(to)))) {
                return passes
                        ? Inside.connectsAtLast(from, to, server.getLocalPort())
                        : Inside.connects(from, to, server.getLocalPort());
            }
        }

        private boolean asks(String holder) {
            int number = Integer.parseInt(port);
            try (DatagramSocket server = Inside.echo(holder, to, number);
                    DatagramSocket client = Inside.open(from, "0.0.0.0", 0)) {
                return Inside.asks(client, to, server.getLocalPort());
            }
        }
    }

    private record RuleName(String policy, Direction direction, String rule) {
        private static RuleName parse(String words) {
            List<String> parts = List.of(words.split("/", -1));
            return new RuleName(parts.get(0), Direction.valueOf(parts.get(1).toUpperCase(Locale.ROOT)), parts.get(2));
        }
    }

    /// What leaves for the world leaves as the host.
    private static void masquerade(String from) {
        Shell.run("iptables -t nat -A POSTROUTING -s %s -o veth-world -j MASQUERADE".formatted(from));
    }

    private void check(String directory, String attempts) throws IOException {
        try (LocalAgent agent = LocalAgent.start(shipped(directory))) {
            assertEquals(Map.of(), agent.report().deviceErrors());
            Map<String, String> holders = holders(agent);
            for (String line : attempts.lines().toList()) {
                Attempt attempt = Attempt.parse(line);
                List<Long> before = packets(agent, attempt);
                assertEquals(attempt.passes, attempt.succeeds(holders.getOrDefault(attempt.to, Inside.HOST)), line);
                List<Long> after = packets(agent, attempt);
                for (int i = 0; i < after.size(); i++) {
                    assertTrue(after.get(i) > before.get(i), line + ": " + attempt.by.get(i) + " counted nothing");
                }
            }
        }
    }

    private WeirConfig shipped(String directory) {
        try {
            return ConfigFile.load(LABS.resolve("weir.yaml"))
                    .withPolicies(LABS.resolve(directory))
                    .withBpffs(pins.root());
        } catch (ConfigException e) {
            throw new IllegalStateException(e);
        }
    }

    /// Which namespace holds an address, as the agent found it.
    private static Map<String, String> holders(LocalAgent agent) {
        return agent.report().world().namespaces().stream()
                .flatMap(namespace -> namespace.addresses().stream()
                        .filter(IpAddress::isV4)
                        .map(address -> Map.entry(address.toString(), namespace.name())))
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
    }

    private static List<Long> packets(LocalAgent agent, Attempt attempt) {
        return attempt.by.stream()
                .map(rule -> agent.rulePackets(rule.policy, rule.direction, rule.rule))
                .toList();
    }
}
