// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent;

import static dev.weir.abi.Direction.EGRESS;
import static dev.weir.abi.Direction.INGRESS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.abi.Limits;
import dev.weir.abi.State;
import dev.weir.agent.lab.Probe;
import dev.weir.agent.lab.Shell;
import dev.weir.agent.pins.WeirMaps;
import dev.weir.agent.upgrade.OlderVersion;
import dev.weir.agent.view.StatusView;
import dev.weir.bpf.MappedArray;
import dev.weir.bpf.TcxAttachment;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// A version whose maps are laid out in another way takes the place of an older one, at full traffic: no
/// packet passes that the policies refuse, none is lost that they allow, and what the older one has counted
/// is not lost.
class UpgradeTest extends HostTest {
    private static final String BLUE = "10.10.0.3";
    private static final String RED = "10.10.0.2";
    private static final List<String> DEVICES = List.of("veth-red", "veth-blue", "veth-green");

    /// As if nothing had been where it is now, there had been fewer slots, and a field that is gone.
    static String otherwise(String header) {
        String otherwise = header;
        for (String struct : List.of(
                "weir_flow",
                "weir_endpoint",
                "weir_account",
                "weir_count",
                "weir_cell",
                "weir_counters",
                "weir_device_key",
                "weir_cell_owner",
                "weir_address_key",
                "weir_vantage",
                "weir_peer_key",
                "weir_handshakes")) {
            otherwise = OlderVersion.reversed(otherwise, struct);
        }
        return otherwise
                .replaceFirst("struct weir_endpoint \\{", "struct weir_endpoint {\n__u64 once;")
                .replaceFirst("WEIR_MAX_ENDPOINTS 4096", "WEIR_MAX_ENDPOINTS 1024");
    }

    /// As if counters of rules had been half as wide.
    private static String narrow(String header) {
        return header.replaceFirst(
                "(?s)struct weir_cell \\{\\s*weir_sum packets", "struct weir_cell {\n__u32 pad[2]; __u32 packets");
    }

    private ServerSocket web;
    private DatagramSocket probes;
    private DatagramSocket outside;

    @BeforeEach
    void build() {
        redBlueAndGreen();
        save("blue.yaml", """
                applies-to: {namespaces: [blue]}
                ingress:
                  default: deny
                  rules:
                    - {name: web, allow: tcp/80, from: "namespace:red"}
                    - {name: probes, allow: udp/8000, from: "namespace:red"}
                    - {name: never, deny: udp/9000}
                """);
        save("red.yaml", """
                applies-to: {namespaces: [red]}
                egress:
                  rules:
                    - {name: sent, allow: udp/9000}
                """);
        web = Probe.echo("blue", BLUE, 80);
        probes = Inside.echo("blue", BLUE, 8000);
        outside = Inside.echo("red", RED, 8001);
    }

    @AfterEach
    void stop() throws IOException {
        web.close();
        probes.close();
        outside.close();
    }

    private static List<Integer> programs() {
        return DEVICES.stream()
                .flatMap(device -> attachments(device).stream())
                .map(TcxAttachment::programId)
                .toList();
    }

    private static List<List<Integer>> links() {
        return DEVICES.stream().map(HostTest::linksOf).toList();
    }

    private void age(UnaryOperator<String> change) {
        OlderVersion.compiled(home.resolve("older"), change).takeOver(pins);
    }

    @Test
    void nothingIsLostWhenOneMapChanges() throws IOException {
        upgradesWithoutLoss(UpgradeTest::narrow);
    }

    @Test
    void nothingIsLostWhenEveryMapChanges() throws IOException {
        upgradesWithoutLoss(UpgradeTest::otherwise);
    }

    @Test
    void nothingIsLostWhenOnlyProgramsChange() throws IOException {
        LocalAgent.start(config()).close();
        startsWithoutLoss();
    }

    /// As if nobody had been credited yet, nor flows had known their peers.
    private static String withoutPeers(String header) {
        return "#define credited formerly_credited\n#define peer formerly_peer\n#define other_bytes formerly_other\n"
                + header;
    }

    @Test
    void bytesAreCreditedOnceWhenEveryMapChanges() throws IOException {
        creditsOnce(UpgradeTest::otherwise, true);
    }

    @Test
    void bytesAreCreditedOnceWhenNoneWereBefore() throws IOException {
        creditsOnce(UpgradeTest::withoutPeers, false);
    }

