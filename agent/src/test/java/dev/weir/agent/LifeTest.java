// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent;

import static dev.weir.abi.Direction.EGRESS;
import static dev.weir.abi.Direction.INGRESS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.abi.IpAddress;
import dev.weir.agent.lab.Probe;
import dev.weir.agent.lab.Shell;
import dev.weir.agent.netns.World;
import dev.weir.agent.pins.Links;
import dev.weir.agent.pins.WeirMaps;
import dev.weir.agent.view.NamespaceView;
import dev.weir.agent.view.Verdict;
import dev.weir.net.MacAddress;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Namespaces, devices and addresses that come, change and go while the agent runs.
class LifeTest extends HostTest {
    private static final String LATE = "10.30.0.2";
    private LocalAgent agent;

    @BeforeEach
    void start() {
        redAndBlue();
        save("late.yaml", """
                applies-to: {namespaces: ["late*"]}
                ingress:
                  default: deny
                  rules:
                    - {name: web, allow: tcp/80}
                """);
        save("blue.yaml", """
                applies-to: {namespaces: [blue]}
                egress:
                  default: deny
                  rules:
                    - {name: to-red, allow: any, to: "namespace:red"}
                """);
        agent = LocalAgent.start(config());
    }

    @AfterEach
    void stop() {
        agent.close();
    }

    private void late() {
        lab.routed("late", LATE + "/24", "10.30.0.1/24");
        awaitUp("ip link show dev veth-late");
        awaitUp("ip -n late link show dev eth0");
        awaitEnforced("veth-late");
        Await.until("its address is known", agent::report, () -> isSaidToHold("late", LATE));
    }

    private static void awaitEnforced(String device) {
        Await.until(device + " is enforced", () -> attachments(device).size() == 2);
    }

    private boolean pinned(int ifindex) {
        return Files.exists(pins.links().resolve("in-" + ifindex))
                || Files.exists(pins.links().resolve("eg-" + ifindex));
    }

    /// Opens and denies a connection, so that there are flows and counts.
    private static void assertLateIsFiltered() throws IOException {
        try (ServerSocket web = Probe.echo("late", LATE, 80);
                ServerSocket other = Probe.echo("late", LATE, 81)) {
            assertTrue(Inside.connectsAtLast(Inside.HOST, LATE, web.getLocalPort()));
            assertFalse(Inside.connects(Inside.HOST, LATE, other.getLocalPort()));
        }
    }

    @Test
    void namespaceThatComesIsEnforcedSoonAndLeavesNothingWhenItGoes() throws IOException {
        late();
        assertLateIsFiltered();
        int ifindex = ifindex("veth-late");
        assertFalse(agent.flows("late").isEmpty());

        Shell.run("ip netns del late");
        Await.until(
                "it is forgotten", agent::report, () -> agent.namespace("late").isEmpty());
        Await.until("its links are gone", () -> !pinned(ifindex));
        assertEquals(List.of(), agent.flows("late"));
        assertTrue(agent.view().meters().outcomes().stream()
                .noneMatch(row -> row.namespace().equals("late")));
        assertTrue(agent.view().meters().rules().stream()
                .noneMatch(row -> row.namespace().equals("late")));
        Await.until(
                "status shows it no more",
                () -> agent.view().status().devices().stream()
                        .noneMatch(device -> device.namespace().equals("late")));
        try (WeirMaps maps = WeirMaps.openPinned(pins)) {
            maps.addresses().forEach((key, number) -> assertNotEquals(IpAddress.parse(LATE), key.address()));
            maps.devices().forEach((key, slot) -> assertNotEquals(ifindex, key.ifindex()));
            maps.flows().forEach((key, flow) -> assertNotEquals(ifindex, key.ifindex()));
        }
    }

    private boolean holds(String namespace, String address) {
        return agent.namespace(namespace)
                .map(NamespaceView::addresses)
                .orElse(List.of())
                .contains(IpAddress.parse(address));
    }

    /// As a turn of the agent says that has ended: in the middle of one, an address is there and not yet judged by.
    private boolean isSaidToHold(String namespace, String address) {
        return agent.report().world().namespaces().stream()
                .anyMatch(each ->
                        each.name().equals(namespace) && each.addresses().contains(IpAddress.parse(address)));
    }

    @Test
    void deviceMadeAgainWithTheSameNumberIsEnforcedAgain() throws IOException {
        late();
        List<Integer> before = linksOf("veth-late");
        int ifindex = ifindex("veth-late");
        Shell.run("ip link del veth-late");
        Shell.run("ip link add veth-late index %d type veth peer name eth0 netns late".formatted(ifindex));
        Shell.run("ip address add 10.30.0.1/24 dev veth-late");
        Shell.run("ip -n late address add 10.30.0.2/24 dev eth0");
        Shell.run("ip -n late link set eth0 up");
        Shell.run("ip link set veth-late up");
        awaitUp("ip link show dev veth-late");
        awaitUp("ip -n late link show dev eth0");
        Optional<MacAddress> inner = MacAddress.of(
                Shell.run("ip netns exec late cat /sys/class/net/eth0/address").strip());
        Await.until(
                "a turn has seen this one",
                agent::report,
                () -> agent.report().world().devices().stream()
                        .anyMatch(device -> device.namespace().equals("late")
                                && device.mac().equals(inner)));
        Await.until("its address is known again", agent::report, () -> isSaidToHold("late", LATE));
        awaitEnforced("veth-late");
        assertTrue(linksOf("veth-late").stream().noneMatch(before::contains));
        assertLateIsFiltered();
    }

