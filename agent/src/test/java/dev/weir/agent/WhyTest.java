// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent;

import static dev.weir.abi.Direction.INGRESS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.abi.Limits;
import dev.weir.abi.State;
import dev.weir.agent.cli.ExitCode;
import dev.weir.agent.cli.Weir;
import dev.weir.agent.lab.Probe;
import dev.weir.agent.packet.Packet;
import dev.weir.agent.pins.WeirMaps;
import dev.weir.agent.why.PcapFile;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// `weir why` beside a running agent.
class WhyTest extends HostTest {
    private static final String RED = "10.10.0.2";
    private static final String BLUE = "10.10.0.3";
    private static final String POLICY = """
            applies-to: {namespaces: [blue]}
            ingress:
              default: deny
              rules:
                - {name: web, allow: tcp/80, from: "namespace:red"}
                - {name: shut, deny: [tcp, udp]}
                - {name: ping, allow: icmp/echo-request, from: host}
            """;

    private LocalAgent agent;
    private Path config;

    private record Outcome(ExitCode code, String out, String err) {}

    @BeforeEach
    void start() throws IOException {
        redAndBlue();
        save("blue.yaml", POLICY);
        config = Files.writeString(
                home.resolve("weir.yaml"), "policies: %s\nbpffs: %s\n".formatted(policies, pins.root()));
        agent = LocalAgent.start(config());
    }

    @AfterEach
    void stop() {
        agent.close();
    }

    @Test
    void ruleIsToldWithItsPlaceAndWhoHoldsThePeer() {
        assertEquals("""
                allow: tcp/80 from 10.10.0.2 (held by red) into blue (10.10.0.3) through veth-blue
                    by blue/ingress/web
                    at POLICIES/blue.yaml:5:7
                    a new judgement, by generation 1
                """, ask("ingress 10.10.0.2 tcp/80"));
        assertEquals("""
                deny: tcp/80 from 10.10.0.3 (held by blue) into blue (10.10.0.3) through veth-blue
                    by blue/ingress/shut
                    at POLICIES/blue.yaml:6:7
                    a new judgement, by generation 1
                """, ask("ingress 10.10.0.3 tcp/http"));
        assertTrue(
                ask("ingress 10.10.0.1 icmp/echo-request").startsWith("allow: icmp/8/0 from 10.10.0.1 (held by host)"));
        String nobody = ask("ingress 192.0.2.1 icmp/echo-request");
        assertTrue(nobody.startsWith("deny: icmp/8/0 from 192.0.2.1 into blue"), nobody);
        assertTrue(nobody.contains("    by blue/ingress/default\n    at POLICIES/blue.yaml:3:12\n"), nobody);
        assertEquals("""
                allow: proto/47 out of blue (10.10.0.3) to 192.0.2.1 through veth-blue
                    by unselected/egress of weir.yaml
                    a new judgement, by generation 1
                """, ask("egress 192.0.2.1 proto/47"));
        assertTrue(ask("ingress 10.10.0.2 tcp/80 -o json").contains("\"basis\" : \"new\""));
    }

    @Test
    void placeIsToldOnlyOfThePoliciesInForce() throws IOException {
        Path other = Files.createDirectory(home.resolve("other"));
        String said = ask("ingress 10.10.0.2 tcp/80 --policies " + other);
        assertTrue(said.contains("    by blue/ingress/web\n    a new judgement"), said);
        assertTrue(said.contains("note: the files under " + other + " are not the policies in force"), said);
    }