    /// @param before whether some are credited before the older version takes over
    private void creditsOnce(UnaryOperator<String> change, boolean before) throws IOException {
        Shell.run("sysctl -qw net.ipv6.conf.all.disable_ipv6=1");
        for (String namespace : List.of("red", "blue", "green")) {
            Shell.run("nsenter --net=/run/netns/" + namespace + " sysctl -qw net.ipv6.conf.all.disable_ipv6=1");
        }
        try (DatagramSocket red = Inside.open("red", RED, 0)) {
            try (LocalAgent agent = LocalAgent.start(config())) {
                if (before) {
                    assertTrue(Inside.asks(red, BLUE, 8000));
                    Exchanged.await(agent.view(), "red", Map.of("blue", "142/142"));
                    assertTrue(Inside.asks(red, BLUE, 8000));
                }
            }
            age(change);
            assertTrue(Inside.asks(red, BLUE, 8000));
            Traffic questions = Traffic.questions("red", BLUE, 8000);
            questions.awaitMore();
            try (LocalAgent agent = LocalAgent.start(config())) {
                questions.awaitMore();
                questions.close();
                assertTrue(Inside.asks(red, BLUE, 8000));
                Exchanged.awaitWhole(agent.view(), "red", "blue");
                assertTrue(Exchanged.by(agent.view(), "red").containsKey("blue"));
            }
        }
    }

    private void upgradesWithoutLoss(UnaryOperator<String> change) throws IOException {
        LocalAgent.start(config()).close();
        List<List<Integer>> links = links();
        List<Integer> first = programs();
        age(change);
        assertNotEquals(first, programs(), "the older version judges");
        assertEquals(links, links());
        startsWithoutLoss();
    }

    private void startsWithoutLoss() throws IOException {
        List<List<Integer>> links = links();
        List<Integer> before = programs();
        try (DatagramSocket never = Inside.open("blue", BLUE, 9000)) {
            Traffic connection = Traffic.connection("red", BLUE, 80);
            Traffic questions = Traffic.questions("red", BLUE, 8000);
            Traffic answers = Traffic.questions("blue", RED, 8001);
            Traffic newFlows = Traffic.newFlows("blue", RED, 8001);
            Traffic flood = Traffic.flood("red", BLUE, 9000);
            List<Traffic> all = List.of(connection, questions, answers, newFlows, flood);
            all.forEach(Traffic::awaitMore);
            try (LocalAgent agent = LocalAgent.start(config())) {
                all.forEach(Traffic::awaitMore);
                all.forEach(Traffic::close);

                assertEquals(links, links(), "no link was made anew");
                programs().forEach(program -> assertFalse(before.contains(program), "an older program runs"));
                assertFalse(Files.exists(pins.next().maps()), "the new maps have taken the place of the old");
                assertEquals(0, questions.lost(), () -> "of " + questions.done());
                assertEquals(0, answers.lost(), () -> "of " + answers.done());
                never.setSoTimeout(1);
                assertFalse(receives(never), "a packet came that the policy refuses");
                assertEquals(flood.done(), agent.rulePackets("red", EGRESS, "sent"));
                assertEquals(flood.done(), agent.rulePackets("blue", INGRESS, "never"));
                assertEquals(
                        2 * questions.done(),
                        agent.flows("blue", "udp/8000").stream()
                                .mapToLong(flow -> flow.packets())
                                .sum());
                assertEquals(2 * questions.done(), agent.rulePackets("blue", INGRESS, "probes"));
                awaitFlowsAccounted(agent);
                assertEquals(1, agent.view().status().generation(), "nothing changed but the layout");
                System.out.printf("%d of %d new flows lost an answer%n", newFlows.lost(), newFlows.done());
            }
        }
    }

    /// Looks when no flow comes or goes meanwhile: namespaces send on their own.
    private void awaitFlowsAccounted(LocalAgent agent) {
        try (WeirMaps maps = WeirMaps.openPinned(pins)) {
            Await.until(
                    "each flow is accounted for",
                    () -> tracked(agent) + " accounted, " + entries(maps) + " entries",
                    () -> {
                        long before = tracked(agent);
                        return entries(maps) == before && tracked(agent) == before;
                    });
        }
    }

    private static long tracked(LocalAgent agent) {
        return Stream.of("red", "blue", "green")
                .map(agent::tracking)
                .mapToLong(each -> each.opened() - each.closed())
                .sum();
    }

    private static long entries(WeirMaps maps) {
        AtomicLong entries = new AtomicLong();
        maps.flows().forEach((key, flow) -> entries.incrementAndGet());
        return entries.get();
    }

