// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent;

import static dev.weir.abi.Direction.INGRESS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.agent.lab.Probe;
import dev.weir.agent.upgrade.OlderVersion;
import dev.weir.agent.view.MeterSnapshot;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/// An upgrade that is killed on its way: the policies hold, and the next start goes on with it, or begins
/// again, and has counted every packet once. `-Dweir.cuts=N` makes it N cuts, spread over all calls.
class UpgradeCutTest extends HostTest {
    private static final String BLUE = "10.10.0.3";
    private static final int CUTS = Integer.getInteger("weir.cuts", 0);

    /// Commands of bpf(2) that change nothing that outlives the process.
    private static final String READING = "BPF_.*(GET|LOOKUP|LOAD|FREEZE|BIND|QUERY).*";

    private final Path log = home.resolve("strace");

    /// The calls of an upgrade, from the first that makes a new map to the one that puts them in the old ones' place.
    private List<Strace.Call> calls() {
        try (AgentProcess agent = start(Strace.writing(log))) {
            assertTrue(agent.enforces());
        }
        List<Strace.Call> calls = Strace.writing(log).calls();
        int first = first(calls, "mkdir");
        int last = first(calls, "rename");
        int thread = calls.get(last).thread();
        return calls.subList(first, last + 1).stream()
                .filter(call -> call.thread() == thread)
                .toList();
    }

    private static int first(List<Strace.Call> calls, String name) {
        for (int i = 0; i < calls.size(); i++) {
            if (calls.get(i).name().startsWith(name) && calls.get(i).text().contains("maps-next")) {
                return i;
            }
        }
        throw new AssertionError("no " + name + " among " + calls.size() + " calls");
    }

    /// The last call of each kind that changes anything, and of the most telling kinds the first and one between.
    private static List<Strace.Call> sample(List<Strace.Call> calls) {
        List<Strace.Call> sample = new ArrayList<>();
        if (CUTS > 0) {
            for (int i = 0; i < CUTS; i++) {
                sample.add(calls.get((int) ((long) i * calls.size() / CUTS)));
            }
            return sample;
        }
        Map<String, List<Strace.Call>> byKind = new TreeMap<>();
        calls.forEach(call ->
                byKind.computeIfAbsent(call.kind(), kind -> new ArrayList<>()).add(call));
        byKind.keySet().removeIf(kind -> kind.matches(READING));
        byKind.forEach((kind, all) -> {
            if (kind.matches("BPF_LINK_UPDATE|BPF_PROG_TEST_RUN")) {
                sample.add(all.getFirst());
                sample.add(all.get(all.size() / 2));
            }
            sample.add(all.getLast());
        });
        return sample;
    }

    private AgentProcess start(Strace strace) {
        return AgentProcess.starting(
                strace.command(),
                "--policies",
                policies.toString(),
                "--bpffs",
                pins.root().toString());
    }

    private static long tracked(LocalAgent agent, String namespace) {
        MeterSnapshot.Flows flows = agent.tracking(namespace);
        return flows.opened() - flows.closed();
    }

    @Test
    void upgradeThatIsKilledIsEndedByTheNextStart() throws IOException {
        redAndBlue();
        save("blue.yaml", """
                applies-to: {namespaces: [blue]}
                ingress:
                  default: deny
                  rules:
                    - {name: web, allow: tcp/80}
                    - {name: never, deny: udp/9000}
                """);
        OlderVersion older = OlderVersion.compiled(home.resolve("older"), UpgradeTest::otherwise);
        LocalAgent.start(config()).close();
        older.takeOver(pins);
        List<Strace.Call> calls = calls();
        List<Strace.Call> cuts = sample(calls);
        System.out.printf(
                "cut at %s, of %d calls%n", cuts.stream().map(Strace.Call::kind).toList(), calls.size());

        try (ServerSocket web = Probe.echo("blue", BLUE, 80);
                DatagramSocket never = Inside.open("blue", BLUE, 9000)) {
            Traffic connection = Traffic.connection("red", BLUE, 80);
            Traffic flood = Traffic.flood("red", BLUE, 9000);
            for (Strace.Call cut : cuts) {
                older.takeOver(pins);
                try (AgentProcess agent = start(Strace.killing(log, cut.name(), cut.number()))) {
                    assertFalse(agent.enforces(), () -> "was to be killed at " + cut);
                }
                connection.awaitMore();
                flood.awaitMore();
                assertEquals(2, linksOf("veth-blue").size(), cut::toString);
                try (LocalAgent agent = LocalAgent.start(config())) {
                    connection.awaitMore();
                    flood.awaitMore();
                    assertFalse(Files.exists(pins.next().maps()), cut::toString);
                    linksOf("veth-red");
                    for (String namespace : List.of("red", "blue")) {
                        // At a moment in which none comes or goes: namespaces send on their own.
                        Await.until("each flow of " + namespace + " is accounted for", cut::toString, () -> {
                            long before = tracked(agent, namespace);
                            return agent.flows(namespace).size() == before && tracked(agent, namespace) == before;
                        });
                    }
                }
            }
            connection.close();
            flood.close();
            try (LocalAgent agent = LocalAgent.start(config())) {
                assertEquals(flood.done(), agent.rulePackets("blue", INGRESS, "never"));
            }
            never.setSoTimeout(1);
            assertFalse(UpgradeTest.receives(never), "a packet came that the policy refuses");
            assertTrue(web.isBound());
        }
    }
}
