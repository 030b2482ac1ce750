// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent;

import static dev.weir.abi.Direction.EGRESS;
import static dev.weir.abi.Direction.INGRESS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.abi.Direction;
import dev.weir.abi.IpAddress;
import dev.weir.agent.cli.Question;
import dev.weir.agent.config.ConfigFile;
import dev.weir.agent.config.WeirConfig;
import dev.weir.agent.lab.Shell;
import dev.weir.agent.view.ExplanationView;
import dev.weir.agent.view.Judgement;
import dev.weir.agent.view.MeterSnapshot;
import dev.weir.agent.view.WhyView;
import dev.weir.agent.why.Frames;
import dev.weir.agent.wire.RawSender;
import dev.weir.net.NetDevice;
import dev.weir.net.RouteNetlink;
import dev.weir.policy.yaml.ExactService;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// `weir explain`, `weir why` and what the kernel did with the packet are one answer, for packets that real devices
/// carry, at both ends of their way.
class OneAnswerTest extends HostTest {
    private static final int PACKETS = 200;
    private static final int FIRST_PORT = 20_000;
    private static final List<String> NAMESPACES = List.of("red", "blue", "green");
    private static final Map<String, String> MACS = Map.of(
            "red", "020000000002",
            "blue", "020000000003",
            "green", "020000000004",
            "host", "020000000101",
            "router", "020000000102");

    /// Who holds which address; what nobody holds is beyond the host.
    private static final Map<String, String> HOLDERS = Map.of(
            "10.10.0.1", "host",
            "10.10.0.2", "red",
            "10.10.0.66", "red",
            "10.10.0.3", "blue",
            "10.10.0.67", "blue",
            "10.20.0.2", "green",
            "10.20.0.66", "green");

    private static final String BEYOND = "198.51.100.7";
    private static final List<String> SERVICES =
            List.of("tcp/22", "tcp/80", "tcp/443", "tcp/8080", "udp/53", "udp/443", "icmp/echo-request");

    private static final String NOISE = "noise";

    private static final Map<String, String> POLICIES = Map.of(
            // Reports of multicast membership come whenever they like; no packet of the test is one.
            NOISE + ".yaml", """
                    applies-to: {namespaces: ["*"]}
                    priority: 0
                    ingress: {rules: [{deny: [icmpv6, proto/2]}]}
                    egress: {rules: [{deny: [icmpv6, proto/2]}]}
                    """, "first.yaml", """
                    applies-to: {labels: {tier: front}}
                    priority: 10
                    ingress:
                      rules:
                        - {name: ping, allow: icmp/echo-request, from: [host, "namespace:gr*"]}
                        - {name: no-upper, deny: tcp, from: "set:upper"}
                    egress:
                      rules:
                        - {name: dns, allow: udp/53}
                        - {deny: tcp/22, to: "label:tier=back"}
                    sets:
                      upper: [10.10.0.64/26, 10.20.0.66, 203.0.113.0/24]
                    """, "trial.yaml", """
                    applies-to: {namespaces: ["*"]}
                    priority: 20
                    mode: audit
                    ingress:
                      rules:
                        - {name: no-web, deny: [tcp/80, tcp/8080], from: "namespace:red"}
                    egress:
                      default: deny
                      rules:
                        - {name: names, allow: [udp, icmp]}
                        - {name: inside, allow: tcp, to: 10.0.0.0/8}
                    """, "web.yaml", """
                    applies-to: {namespaces: [blue], devices: [veth-green]}
                    ingress:
                      default: deny
                      rules:
                        - {name: web, allow: [tcp/80, tcp/443], from: [10.10.0.0/26, 10.20.0.0/24]}
                        - {name: front, allow: udp, from: "label:tier=front"}
                        - {name: host, allow: any, from: host}
                    """, "rest.yaml", """
                    applies-to: {namespaces: ["*"]}
                    priority: 900
                    egress:
                      rules:
                        - {name: closed, deny: tcp/443, to: ["namespace:green", 198.51.100.0/24]}
                    """);

    private final RouteNetlink netlink = RouteNetlink.open();

    /// One end of a packet's way.
    private record End(String namespace, Direction direction, String peer) {}

