// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.abi.Direction;
import dev.weir.agent.cli.ExitCode;
import dev.weir.agent.cli.HostAddress;
import dev.weir.agent.cli.Weir;
import dev.weir.agent.cli.Wiring.Namespaces.Wish;
import dev.weir.agent.config.ConfigFile;
import dev.weir.agent.config.WeirConfig;
import dev.weir.agent.http.HttpServer;
import dev.weir.agent.lab.NamespaceMaker;
import dev.weir.agent.lab.Probe;
import dev.weir.agent.lab.Shell;
import dev.weir.agent.view.Verdict;
import dev.weir.net.NetworkNamespace;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// `weir netns` and `weir attach` beside a running agent: red is on the bridge, blue is made.
class NetnsTest extends HostTest {
    private static final String ADD = "netns add blue --bridge br0 --address 10.10.0.3/24";

    @BeforeEach
    void makeTheBridge() {
        lab.bridge("br0", "10.10.0.1/24").onBridge("br0", "red", "10.10.0.2/24", "10.10.0.1");
        save("blue.yaml", """
                applies-to: {namespaces: [blue]}
                ingress: {default: deny, rules: [{name: web, allow: tcp/80, from: "namespace:red"}]}
                egress: {default: deny}
                """);
    }

    /// What lies on this host once the devices of its topology are up, which the kernel says in its own time.
    private static String atRest() {
        Await.until(
                "every device is up",
                HostTraces::now,
                () -> !HostTraces.now().matches("(?s).*(NO-CARRIER|linkdown).*"));
        return HostTraces.now();
    }

    @AfterEach
    void removeBlue() {
        Shell.attempt(List.of("sh", "-c", "ip link del veth-blue; ip netns del blue; rm -rf /run/weir"));
    }

    /// What a command line did.
    private record Outcome(ExitCode code, String out, String err) {}

    /// Runs a command line beside an agent with this configuration.
    private static Outcome weir(LocalAgent agent, String line) throws Exception {
        InetSocketAddress anywhere = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        try (HttpServer server = HttpServer.start(anywhere, agent.view())) {
            return weir(line + " --agent 127.0.0.1:" + server.address().getPort());
        }
    }

