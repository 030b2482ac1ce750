// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent;

import static dev.weir.abi.Direction.INGRESS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.agent.config.ConfigException;
import dev.weir.agent.config.ConfigFile;
import dev.weir.agent.config.WeirConfig;
import dev.weir.agent.lab.Probe;
import dev.weir.agent.lab.Shell;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A rule that names who holds an address follows the address, while the policies stay as they are.
class MovingTest extends HostTest {
    private static final String BLUE = "10.10.0.3";
    private static final String FIRST = "10.10.0.2";
    private static final String SECOND = "10.10.0.9";

    @BeforeEach
    void build() {
        redAndBlue().onBridge("br0", "green", "10.10.0.4/24", "10.10.0.1");
    }

    private void allow(String peer) {
        save("web.yaml", """
                applies-to: {namespaces: [blue]}
                ingress:
                  default: deny
                  rules:
                    - {name: web, allow: tcp/80, from: "%s"}
                """.formatted(peer));
    }

    private WeirConfig labelled() {
        try {
            return ConfigFile.load(Files.writeString(home.resolve("weir.yaml"), """
                            namespaces: {labels: {"r*": {team: web}}}
                            """))
                    .withPolicies(policies)
                    .withBpffs(pins.root());
        } catch (ConfigException | IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static ServerSocket web() {
        return Probe.echo("blue", BLUE, 80);
    }

    private static void move(String namespace, String from, String to) {
        String inside = namespace.equals(Inside.HOST) ? "ip address" : "ip -n " + namespace + " address";
        String device = namespace.equals(Inside.HOST) ? "br0" : "eth0";
        Shell.run("%s del %s/24 dev %s".formatted(inside, from, device));
        Shell.run("%s add %s/24 dev %s".formatted(inside, to, device));
    }

    /// Waits until the agent has seen who holds an address.
    private static void awaitHolder(LocalAgent agent, String holder, String address) {
        Await.until(
                holder + " is seen to hold " + address,
                () -> agent.report().world(),
                () -> holder(agent, address).filter(holder::equals).isPresent());
    }

    private static Optional<String> holder(LocalAgent agent, String address) {
        var world = agent.report().world();
        return world.namespaces().stream()
                .filter(namespace -> namespace.addresses().stream()
                        .anyMatch(held -> held.toString().equals(address)))
                .map(namespace -> namespace.name())
                .findAny()
                .or(() -> Observed.hostAddresses(world).stream()
                        .filter(held -> held.toString().equals(address))
                        .map(_ -> Inside.HOST)
                        .findAny());
    }

    private static boolean reachesBlue(String namespace) {
        return Inside.connects(namespace, BLUE, 80);
    }

    @ParameterizedTest
    @ValueSource(strings = {"namespace:red", "namespace:r*", "label:team=web"})
    void ruleFollowsItsNamespace(String peer) throws IOException {
        allow(peer);
        try (LocalAgent agent = LocalAgent.start(labelled());
                ServerSocket web = web()) {
            assertFalse(web.isClosed());
            String hash = agent.view().policies().hash();
            long generation = agent.view().status().generation();
            assertTrue(reachesBlue("red"), "from " + FIRST);
            assertFalse(reachesBlue("green"));
            long counted = agent.rulePackets("web", INGRESS, "web");

            move("red", FIRST, SECOND);
            awaitHolder(agent, "red", SECOND);
            assertTrue(reachesBlue("red"), "from " + SECOND);
            assertTrue(agent.rulePackets("web", INGRESS, "web") > counted, "the rule counts on");

            move("green", "10.10.0.4", FIRST);
            awaitHolder(agent, "green", FIRST);
            long denied = agent.rulePackets("web", INGRESS, "default");
            assertFalse(reachesBlue("green"), "from " + FIRST + ", which red held");
            assertTrue(agent.rulePackets("web", INGRESS, "default") > denied);
            assertTrue(reachesBlue("red"), "still");

            assertEquals(generation, agent.view().status().generation());
            assertEquals(hash, agent.view().policies().hash());
            assertEquals(0, agent.report().reloads());
        }
    }

    @Test
    void ruleFollowsTheHost() throws IOException {
        allow("host");
        try (LocalAgent agent = LocalAgent.start(config());
                ServerSocket web = web()) {
            assertFalse(web.isClosed());
            long generation = agent.view().status().generation();
            assertTrue(reachesBlue(Inside.HOST), "from 10.10.0.1");
            assertFalse(reachesBlue("green"));

            move(Inside.HOST, "10.10.0.1", SECOND);
            awaitHolder(agent, Inside.HOST, SECOND);
            assertTrue(reachesBlue(Inside.HOST), "from " + SECOND);

            move("green", "10.10.0.4", "10.10.0.1");
            awaitHolder(agent, "green", "10.10.0.1");
            assertFalse(reachesBlue("green"), "from 10.10.0.1, which the host held");
            assertEquals(generation, agent.view().status().generation());
        }
    }
}