    @BeforeEach
    void build() {
        redBlueAndGreen();
        Shell.run("sysctl -qw net.ipv6.conf.all.disable_ipv6=1");
        Shell.run("ip link set br0 address " + mac("host"));
        Shell.run("ip link set veth-green address " + mac("router"));
        // Nothing that the host itself would answer finds a way, so that every packet is one of the test.
        Shell.run("ip rule add iif lo blackhole priority 1");
        Shell.run("ip -n red address add 10.10.0.66/24 dev eth0");
        Shell.run("ip -n blue address add 10.10.0.67/24 dev eth0");
        Shell.run("ip -n green address add 10.20.0.66/24 dev eth0");
        for (String name : NAMESPACES) {
            Shell.run("nsenter --net=/run/netns/" + name + " sysctl -qw net.ipv6.conf.all.disable_ipv6=1");
            Shell.run("ip -n " + name + " link set eth0 address " + mac(name));
            Shell.run("ip -n " + name + " route flush table main");
            if (!name.equals("green")) {
                Shell.run("bridge fdb replace " + mac(name) + " dev veth-" + name + " master static");
            }
        }
        HOLDERS.forEach((address, name) -> {
            if (NAMESPACES.contains(name)) {
                Shell.run("ip neigh replace %s lladdr %s dev %s nud permanent"
                        .formatted(address, mac(name), name.equals("green") ? "veth-green" : "br0"));
            }
        });
        POLICIES.forEach(this::save);
    }

    @AfterEach
    void restore() {
        netlink.close();
        Shell.attempt(words("ip rule del iif lo blackhole priority 1"));
        Shell.run("sysctl -qw net.ipv6.conf.all.disable_ipv6=0");
    }

    @Test
    void filesLiveMapsAndRealPacketsGiveOneAnswer() throws Exception {
        WeirConfig config =
                ConfigFile.load(Files.writeString(home.resolve("weir.yaml"), """
                policies: %s
                bpffs: %s
                namespaces:
                  labels: {red: {tier: front}, green: {tier: front}, blue: {tier: back}}
                """.formatted(policies, pins.root())));
        long seed = Long.getLong("weir.seed", System.nanoTime());
        Random random = new Random(seed);
        Map<String, String> devices = new LinkedHashMap<>();
        devices.put("host", "br0");
        NAMESPACES.forEach(name -> devices.put(name, "eth0"));
        Set<String> answers = new TreeSet<>();
        Map<String, WhyTarget> targets = new HashMap<>();
        try (LocalAgent agent = LocalAgent.start(config);
                RawSender sender = new RawSender(devices)) {
            for (String name : NAMESPACES) {
                targets.put(name, WhyTarget.open(config, name, null));
            }
            Map<String, Long> carried = carried();
            for (int i = 0; i < PACKETS; i++) {
                String from = pick(random, List.copyOf(new TreeSet<>(HOLDERS.keySet())));
                String to = pick(random, destinations(from));
                ExactService service = ExactService.parse(pick(random, SERVICES));
                String what = "seed " + seed + ", packet " + i + ": " + service + " from " + from + " to " + to;

                List<End> ends = new ArrayList<>();
                boolean passes = true;
                if (NAMESPACES.contains(holder(from))) {
                    End end = new End(holder(from), EGRESS, to);
                    ends.add(end);
                    passes = agree(config, targets, end, service, what, answers);
                }
                boolean arrives = passes;
                if (passes && NAMESPACES.contains(holder(to))) {
                    End end = new End(holder(to), INGRESS, from);
                    ends.add(end);
                    arrives = agree(config, targets, end, service, what, answers);
                }
                Map<String, Long> expected = new TreeMap<>();
                for (End end : ends) {
                    ExplanationView said = explain(config, end, service);
                    expected.merge(
                            end.namespace() + " " + said.answer().verdict().word() + " by "
                                    + said.answer().name(),
                            1L,
                            Long::sum);
                }
                Map<String, Long> before = counters(agent);
                sender.send(holder(from), frame(from, to, service, FIRST_PORT + i));
                Await.until(
                        what + " is counted as " + expected,
                        () -> since(before, counters(agent)),
                        () -> since(before, counters(agent)).equals(expected));
                if (arrives && NAMESPACES.contains(holder(to))) {
                    carried.merge("veth-" + holder(to), 1L, Long::sum);
                }
                Await.until(
                        what + (arrives ? " arrives" : " does not arrive"),
                        () -> carried().equals(carried));
            }
        } finally {
            targets.values().forEach(WhyTarget::close);
        }
        assertTrue(
                answers.containsAll(
                        Set.of("allow", "deny", "audit", "default", "unselected", "set", "holder", "prefix")),
                () -> "seed " + seed + " met only " + answers);
    }

