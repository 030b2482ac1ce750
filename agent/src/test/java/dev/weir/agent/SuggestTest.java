// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.agent.cli.ExitCode;
import dev.weir.agent.cli.Weir;
import dev.weir.agent.http.HttpServer;
import dev.weir.agent.lab.Probe;
import dev.weir.agent.lab.Shell;
import dev.weir.agent.view.EventQuery;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// A policy that `weir suggest` made of real traffic, in force.
class SuggestTest extends HostTest {
    private static final String RED = "10.10.0.2";
    private static final String BLUE = "10.10.0.3";

    @Test
    void whatWasSeenPassesUnderTheSuggestionAndOtherTrafficDoesNot() throws Exception {
        redAndBlue();
        leaveOutIpv6();
        try (LocalAgent agent = LocalAgent.start(config());
                ServerSocket web = Probe.echo("blue", BLUE, 80);
                ServerSocket shell = Probe.echo("blue", BLUE, 22);
                ServerSocket api = Probe.echo("red", RED, 8080);
                DatagramSocket names = Inside.echo("red", RED, 53);
                DatagramSocket asking = Inside.open("blue", BLUE, 40053);
                Socket toWeb = Probe.connect("red", BLUE, web.getLocalPort(), Inside.PATIENCE_MILLIS);
                Socket toApi = Probe.connect("blue", RED, api.getLocalPort(), Inside.PATIENCE_MILLIS)) {
            assertTrue(Probe.echoes(toWeb) && Probe.echoes(toApi));
            Await.until("names are told", () -> Inside.asks(asking, RED, names.getLocalPort()));
            assertTrue(Inside.pingsAtLast("host", BLUE));

            String suggested = suggest(agent);
            assertRule(suggested, "allow: tcp/80\n      from: \"namespace:red\"");
            assertRule(suggested, "allow: [tcp/8080, udp/53]\n      to: \"namespace:red\"");
            assertRule(suggested, "allow: icmp/echo-request/0\n      from: host");
            assertEquals(rules(suggested), rules(suggest(null)), "the same from what is pinned");

            save("blue.yaml", suggested);
            agent.awaitReload();
            assertTrue(Probe.echoes(toWeb) && Probe.echoes(toApi), "connections that were open");
            assertTrue(Inside.connectsAtLast("red", BLUE, web.getLocalPort()));
            assertTrue(Inside.connectsAtLast("blue", RED, api.getLocalPort()));
            Await.until("names are told", () -> Inside.asks(asking, RED, names.getLocalPort()));
            assertTrue(Inside.pingsAtLast("host", BLUE));

            assertFalse(Inside.connects("red", BLUE, shell.getLocalPort()), "another service");
            assertFalse(Inside.connects("host", BLUE, web.getLocalPort()), "of somebody else");
            assertFalse(Inside.pings("blue", RED), "the other way");
            Await.until("what was denied is told", () -> {
                String told = agent.view().events(EventQuery.ALL).events().toString();
                return told.contains("tcp/22") && told.contains("tcp/80");
            });
            String again = suggest(agent);
            assertTrue(again.contains("#   ingress tcp/22 from namespace:red, "), again);
            assertTrue(again.contains("#   ingress tcp/80 from host, "), again);
            assertFalse(again.contains("allow: tcp/22"), again);
        }
    }

    private static void assertRule(String suggested, String rule) {
        assertTrue(suggested.contains("    - " + rule + "\n"), suggested);
    }

    /// Without the evidence, which grows.
    private static String rules(String suggested) {
        return suggested.replaceAll("(?m)^ *#.*\n", "");
    }

    /// So that nothing is seen that the test does not do: devices that come up look for routers, and tell of groups.
    private static void leaveOutIpv6() {
        for (String namespace : List.of("red", "blue")) {
            Shell.run("nsenter --net=/run/netns/" + namespace + " sysctl -qw net.ipv6.conf.all.disable_ipv6=1");
            Shell.run("sysctl -qw net.ipv6.conf.veth-" + namespace + ".disable_ipv6=1");
        }
        Shell.run("sysctl -qw net.ipv6.conf.br0.disable_ipv6=1");
    }

    /// Asks the agent by HTTP, or the pins if there is none.
    private String suggest(@Nullable LocalAgent agent) throws Exception {
        Path yaml = Files.writeString(
                home.resolve("weir.yaml"),
                "policies: %s\nbpffs: %s\nlisten: 127.0.0.1:1\n".formatted(policies, pins.root()));
        if (agent == null) {
            return weir("suggest", "--namespace", "blue", "--config", yaml.toString());
        }
        try (HttpServer server =
                HttpServer.start(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), agent.view())) {
            String address = "127.0.0.1:" + server.address().getPort();
            return weir("suggest", "--namespace", "blue", "--config", yaml.toString(), "--agent", address);
        }
    }

    private static String weir(String... words) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        ExitCode code = Weir.run(Main.wiring(), false, new PrintWriter(out), new PrintWriter(err), words);
        assertEquals(ExitCode.OK, code, err::toString);
        return out.toString();
    }
}