    private void setLayout(int layout) {
        try (MappedArray state = MappedArray.openPinned(pins.map(WeirMaps.STATE))) {
            state.setInt(State.VERSION, layout);
        }
    }

    private AgentProcess.Ended run(String... arguments) {
        List<String> all = new ArrayList<>(List.of(arguments));
        all.addAll(List.of("--bpffs", pins.root().toString()));
        return AgentProcess.run(all.toArray(String[]::new));
    }

    private AgentProcess.Ended runAgent() {
        return run("run", "--policies", policies.toString(), "--listen", "127.0.0.1:0");
    }

    private void assertEnforcing() {
        assertTrue(Inside.connects("red", BLUE, 80));
        assertFalse(Inside.connects("green", BLUE, 80));
    }

    private static void assertRefused(AgentProcess.Ended ended, String why) {
        assertEquals(1, ended.status(), ended.output());
        assertTrue(ended.output().contains(why), ended.output());
    }

    @Test
    void downgradeIsRefusedAndChangesNothing() {
        LocalAgent.start(config()).close();
        List<Integer> before = programs();
        setLayout(Limits.LAYOUT + 1);
        String why = "have layout %d, made by a newer version of Weir".formatted(Limits.LAYOUT + 1);
        assertRefused(runAgent(), why);
        assertRefused(run("status"), why);
        assertRefused(run("flows"), why);
        assertRefused(
                run("why", "--namespace", "blue", "--direction", "ingress", "--peer", RED, "--service", "tcp/80"), why);
        assertEquals(before, programs());
        assertEnforcing();
    }

    @Test
    void whoeverReadsAnOlderLayoutIsToldWhatTakesItOver() {
        LocalAgent.start(config()).close();
        age(UpgradeTest::otherwise);
        String why = "`weir run` of this version takes over what they hold";
        assertRefused(run("status"), why);
        assertRefused(run("flows"), why);
        assertRefused(
                run("why", "--namespace", "blue", "--direction", "ingress", "--peer", RED, "--service", "tcp/80"), why);
        assertEnforcing();
    }

    @Test
    void upgradeThatAnotherVersionHasBegunIsLeftToIt() throws IOException {
        LocalAgent.start(config()).close();
        List<Integer> before = programs();
        try (MappedArray state = MappedArray.openPinned(pins.map(WeirMaps.STATE))) {
            Files.createDirectory(pins.next().maps());
            state.pin(pins.next().map(WeirMaps.STATE)); // one and the same here, but a start cannot know
            state.setInt(State.VERSION, Limits.LAYOUT - 1);
        }
        assertRefused(runAgent(), "from layout %1$d to %1$d was not finished".formatted(Limits.LAYOUT - 1));
        assertEquals(before, programs());
        assertEnforcing();
    }

    @Test
    void mapsThatNobodyJudgesByAreRemoved() throws IOException {
        LocalAgent.start(config()).close();
        Files.createDirectory(pins.next().maps());
        Files.createLink(pins.next().map("weir_cells"), pins.map("weir_cells")); // as one that died early leaves them
        try (LocalAgent agent = LocalAgent.start(config())) {
            assertEquals(StatusView.State.ENFORCING, agent.view().status().state());
            assertFalse(Files.exists(pins.next().maps()));
        }
    }

    @Test
    void policiesThatAreRefusedLeaveTheOlderVersionInForce() {
        LocalAgent.start(config()).close();
        age(UpgradeTest::otherwise);
        List<Integer> before = programs();
        save("blue.yaml", "applies-to: {namespaces: [blue]}\ningress:\n  defualt: deny\n");
        assertEquals(2, runAgent().status());
        assertEquals(before, programs());
        assertEnforcing();
        assertFalse(Files.exists(pins.next().maps()));
    }

    @Test
    void detachWorksOnAnyLayout() {
        LocalAgent.start(config()).close();
        age(UpgradeTest::otherwise);
        setLayout(Limits.LAYOUT + 7);
        AgentProcess.Ended ended = run("detach");
        assertEquals(0, ended.status(), ended.output());
        assertFalse(Files.exists(pins.root()));
        Await.until("no program is attached", () -> attachments("veth-blue").isEmpty());
    }

    static boolean receives(DatagramSocket socket) {
        try {
            socket.receive(new DatagramPacket(new byte[64], 64));
            return true;
        } catch (IOException e) {
            return false;
        }
    }
}