    @Test
    void captureIsJudgedPacketByPacketAndNothingIsCounted() throws IOException {
        try (ServerSocket server = Probe.echo("blue", BLUE, 80);
                Socket live = Probe.connect("red", BLUE, 80, SILENCE_MILLIS)) {
            assertTrue(Probe.echoes(live));
            int port = live.getLocalPort();
            byte[] long9000 = Packet.ip(RED, BLUE, 17, Packet.udp(40_000, 80, new byte[9_000]));
            byte[] segment = Packet.tcpPacket(RED, port, BLUE, server.getLocalPort(), Packet.ACK);
            Path capture = Files.write(
                    home.resolve("capture.pcap"),
                    new PcapFile()
                            .add(segment)
                            .add(Packet.tcpPacket(BLUE, 80, RED, port, Packet.ACK))
                            .add(Packet.tcpPacket(RED, 40_000, BLUE, 81, Packet.SYN))
                            .add(Packet.tcpPacket(RED, port, BLUE, 80, Packet.SYN | Packet.FIN))
                            .add(Packet.tcpPacket(RED, 40_000, "10.10.0.1", 80, Packet.SYN))
                            .add(long9000)
                            .cut(long9000, 60)
                            .cut(segment, 40)
                            .bytes());
            TcpSilence.await("red", "blue"); // else an acknowledgement may come between the two looks
            String counted = counts();
            Outcome outcome = weir("why --config " + config + " --namespace blue --pcap " + capture);
            assertEquals("", outcome.err());
            assertEquals(counted, counts());
            List<String> lines = outcome.out().replaceAll(" +", " ").lines().toList();
            assertTrue(lines.get(1).endsWith(":" + port + " 10.10.0.3:80 ingress allow blue/ingress/web cached"));
            assertTrue(lines.get(2).endsWith(":" + port + " egress allow blue/ingress/web cached"));
            assertTrue(lines.get(3).endsWith("10.10.0.3:81 ingress deny blue/ingress/shut new"));
            assertTrue(lines.get(4).endsWith("10.10.0.3:80 ingress deny malformed new"));
            assertTrue(lines.get(5).endsWith("10.10.0.1:80 - - not of this namespace -"));
            assertTrue(lines.get(6).endsWith("10.10.0.3:80 ingress deny blue/ingress/shut new"));
            assertTrue(lines.get(7).endsWith("10.10.0.3:80 ingress deny blue/ingress/shut new"));
            assertTrue(lines.get(8).endsWith("ingress - cut inside its headers -"));
            assertEquals(
                    List.of(
                            "total 8: 2 allow, 4 deny, 1 not of this namespace, 1 cut inside its headers",
                            "cut by the capture behind their headers, and judged by these: 1",
                            "longer than can be asked about, and judged by their headers: 2"),
                    lines.subList(9, lines.size()));
        }
    }

    @Test
    void whatASenderMayNotSayIsSpoofed() throws IOException {
        Path capture = Files.write(
                home.resolve("spoof.pcap"),
                new PcapFile()
                        .add(Packet.discovery("fe80::1", "ff02::1", 134))
                        .add(Packet.discovery("fe80::1", "ff02::1", 135))
                        .bytes());
        List<String> lines = weir("why --config " + config + " --namespace blue --direction egress --limit 1 --pcap "
                        + capture)
                .out()
                .replaceAll(" +", " ")
                .lines()
                .toList();
        assertTrue(lines.get(1).endsWith("fe80::1 ff02::1 egress deny spoof new"), lines::toString);
        assertEquals("the first 1: 1 deny; the capture goes on", lines.get(2));
    }

    @Test
    void whatCannotBeAskedIsSaid() throws IOException {
        assertEquals(
                new Outcome(
                        ExitCode.FAILED,
                        "",
                        "weir: no device of a namespace called grey is enforced; enforced are blue, red\n"),
                weir("why --config " + config
                        + " --namespace grey --direction ingress --peer 192.0.2.1 --service tcp/80"));
        assertEquals(
                "weir: no device veth-red that leads to blue is enforced; expected veth-blue\n",
                weir(question("ingress 192.0.2.1 tcp/80 --device veth-red")).err());
        Path pcapng = Files.write(home.resolve("new.pcapng"), new byte[] {0x0a, 0x0d, 0x0d, 0x0a, 0, 0, 0, 0});
        Outcome refused = weir("why --config " + config + " --namespace blue --pcap " + pcapng);
        assertEquals(ExitCode.USAGE, refused.code());
        assertTrue(refused.err().contains("`editcap -F pcap FILE NEW`"), refused.err());
        try (WeirMaps maps = WeirMaps.openPinned(pins)) {
            long programs = maps.state().getLong(State.PROGRAMS);
            maps.state().setLong(State.PROGRAMS, programs + 1);
            assertEquals(
                    "weir: the programs in the kernel are of another build; use the weir of the agent that runs\n",
                    weir(question("ingress 192.0.2.1 tcp/80")).err());
            maps.state().setLong(State.PROGRAMS, programs);
        }
    }