    /// Asks both, and holds them to one answer.
    private static boolean agree(
            WeirConfig config,
            Map<String, WhyTarget> targets,
            End end,
            ExactService service,
            String what,
            Set<String> answers)
            throws Exception {
        ExplanationView said = explain(config, end, service);
        WhyTarget target = targets.get(end.namespace());
        if (target == null) {
            throw new IllegalStateException("no programs to ask about " + end);
        }
        Question question = question(end, service);
        WhyView asked = Why.ask(config, question, target);
        Judgement judgement = asked.judgement();
        ExplanationView.Answer answer = said.answer();
        assertEquals(answer.verdict() + " by " + answer.name(), judgement.verdict() + " by " + judgement.by(), what);
        assertEquals(answer.place(), asked.place(), what);
        assertEquals(said.heldBy(), asked.heldBy(), what);
        assertEquals(Judgement.Basis.NEW, judgement.basis(), what);
        answers.add(answer.verdict().word());
        answers.add(answer.rule());
        if (answer.match() != null) {
            String peer = answer.match().peer();
            answers.add(answer.match().prefix() != null ? "set" : peer.contains("/") ? "prefix" : peer);
            if (peer.startsWith("namespace:") || peer.startsWith("label:") || peer.equals("host")) {
                answers.add("holder");
            }
        }
        return answer.verdict().passes();
    }

    private static ExplanationView explain(WeirConfig config, End end, ExactService service) throws Exception {
        String heldBy = HOLDERS.get(end.peer());
        return Explain.run(config, question(end, service), heldBy);
    }

    private static Question question(End end, ExactService service) {
        return new Question(
                end.namespace(), "veth-" + end.namespace(), end.direction(), IpAddress.parse(end.peer()), service);
    }

    private static String holder(String address) {
        return HOLDERS.getOrDefault(address, "nobody");
    }

    /// Where packets from an address can go: nobody's own, and not from host to host.
    private static List<String> destinations(String from) {
        List<String> found = new ArrayList<>(new TreeSet<>(HOLDERS.keySet()));
        found.add(BEYOND);
        found.removeIf(to -> holder(to).equals(holder(from))
                || (holder(from).equals("host")
                        && (to.equals(BEYOND) || holder(to).equals("green")))
                || (holder(from).equals("green") && holder(to).equals("host")));
        return found;
    }

    private static String pick(Random random, List<String> from) {
        return from.get(random.nextInt(from.size()));
    }

    /// The frame as its sender's stack would make it: to the other's device on a bridge, else to the router's.
    private static byte[] frame(String from, String to, ExactService service, int port) {
        byte[] frame =
                Frames.opening(IpAddress.parse(from), IpAddress.parse(to), service.protocol(), service.port(), port);
        String next = holder(from).equals("green") ? "router" : holder(to);
        if (!next.equals("router") && (next.equals("green") || next.equals("nobody"))) {
            next = "host";
        }
        ByteBuffer bytes = ByteBuffer.wrap(frame);
        bytes.put(HexFormat.of().parseHex(MACS.getOrDefault(next, "")));
        bytes.put(HexFormat.of().parseHex(MACS.getOrDefault(holder(from), "")));
        int sum = 0;
        for (int at = 14; at < 34; at += 2) {
            sum += bytes.getShort(at) & 0xffff;
        }
        sum = (sum & 0xffff) + (sum >>> 16);
        return bytes.putShort(24, (short) ~(sum + (sum >>> 16))).array();
    }

    /// Packets that went into each namespace.
    private Map<String, Long> carried() {
        Map<String, Long> found = new TreeMap<>();
        for (NetDevice device : netlink.links()) {
            if (device.name().startsWith("veth-")) {
                found.put(device.name(), device.statistics().txPackets());
            }
        }
        return found;
    }

    private static Map<String, Long> counters(LocalAgent agent) {
        Map<String, Long> counts = new TreeMap<>();
        for (MeterSnapshot.Rule row : agent.view().meters().rules()) {
            if (row.policy().equals(NOISE)) {
                continue;
            }
            String name = row.policy().isEmpty()
                    ? row.rule() + "/" + row.direction()
                    : row.policy() + "/" + row.direction() + "/" + row.rule();
            counts.merge(row.namespace() + " " + row.action().word() + " by " + name, row.packets(), Long::sum);
        }
        return counts;
    }

    private static Map<String, Long> since(Map<String, Long> before, Map<String, Long> now) {
        Map<String, Long> difference = new TreeMap<>();
        now.forEach((rule, count) -> {
            long more = count - before.getOrDefault(rule, 0L);
            if (more != 0) {
                difference.put(rule, more);
            }
        });
        return difference;
    }

    private static String mac(String name) {
        return MACS.getOrDefault(name, "").replaceAll("(..)(?!$)", "$1:");
    }

    private static List<String> words(String command) {
        return List.of(command.split(" "));
    }
}