    private static Outcome weir(String line) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        ExitCode code = Weir.run(Main.wiring(), false, new PrintWriter(out), new PrintWriter(err), line.split(" "));
        return new Outcome(code, out.toString(), err.toString());
    }

    private static boolean connects(String from, String to, int port) throws Exception {
        try (ServerSocket server = Probe.echo(holder(to), to, port)) {
            return Inside.connects(from, to, server.getLocalPort());
        }
    }

    /// As the other, where it is allowed: the first packet may be lost while a bridge takes up its new port.
    private static boolean connectsAtLast(String from, String to, int port) throws Exception {
        try (ServerSocket server = Probe.echo(holder(to), to, port)) {
            return Inside.connectsAtLast(from, to, server.getLocalPort());
        }
    }

    private static String holder(String address) {
        return address.equals("10.10.0.3") ? "blue" : "red";
    }

    @Test
    void namespaceIsEnforcedFromItsFirstPacketOn() throws Exception {
        try (LocalAgent agent = LocalAgent.start(config())) {
            assertEquals(
                    new Outcome(ExitCode.OK, "namespace blue is enforced: 10.10.0.3/24 behind veth-blue on br0\n", ""),
                    weir(agent, ADD));

            assertTrue(connectsAtLast("red", "10.10.0.3", 80));
            assertFalse(connects("red", "10.10.0.3", 81));
            assertFalse(connects("blue", "10.10.0.2", 80));
            assertTrue(Shell.run("ip -n blue route").startsWith("default via 10.10.0.1 dev eth0"));
            awaitAllJudged(agent, "rx_packets", Direction.EGRESS);
            awaitAllJudged(agent, "tx_packets", Direction.INGRESS);
        }
        assertEquals(
                new Outcome(ExitCode.OK, "removed device veth-blue\nremoved namespace blue\n", ""),
                weir("netns del blue"));
        assertEquals(List.of(), HostTraces.records());
        assertFalse(Shell.run("ip netns").contains("blue"));
        assertEquals(ExitCode.FAILED, weir("netns del blue").code());
    }

    /// Looks when no packet passes meanwhile: the kernel of blue sends some on its own.
    private static void awaitAllJudged(LocalAgent agent, String counter, Direction direction) {
        Await.until(
                "each packet of " + counter + " was judged",
                () -> carried(counter) + " carried, " + judged(agent, direction) + " judged",
                () -> {
                    long before = carried(counter);
                    return judged(agent, direction) == before && carried(counter) == before;
                });
    }

    private static long carried(String counter) {
        try {
            return Long.parseLong(Files.readString(Path.of("/sys/class/net/veth-blue/statistics", counter))
                    .strip());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Packets that left blue, dropped or not; of those that should enter, those that did.
    private static long judged(LocalAgent agent, Direction direction) {
        long dropped = direction == Direction.INGRESS
                ? 0
                : agent.outcome("blue", direction, Verdict.DENY).packets();
        return agent.outcome("blue", direction, Verdict.ALLOW).packets() + dropped;
    }

    @Test
    void deviceIsDownWhileTheGateIsClosed() throws Exception {
        try (LocalAgent agent = LocalAgent.start(config())) {
            new NamespaceMaker()
                    .add(new Wish("blue", "br0", "veth-blue", List.of(HostAddress.parse("10.10.0.3/24"))), () -> {
                        assertFalse(device("veth-blue").orElseThrow().up());
                        Await.until(
                                "the agent attaches to a device that is down",
                                () -> agent.namespace("blue").isPresent());
                        assertFalse(device("veth-blue").orElseThrow().up());
                    });
            assertTrue(device("veth-blue").orElseThrow().up());
        }
    }

    @Test
    void bothFamiliesGetTheirGateway() throws Exception {
        Shell.run("ip address add 2001:db8:10::1/64 dev br0 nodad");
        try (LocalAgent agent = LocalAgent.start(config())) {
            assertEquals(
                    ExitCode.OK,
                    weir(agent, ADD + " --address 2001:db8:10::3/64").code());
            assertTrue(Shell.run("ip -n blue -6 route").contains("default via 2001:db8:10::1 dev eth0"));
            assertTrue(Inside.pings("red", "10.10.0.1"));
        }
    }

    /// Each call of `ip` that changes something fails once.
    @Test
    void nothingIsLeftWhicheverStepFails() throws Exception {
        String before = atRest();
        Path real = Files.copy(Path.of("/usr/sbin/ip").toRealPath(), home.resolve("ip"));
        real.toFile().setExecutable(true);
        Path left = home.resolve("left");
        Path broken = Files.writeString(home.resolve("broken"), """
                #!/bin/sh
                case "$*" in *show* | *del* | *pids* | netns | -o* | route* | rule) exec %1$s "$@" ;; esac
                n=$(($(cat %2$s) - 1))
                echo $n >%2$s
                [ $n -ne 0 ] || { echo made to fail >&2; exit 1; }
                exec %1$s "$@"
                """.formatted(real, left));
        broken.toFile().setExecutable(true);
        List<String> failed = new ArrayList<>();
        Shell.run("mount --bind " + broken + " /usr/sbin/ip");
        try (LocalAgent agent = LocalAgent.start(config())) {
            while (failed.size() < 50) {
                Files.writeString(left, failed.size() + 1 + "\n");
                Outcome outcome = weir(agent, ADD);
                if (outcome.code() == ExitCode.OK) {
                    break;
                }
                failed.add(outcome.err()
                        .replaceFirst(
                                "^weir: add namespace blue: `(.*)` failed: made to fail; nothing is left of it\n$",
                                "$1"));
                assertEquals(before, HostTraces.now(), outcome.err());
            }
            assertEquals(ExitCode.OK, weir("netns del blue").code());
        } finally {
            Shell.run("umount /usr/sbin/ip");
        }
        assertEquals(
                List.of(
                        "ip netns add blue",
                        "ip link add veth-blue type veth peer name eth0 netns blue",
                        "ip link set veth-blue alias weir-netns master br0",
                        "ip -n blue link set lo up",
                        "ip -n blue address add 10.10.0.3/24 dev eth0",
                        "ip -n blue link set eth0 up",
                        "ip -n blue route add default via 10.10.0.1",
                        "ip link set veth-blue up"),
                failed);
        assertEquals(before, HostTraces.now());
    }

    @Test
    void nothingIsLeftWhereTheRecordCannotBeWritten() throws Exception {
        String before = atRest();
        Files.createDirectories(Path.of("/run/weir"));
        Files.writeString(Path.of("/run/weir/declared"), "not a directory");
        try (LocalAgent agent = LocalAgent.start(config())) {
            Outcome outcome = weir(agent, ADD);
            assertEquals(ExitCode.FAILED, outcome.code());
            assertTrue(
                    outcome.err().startsWith("weir: add namespace blue: write /run/weir/declared/blue: "),
                    outcome.err());
            assertEquals(before, HostTraces.now());
        }
    }

    @Test
    void nothingIsLeftWhenTheAgentDoesNotEnforceIt() throws Exception {
        String before = atRest();
        try (LocalAgent agent = LocalAgent.start(written("namespaces: {exclude: [blue]}"))) {
            Outcome outcome = weir(agent, ADD + " --timeout 100ms");
            assertEquals(ExitCode.FAILED, outcome.code());
            assertTrue(outcome.err().contains("the agent knows no such device"), outcome.err());
            assertEquals(before, HostTraces.now());
        }
        try (LocalAgent agent = LocalAgent.start(config())) {
            Outcome outcome = weir(agent, ADD.replace("10.10.0.3", "10.10.0.2") + " --timeout 3s");
            assertTrue(
                    outcome.err().contains("does not grant it the address 10.10.0.2: namespace red holds it"),
                    outcome.err());
            assertEquals(before, HostTraces.now());
        }
    }

    @Test
    void nothingIsLeftWhenItIsToldToEnd() throws Exception {
        String before = atRest();
        InetSocketAddress anywhere = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        try (LocalAgent agent = LocalAgent.start(written("namespaces: {exclude: [blue]}"));
                HttpServer server = HttpServer.start(anywhere, agent.view())) {
            String line =
                    ADD + " --timeout 1m --agent 127.0.0.1:" + server.address().getPort();
            try (AgentProcess command = AgentProcess.launch(List.of(), line.split(" "))) {
                Await.until(
                        "it waits for the agent",
                        () -> Shell.attempt(List.of("ip", "-n", "blue", "route"))
                                .output()
                                .contains("default"));
                assertEquals(143, command.terminate().status(), "SIGTERM");
            }
            assertEquals(before, HostTraces.now());
        }
    }

    @Test
    void whatIsThereAlreadyIsNotTouched() throws Exception {
        Shell.run("ip netns add blue");
        Shell.run("ip link add veth-other type veth peer name other0");
        String before = atRest();
        try (LocalAgent agent = LocalAgent.start(config())) {
            for (String line : List.of(
                    ADD,
                    ADD.replace("blue", "green").replace("br0", "br1"),
                    ADD.replace("blue", "green").replace("br0", "veth-red"),
                    ADD.replace("blue", "other"))) {
                Outcome outcome = weir(agent, line);
                assertEquals(ExitCode.FAILED, outcome.code(), outcome.err());
            }
            assertTrue(weir("netns del blue").err().contains("ip netns del blue"));
            assertEquals(before, HostTraces.now());
        } finally {
            Shell.run("ip link del veth-other");
        }
    }

    private WeirConfig written(String yaml) throws Exception {
        return ConfigFile.load(Files.writeString(home.resolve("weir.yaml"), yaml))
                .withPolicies(policies)
                .withBpffs(pins.root());
    }

    @Test
    void whatItDeclaresIsGrantedToThatNamespaceAlone() throws Exception {
        try (LocalAgent agent =
                LocalAgent.start(written("namespaces: {addresses: declared, declared: {red: [10.10.0.2]}}"))) {
            assertEquals(ExitCode.OK, weir(agent, ADD).code());
            assertTrue(connectsAtLast("red", "10.10.0.3", 80));
            Shell.run("ip -n blue address add 10.10.0.4/24 dev eth0");
            Await.until(
                    "another address is refused",
                    () -> agent.namespace("blue").orElseThrow().refusedAddresses().stream()
                            .anyMatch(refused -> refused.address().equals("10.10.0.4")));

            Files.copy(Path.of("/run/weir/declared/blue"), home.resolve("record"));
            try (NetworkNamespace gone = NetworkNamespace.ofName("blue")) {
                assertEquals(ExitCode.OK, weir("netns del blue").code());
                Files.copy(home.resolve("record"), Path.of("/run/weir/declared/blue"));
                lab.onBridge("br0", "blue", "10.10.0.3/24", "10.10.0.1");
                try (NetworkNamespace come = NetworkNamespace.ofName("blue")) {
                    assertNotEquals(gone.inode(), come.inode(), "the number of one that is open is not given again");
                }
            }
            Await.until(
                    "the address is refused",
                    () -> agent.namespace("blue").stream()
                            .flatMap(blue -> blue.refusedAddresses().stream())
                            .anyMatch(refused -> refused.address().equals("10.10.0.3")));
            assertFalse(connects("red", "10.10.0.3", 80));
            assertEquals(
                    new Outcome(
                            ExitCode.OK,
                            "",
                            "weir: left alone: namespace blue, which is another one than `weir netns add` has made\n"),
                    weir("netns del blue"));
        }
    }

    @Test
    void recordsThatOthersMayWriteAreNotBelieved() throws Exception {
        try (LocalAgent agent = LocalAgent.start(written("namespaces: {addresses: declared}"))) {
            Files.createDirectories(Path.of("/run/weir/declared"));
            Shell.run("chmod 777 /run/weir/declared");
            Outcome outcome = weir(agent, ADD + " --timeout 3s");
            assertTrue(outcome.err().contains("does not grant it the address 10.10.0.3"), outcome.err());
        }
    }

    @Test
    void processesThatGoOnAreTold() throws Exception {
        try (LocalAgent agent = LocalAgent.start(config())) {
            assertEquals(ExitCode.OK, weir(agent, ADD).code());
        }
        Process sleeper = new ProcessBuilder("ip", "netns", "exec", "blue", "sleep", "60").start();
        try {
            Await.until(
                    "the process is in its namespace",
                    () -> Shell.run("ip netns pids blue").contains(String.valueOf(sleeper.pid())));
            assertEquals(
                    "weir: processes go on in what was namespace blue, which has no name any more: " + sleeper.pid()
                            + "\n",
                    weir("netns del blue").err());
            assertFalse(device("veth-blue").isPresent());
        } finally {
            sleeper.destroy();
        }
    }

    @Test
    void attachReturnsForADeviceThatIsDown() throws Exception {
        Shell.run("ip netns add blue");
        Shell.run("ip link add veth-blue type veth peer name eth0 netns blue");
        try (LocalAgent agent = LocalAgent.start(config())) {
            assertEquals(
                    new Outcome(ExitCode.OK, "veth-blue of blue is enforced\n", ""),
                    weir(agent, "attach --device veth-blue --namespace blue"));
            assertEquals(2, linksOf("veth-blue").size());
            assertFalse(device("veth-blue").orElseThrow().up());
            assertEquals(
                    ExitCode.FAILED,
                    weir(agent, "attach --device veth-green --timeout 50ms").code());
        }
    }
}