    @Test
    void numberOfADeviceThatLeadsElsewhereNowTakesNothingAlong() throws IOException {
        late();
        assertLateIsFiltered();
        int ifindex = ifindex("veth-late");
        Shell.run("ip netns add later");
        try {
            Shell.run("ip link del veth-late");
            Shell.run("ip link add veth-late index %d type veth peer name eth0 netns later".formatted(ifindex));
            Await.until(
                    "the device leads to later",
                    agent::report,
                    () -> agent.namespace("later").isPresent());
            awaitEnforced("veth-late");
            assertTrue(agent.namespace("late").isEmpty());
            assertEquals(List.of(), agent.flows("later"));
            assertEquals(0, agent.outcome("later", INGRESS, Verdict.DENY).packets());
        } finally {
            Shell.run("ip netns del later");
        }
    }

    @Test
    void renamedDeviceKeepsItsLinksAndCounters() throws IOException {
        late();
        assertLateIsFiltered();
        List<Integer> before = linksOf("veth-late");
        long counted = agent.rulePackets("late", INGRESS, "web");
        Shell.run("ip link set veth-late down");
        Shell.run("ip link set veth-late name lan0");
        Shell.run("ip link set lan0 up");
        Await.until(
                "the name is known",
                agent::report,
                () -> agent.namespace("late").orElseThrow().devices().equals(List.of("lan0")));
        assertEquals(before, linksOf("lan0"));
        assertTrue(agent.rulePackets("late", INGRESS, "web") >= counted);
        assertLateIsFiltered();
        Shell.run("ip link set lan0 name veth-late");
    }

    @Test
    void bothDevicesOfANamespaceAreEnforcedAndCountedTogether() throws IOException {
        late();
        Shell.run("ip link add veth-second type veth peer name eth1 netns late");
        Shell.run("ip address add 10.31.0.1/24 dev veth-second");
        Shell.run("ip -n late address add 10.31.0.2/24 dev eth1");
        Shell.run("ip -n late link set eth1 up");
        Shell.run("ip link set veth-second up");
        awaitEnforced("veth-second");
        assertLateIsFiltered();
        long first = agent.rulePackets("late", INGRESS, "web");
        try (ServerSocket web = Probe.echo("late", "10.31.0.2", 80);
                ServerSocket other = Probe.echo("late", "10.31.0.2", 81)) {
            assertTrue(Inside.connectsAtLast(Inside.HOST, "10.31.0.2", web.getLocalPort()));
            assertFalse(Inside.connects(Inside.HOST, "10.31.0.2", other.getLocalPort()));
        }
        assertTrue(agent.rulePackets("late", INGRESS, "web") > first);
        assertEquals(
                List.of("veth-late", "veth-second"),
                agent.namespace("late").orElseThrow().devices());
        int gone = ifindex("veth-second");
        Shell.run("ip link del veth-second");
        Await.until(
                "one of them is gone",
                () -> !pinned(gone)
                        && agent.namespace("late").orElseThrow().devices().equals(List.of("veth-late")));
        linksOf("veth-late");
    }

    @Test
    void addressThatComesAndGoesChangesVerdictsOfLiveFlows() throws IOException {
        long reloads = agent.report().reloads();
        String mac =
                Shell.run("ip netns exec red cat /sys/class/net/eth0/address").strip();
        Shell.run("ip -n blue neigh add 10.10.0.9 lladdr %s dev eth0 nud permanent".formatted(mac));
        assertEquals(Probe.Outcome.SILENT, Probe.attempt("blue", "10.10.0.9", 80, SILENCE_MILLIS));
        assertTrue(agent.rulePackets("blue", EGRESS, "default") > 0, "nobody is red there");

        Shell.run("ip -n red address add 10.10.0.9/24 dev eth0");
        Await.until("red holds it", agent::report, () -> isSaidToHold("red", "10.10.0.9"));
        try (ServerSocket server = Probe.echo("red", "0.0.0.0", 80);
                Socket live = Probe.connect("blue", "10.10.0.9", server.getLocalPort(), Inside.PATIENCE_MILLIS)) {
            assertTrue(Probe.echoes(live));
            Shell.run("ip -n red address del 10.10.0.9/24 dev eth0");
            Await.until("red holds it no more", agent::report, () -> !isSaidToHold("red", "10.10.0.9"));
            long denied = agent.rulePackets("blue", EGRESS, "default");
            live.setSoTimeout(SILENCE_MILLIS);
            assertFalse(Probe.echoes(live));
            assertTrue(agent.rulePackets("blue", EGRESS, "default") > denied, "the live flow was denied");
            Shell.run("ip -n red address add 10.10.0.9/24 dev eth0");
            live.setSoTimeout(Inside.PATIENCE_MILLIS); // TCP sends again what was dropped, later each time
            assertTrue(Probe.echoes(live));
        }
        assertEquals(reloads, agent.report().reloads(), "no policy changed");
        assertEquals(1, agent.view().status().generation());
    }

