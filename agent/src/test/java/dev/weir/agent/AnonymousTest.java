// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent;

import static dev.weir.abi.Direction.EGRESS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.abi.IpAddress;
import dev.weir.agent.lab.Probe;
import dev.weir.agent.lab.Shell;
import dev.weir.agent.view.DropReason;
import dev.weir.agent.view.NamespaceView;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// A namespace without a name, as `unshare --net` makes it, is found by its processes, enforced, and shown as
/// `pid:PID`.
class AnonymousTest extends HostTest {
    private static final String BLUE = "10.10.0.3";

    private Hideout hideout;

    @BeforeEach
    void build() {
        redAndBlue();
        save("processes.yaml", """
                applies-to: {namespaces: ["pid:*"]}
                egress: {default: deny, rules: [{name: web, allow: tcp/80, to: "namespace:blue"}]}
                """);
        hideout = Hideout.start();
    }

    @AfterEach
    void end() {
        hideout.close();
        // It goes with the namespace of its other end, but in the kernel's own time.
        Shell.attempt(List.of("ip", "link", "del", "veth-nn"));
    }

    /// A veth whose inner end is made on the host and moved in, as a person does it.
    private void wire() {
        Shell.run("ip link add veth-nn type veth peer name eth0");
        Shell.run("ip link set eth0 netns " + hideout.pid());
        Shell.run("ip link set veth-nn master br0 up");
        hideout.run("ip address add 10.10.0.9/24 dev eth0");
        hideout.run("ip link set eth0 up");
        awaitUp("ip link show dev veth-nn");
        awaitUp("nsenter --target %d --net ip link show dev eth0".formatted(hideout.pid()));
    }

    private static boolean isEnforced(LocalAgent agent, String namespace) {
        return agent.report().attachments().tcx().stream().anyMatch(key -> key.ifindex() == ifindex("veth-nn"))
                && agent.namespace(namespace).isPresent();
    }

    @Test
    void isEnforcedUnderThePidOfItsProcess() throws IOException {
        try (ServerSocket web = Probe.echo("blue", BLUE, 80);
                ServerSocket shut = Probe.echo("blue", BLUE, 81);
                LocalAgent agent = LocalAgent.start(config())) {
            wire();
            Await.until(
                    "it is enforced and holds its address",
                    agent::report,
                    () -> isEnforced(agent, hideout.called())
                            && agent.namespace(hideout.called())
                                    .orElseThrow()
                                    .addresses()
                                    .contains(IpAddress.parse("10.10.0.9")));
            assertTrue(hideout.connects(BLUE, 80));
            assertFalse(hideout.connects(BLUE, 81));
            assertEquals(1, agent.flows(hideout.called(), "tcp/80").size());
            assertTrue(agent.drops(hideout.called(), EGRESS, DropReason.POLICY) > 0);
            NamespaceView shown = agent.namespace(hideout.called()).orElseThrow();
            assertEquals(NamespaceView.Kind.ANONYMOUS, shown.kind());
            assertEquals(hideout.inode(), shown.inode());
            assertEquals(1, shown.processes());
            assertEquals(0, shown.owner());
            assertEquals(
                    NamespaceView.Kind.NAMED,
                    agent.namespace("blue").orElseThrow().kind());
        }
    }

    @Test
    void isEnforcedByAStartToo() throws IOException {
        wire();
        try (ServerSocket shut = Probe.echo("blue", BLUE, 81);
                LocalAgent agent = LocalAgent.start(config())) {
            assertEquals(
                    List.of("veth-nn"),
                    agent.namespace(hideout.called()).orElseThrow().devices());
            assertFalse(hideout.connects(BLUE, 81));
        }
    }

    @Test
    void keepsItsNameWhenTheProcessEndsThatGaveIt() {
        String name = hideout.called();
        try (Hideout second = hideout.joined()) {
            try (LocalAgent agent = LocalAgent.start(config())) {
                wire();
                Await.until("it is enforced", () -> isEnforced(agent, name));
                hideout.close();
                second.run("ip address add 10.10.0.10/24 dev eth0"); // makes the agent look
                Await.until(
                        "the agent has looked",
                        agent::report,
                        () -> agent.report().world().namespaces().stream()
                                .anyMatch(each -> each.name().equals(name)
                                        && each.addresses().contains(IpAddress.parse("10.10.0.10"))));
                assertTrue(agent.namespace(second.called()).isEmpty());
            }
            try (LocalAgent next = LocalAgent.start(config())) {
                assertTrue(isEnforced(next, name));
                assertTrue(next.namespace(second.called()).isEmpty());
            }
        }
    }

    /// Its devices lead where they led, so it is who it was; with its addresses, unlike who has moved a device away.
    @Test
    void namespaceThatLosesItsNameKeepsItWhileAProcessIsInIt() throws IOException {
        try (ServerSocket web = Probe.echo("blue", BLUE, 80);
                Hideout inside = Hideout.in(Path.of("/run/netns/red"));
                LocalAgent agent = LocalAgent.start(config())) {
            List<Integer> links = linksOf("veth-red");
            Shell.run("ip netns del red");
            Await.until(
                    "that is seen",
                    agent::report,
                    () -> agent.report().world().namespaces().stream()
                            .anyMatch(each -> each.name().equals("red") && !each.named()));
            assertEquals(List.of(), agent.report().world().problems());
            assertTrue(inside.connects(BLUE, 80));
            assertEquals(links, linksOf("veth-red"));
            assertEquals(
                    NamespaceView.Kind.ANONYMOUS,
                    agent.namespace("red").orElseThrow().kind());
        }
    }

    @Test
    void isForgottenWithItsLastProcess() {
        try (LocalAgent agent = LocalAgent.start(config())) {
            wire();
            Await.until("it is enforced", () -> isEnforced(agent, hideout.called()));
            hideout.close();
            Await.until(
                    "it is forgotten", () -> agent.namespace(hideout.called()).isEmpty());
        }
    }

    /// As an engine does it: the namespace is made and wired before the process that is to live in it starts.
    @Test
    void isFoundWhenItsFirstProcessComes() throws IOException {
        Path file = Files.createFile(home.resolve("namespace"));
        Shell.run("unshare --net=%s true".formatted(file));
        try (LocalAgent agent = LocalAgent.start(config())) {
            Shell.run("ip link add veth-nn type veth peer name eth0");
            Shell.run("ip link set eth0 netns " + file);
            Await.until(
                    "the agent has looked",
                    () -> agent.report().world().others().stream()
                            .anyMatch(other -> other.name().equals("veth-nn")));
            try (Hideout late = Hideout.in(file)) {
                Await.until("it is enforced", () -> isEnforced(agent, late.called()));
            }
        } finally {
            Shell.run("umount " + file);
        }
    }
}
