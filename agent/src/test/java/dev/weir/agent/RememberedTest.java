// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.abi.IpAddress;
import dev.weir.agent.lab.Shell;
import dev.weir.agent.netns.Discovery;
import dev.weir.agent.netns.Vantages;
import dev.weir.agent.netns.World;
import dev.weir.net.NetlinkMonitor;
import dev.weir.net.NetlinkMonitor.Changes;
import dev.weir.net.NetworkNamespace;
import dev.weir.net.RouteNetlink;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// What has not changed is not asked for again, and that makes no difference to what is seen.
class RememberedTest extends HostTest {
    private static final Changes NOWHERE = new Changes(false, Set.of());
    private static final List<String> NAMES = List.of("red", "blue", "green", "grey");
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final int STEPS = 60;

    private final Vantages vantages = new Vantages(List.of(World.Vantage.HOST));

    @AfterEach
    void end() {
        vantages.close();
        NAMES.forEach(RememberedTest::forget);
    }

    private Discovery discovery(Supplier<Changes> heard) {
        return new Discovery(
                vantages, (name, cookie) -> OptionalInt.empty(), (device, inode) -> Optional.empty(), heard);
    }

    @Test
    void whereNothingWasHeardNothingIsAskedAgain() {
        redAndBlue();
        Queue<Changes> heard = new ArrayDeque<>();
        Discovery discovery = discovery(() -> Optional.ofNullable(heard.poll()).orElse(NOWHERE));
        World first = discovery.observe();
        int blue = nsid("blue");
        Shell.run("ip -n red address add 10.10.0.7/24 dev eth0");
        Shell.run("ip -n blue address add 10.10.0.8/24 dev eth0");

        assertEquals(first, discovery.observe(), "nothing was heard");
        heard.add(new Changes(false, Set.of(blue)));
        World second = discovery.observe();
        assertEquals(addresses(first, "red"), addresses(second, "red"));
        assertTrue(addresses(second, "blue").contains(IpAddress.parse("10.10.0.8")), second::toString);
        heard.add(Changes.EVERYWHERE);
        assertEquals(Observed.world(), discovery.observe());
    }

    @Test
    void anotherNamespaceOfTheNameIsSeenWithoutANotice() {
        redAndBlue();
        Discovery discovery = discovery(() -> NOWHERE);
        discovery.observe();
        Shell.run("ip netns del blue");
        Shell.run("ip netns add blue");
        assertEquals(List.of(), addresses(discovery.observe(), "blue"));
    }

    /// Whatever is done to namespaces, the looks of one who remembers come to what one who has never looked sees.
    @Test
    void looksAsIfNothingWereRemembered() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        List<String> done = new ArrayList<>();
        try (NetlinkMonitor monitor = NetlinkMonitor.open()) {
            Discovery discovery = discovery(monitor::changes);
            for (int i = 0; i < STEPS; i++) {
                change(random, done);
                while (!discovery.observe().equals(Observed.world())) {
                    assertNotEquals(
                            NetlinkMonitor.Outcome.TIMEOUT,
                            monitor.await(PATIENCE),
                            () -> "seed %d, after %s: %s instead of %s"
                                    .formatted(seed, done, discovery.observe(), Observed.world()));
                }
            }
        }
    }

    /// One or two things at once; what cannot be done, such as deleting what is not there, does nothing.
    private static void change(Random random, List<String> done) {
        for (int i = random.nextInt(1, 3); i > 0; i--) {
            String name = NAMES.get(random.nextInt(NAMES.size()));
            int number = random.nextInt(2, 5);
            String command = switch (random.nextInt(9)) {
                case 0 -> "ip netns add " + name;
                case 1 -> "ip netns del " + name;
                case 2, 3 -> "ip link add veth-%1$s%2$d type veth peer name eth%2$d netns %1$s".formatted(name, number);
                case 4 -> "ip link del veth-%s%d".formatted(name, number);
                case 5 -> "ip -n %s link set eth%d address 02:00:5e:ff:00:0%2$d up".formatted(name, number);
                case 6 -> "ip -n %s address add 10.10.9.%d/24 dev eth%2$d".formatted(name, number);
                case 7 -> "ip -n %s address flush dev eth%d".formatted(name, number);
                default -> "ip -n %s link set eth%d netns %s".formatted(name, number, NAMES.getFirst());
            };
            Shell.attempt(List.of(command.split(" ")));
            done.add(command);
        }
    }

    private static void forget(String name) {
        Shell.attempt(List.of("ip", "netns", "del", name));
    }

    private static int nsid(String name) {
        try (RouteNetlink host = RouteNetlink.open();
                NetworkNamespace namespace = NetworkNamespace.ofName(name)) {
            return host.nsidOf(namespace);
        }
    }

    private static List<IpAddress> addresses(World world, String name) {
        return world.namespaces().stream()
                .filter(each -> each.name().equals(name))
                .findFirst()
                .orElseThrow()
                .addresses();
    }
}