    @Test
    void addressThatTwoNamespacesClaimStaysWithTheFirst() {
        assertTrue(holds("red", "10.10.0.2"));
        Shell.run("ip -n blue address add 10.10.0.2/24 dev eth0");
        Shell.run("ip -n blue address add 10.10.0.99/24 dev eth0"); // known later than the claim before it
        Await.until("the claims were seen", () -> holds("blue", "10.10.0.99"));
        assertTrue(holds("red", "10.10.0.2"), "blue is before red in the alphabet, but red held it");
        assertFalse(holds("blue", "10.10.0.2"));
        Shell.run("ip -n red address del 10.10.0.2/24 dev eth0");
        Await.until("it goes over", () -> holds("blue", "10.10.0.2"));
        Shell.run("ip -n red address add 10.10.0.2/24 dev eth0");
        Shell.run("ip -n red address add 10.10.0.98/24 dev eth0");
        Await.until("the claims were seen", () -> holds("red", "10.10.0.98"));
        assertTrue(holds("blue", "10.10.0.2"), "now blue holds it");
        assertFalse(holds("red", "10.10.0.2"));
    }

    @Test
    void namespacesThatComeAndGoLeaveNoLeak() throws IOException {
        churn(3); // what the first ones open once and for all is no leak
        awaitQuiet();
        // Looks for drift open some for a moment, so there is a moment without.
        List<String> descriptors = Stream.generate(LifeTest::descriptors)
                .limit(100)
                .min(Comparator.comparingInt(List::size))
                .orElseThrow();
        Kept before = kept();
        churn(30);
        awaitQuiet();
        assertEquals(before, kept());
        Await.until(
                "no more are open than before",
                () -> descriptors + " before, now " + descriptors(),
                () -> descriptors.equals(descriptors()));
        assertEquals(2, linksOf("veth-red").size());
        late();
        assertLateIsFiltered();
    }

    /// Each is deleted at once, some before the agent has looked at them, some while it does.
    private static void churn(int times) {
        for (int i = 0; i < times; i++) {
            String name = "late-" + i % 4;
            Shell.run("ip netns add " + name);
            Shell.run("ip link add veth-%s type veth peer name eth0 netns %s".formatted(name, name));
            if (i % 3 > 0) {
                Shell.run("ip -n %s address add 192.0.2.%d/32 dev eth0".formatted(name, i + 1));
                Shell.run("ip link set veth-%s up".formatted(name));
            }
            if (i % 3 == 2) {
                awaitEnforced("veth-" + name);
            }
            Shell.run("ip netns del " + name);
            Await.until("its device is gone", () -> device("veth-" + name).isEmpty());
        }
    }

    /// Everything that an endpoint takes up.
    private record Kept(long endpoints, long devices, long owners, long addresses, long pins) {}

    private Kept kept() {
        try (WeirMaps maps = WeirMaps.openPinned(pins)) {
            long[] counts = new long[3];
            maps.devices().forEach((key, value) -> counts[0]++);
            counts[1] = maps.owners().all().size();
            maps.addresses().forEach((key, value) -> counts[2]++);
            return new Kept(
                    maps.readEndpoints().size(),
                    counts[0],
                    counts[1],
                    counts[2],
                    new Links(pins).list().size());
        }
    }

    private void awaitQuiet() {
        Await.until("only red and blue are left", agent::report, () -> {
            Kept kept = kept();
            return kept.endpoints() == 2 && kept.pins() == 4 && kept.devices() == 2 && isOfNow();
        });
    }

    /// Whether the addresses that somebody is said to hold are those that are there now.
    private boolean isOfNow() {
        Set<IpAddress> said = new HashSet<>();
        try (WeirMaps maps = WeirMaps.openPinned(pins)) {
            maps.addresses().forEach((key, number) -> said.add(key.address()));
            World now = Observed.world();
            Set<IpAddress> held = new HashSet<>(Observed.hostAddresses(now));
            now.namespaces().forEach(namespace -> held.addAll(namespace.addresses()));
            return held.equals(said);
        }
    }

    /// Of maps, programs, sockets and namespaces.
    private static List<String> descriptors() {
        try (Stream<Path> all = Files.list(Path.of("/proc/self/fd"))) {
            return all.map(LifeTest::target)
                    .filter(target -> target.startsWith("anon_inode:") || target.contains("net:["))
                    .map(target -> target.replaceAll("\\[\\d+]", ""))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static String target(Path descriptor) {
        try {
            return Files.readSymbolicLink(descriptor).toString();
        } catch (NoSuchFileException e) {
            return ""; // closed since
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