    @Test
    void mapsOfAnotherLayoutAreNotAsked() {
        try (WeirMaps maps = WeirMaps.openPinned(pins)) {
            maps.state().setInt(State.VERSION, Limits.LAYOUT + 1);
            try {
                String told = weir(question("ingress 192.0.2.1 tcp/80")).err();
                assertTrue(told.contains("have layout " + (Limits.LAYOUT + 1) + ", made by a newer version"), told);
            } finally {
                maps.state().setInt(State.VERSION, Limits.LAYOUT);
            }
        }
    }

    @Test
    void whoMayNotAskIsToldWhatIsMissing() {
        AgentProcess.Ended ended = AgentProcess.run(
                List.of("setpriv", "--bounding-set", "-all", "--inh-caps", "-all"),
                question("ingress 192.0.2.1 tcp/80").split(" "));
        assertEquals(3, ended.status(), ended.output());
        assertTrue(ended.output().contains("CAP_BPF"), ended.output());
        ended = AgentProcess.run(
                List.of("setpriv", "--bounding-set", "-all,+bpf,+net_admin", "--inh-caps", "-all,+bpf,+net_admin"),
                question("ingress 192.0.2.1 tcp/80").split(" "));
        assertEquals(3, ended.status(), ended.output());
        assertTrue(ended.output().contains("run as root"), ended.output());
    }

    @Test
    void capabilitiesForBpfNetworksAndTracingAreEnough() {
        AgentProcess.Ended ended = AgentProcess.run(
                List.of(
                        "setpriv",
                        "--bounding-set",
                        "-all,+bpf,+net_admin,+perfmon",
                        "--inh-caps",
                        "-all,+bpf,+net_admin,+perfmon"),
                question("ingress 10.10.0.2 tcp/80").split(" "));
        assertEquals(0, ended.status(), ended.output());
        assertTrue(ended.output().startsWith("allow: tcp/80 from 10.10.0.2"), ended.output());
    }

    @Test
    void constantsOfTheAttachedProgramsHold() throws IOException {
        agent.close();
        Files.writeString(config, "policies: %s\nbpffs: %s\nother-l2: deny\n".formatted(policies, pins.root()));
        Path capture = Files.write(
                home.resolve("other.pcap"),
                new PcapFile().add(Packet.ethernet(0x88b5, new byte[46])).bytes());
        String command = "why --config " + config + " --namespace blue --direction egress --pcap " + capture;
        assertTrue(
                weir(command).out().contains("total 1: 1 allow"), weir(command).out());
        agent = LocalAgent.start(config());
    }

    private String counts() {
        return agent.rulePackets("blue", INGRESS, "web") + " " + agent.rulePackets("blue", INGRESS, "shut") + " "
                + agent.flows("blue").stream()
                        .filter(flow -> flow.protocol().equals("tcp"))
                        .map(flow -> flow.insidePort() + " " + flow.packets() + " " + flow.verdict())
                        .toList();
    }

    private String question(String line) {
        String[] words = line.split(" ", 4);
        return "why --config %s --namespace blue --direction %s --peer %s --service %s%s"
                .formatted(config, words[0], words[1], words[2], words.length > 3 ? " " + words[3] : "");
    }

    private String ask(String line) {
        Outcome outcome = weir(question(line));
        assertEquals("", outcome.err());
        assertEquals(ExitCode.OK, outcome.code());
        return outcome.out().replace(policies.toString(), "POLICIES");
    }

    private static Outcome weir(String line) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        ExitCode code = Weir.run(Main.wiring(), false, new PrintWriter(out), new PrintWriter(err), line.split(" "));
        return new Outcome(code, out.toString(), err.toString());
    }
}
