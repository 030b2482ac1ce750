// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.weir.agent.lab.Shell;
import dev.weir.agent.view.MeterSnapshot.Carried;
import dev.weir.agent.view.MeterSnapshot.Interface;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramSocket;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/// What `/metrics` tells of devices is what iproute2 tells, as the namespace behind them sees it.
class InterfaceMetersTest extends RouterRig {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int PACKETS = 50;

    @Test
    void countsAreThoseOfIpAndTurnedToHowTheNamespaceSeesThem() throws IOException {
        redAndBlue();
        try (LocalAgent agent = LocalAgent.start(config())) {
            try (DatagramSocket red = Inside.open("red", "10.10.0.2", 0)) {
                for (int i = 0; i < PACKETS; i++) {
                    Inside.send(red, "10.10.0.3", 81, 1000);
                }
            }
            Await.until(
                    "all have left red and entered blue",
                    () -> rows(agent),
                    () -> of(agent, "red").egress().bytes() >= PACKETS * 1000L
                            && of(agent, "blue").ingress().bytes() >= PACKETS * 1000L);
            assertAgreed(agent, "red", "veth-red", "ip -s -j link show dev veth-red");
            assertAgreed(agent, "blue", "veth-blue", "ip -s -j link show dev veth-blue");
        }
    }

    @Test
    void devicesOfAnotherVantageAreCountedThere() throws IOException {
        build();
        try (LocalAgent agent = LocalAgent.start(routed())) {
            awaitRouter(agent);

            assertAgreed(agent, "server", "router/to-server", "ip -n router -s -j link show dev to-server");
            assertAgreed(agent, "client", "router/to-client", "ip -n router -s -j link show dev to-client");
        }
    }

    @Test
    void whatWaitsAndWhatIsDroppedInTheQueueIsToldAsTcTells() throws IOException {
        redAndBlue();
        try (LocalAgent agent = LocalAgent.start(config())) {
            assertEquals(0, of(agent, "blue").backlogBytes());
            // A dozen bytes a second: after what it lets through at once, a packet leaves it each minute or two.
            Shell.run("tc qdisc add dev veth-blue root tbf rate 100bit burst 2000 limit 5000");
            try (DatagramSocket red = Inside.open("red", "10.10.0.2", 0)) {
                for (int i = 0; i < PACKETS; i++) {
                    Inside.send(red, "10.10.0.3", 81, 1000);
                }
            }
            Await.until(
                    "the queue has overflowed",
                    () -> of(agent, "blue"),
                    () -> of(agent, "blue").queueDrops() > 0);

            Agreed now = agreed(agent, "tc -s -j qdisc show dev veth-blue root", "blue");
            assertEquals(now.shown.get("backlog").asLong(), now.row.backlogBytes());
            assertEquals(now.shown.get("drops").asLong(), now.row.queueDrops());
            assertTrue(now.row.backlogBytes() > 1000, now.row::toString);
        }
    }

    @Test
    void rowsOfADeviceGoWithItsNamespace() {
        redAndBlue();
        try (LocalAgent agent = LocalAgent.start(config())) {
            assertEquals(2, rows(agent).size());
            Shell.run("ip netns del blue");

            Await.until(
                    "only red is left",
                    () -> rows(agent),
                    () -> rows(agent).stream()
                            .map(Interface::namespace)
                            .toList()
                            .equals(List.of("red")));
        }
    }

    private static void assertAgreed(LocalAgent agent, String namespace, String device, String show)
            throws IOException {
        Agreed now = agreed(agent, show, namespace);
        JsonNode statistics = now.shown.get("stats64");
        assertEquals(device, now.row.device());
        assertEquals(carried(statistics.get("rx")), now.row.egress());
        assertEquals(carried(statistics.get("tx")), now.row.ingress());
    }

    /// What a command and the agent tell of one device at one moment.
    private record Agreed(JsonNode shown, Interface row) {}

    /// Looks until nothing changed from before the look to after it: a packet may pass whenever it likes.
    private static Agreed agreed(LocalAgent agent, String show, String namespace) throws IOException {
        String[] shown = {"", "none yet"};
        Interface[] row = new Interface[1];
        Await.within(Duration.ofSeconds(30), "two equal looks", () -> String.join("\n", shown), () -> {
            shown[0] = Shell.run(show);
            row[0] = of(agent, namespace);
            shown[1] = Shell.run(show);
            return shown[0].equals(shown[1]);
        });
        return new Agreed(JSON.readTree(shown[0]).get(0), row[0]);
    }

    private static Carried carried(JsonNode side) {
        return new Carried(
                side.get("packets").asLong(),
                side.get("bytes").asLong(),
                side.get("dropped").asLong());
    }

    private static List<Interface> rows(LocalAgent agent) {
        return agent.view().meters().interfaces();
    }

    private static Interface of(LocalAgent agent, String namespace) {
        return rows(agent).stream()
                .filter(row -> row.namespace().equals(namespace))
                .findAny()
                .orElseThrow(() -> new UncheckedIOException(new IOException("no device of " + namespace)));
    }
}
