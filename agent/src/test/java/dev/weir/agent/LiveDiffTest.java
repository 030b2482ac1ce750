// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.agent.cli.ExitCode;
import dev.weir.agent.cli.Weir;
import dev.weir.agent.http.HttpServer;
import dev.weir.agent.lab.Probe;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// What `weir diff --live` foretells of real connections comes true.
class LiveDiffTest extends HostTest {
    private static final String BLUE = "10.10.0.3";
    private static final String POLICY = """
            applies-to: {namespaces: [blue]}
            on-change: ON-CHANGE
            ingress:
              default: deny
              rules:
                - {name: web, allow: tcp/80, from: "namespace:red"}
                - {name: shell, allow: tcp/22, from: PEER}
            """;

    @Test
    void flowThatWouldBeCutIsNamedAndIsCut() throws Exception {
        redAndBlue();
        save("blue.yaml", policy("reevaluate", "any"));
        Path candidate = Files.writeString(home.resolve("blue.yaml"), policy("reevaluate", "host"));
        try (LocalAgent agent = LocalAgent.start(config());
                ServerSocket web = Probe.echo("blue", BLUE, 80);
                ServerSocket shell = Probe.echo("blue", BLUE, 22);
                Socket stays = Probe.connect("red", BLUE, web.getLocalPort(), Inside.PATIENCE_MILLIS);
                Socket ends = Probe.connect("red", BLUE, shell.getLocalPort(), Inside.PATIENCE_MILLIS);
                Socket ofHost = new Socket(InetAddress.ofLiteral(BLUE), shell.getLocalPort())) {
            assertTrue(Probe.echoes(stays) && Probe.echoes(ends) && ofHost.isConnected());
            String foretold = diff(agent, candidate);
            assertTrue(foretold.contains("blue/shell  cut   deny     blue/default"), foretold);
            assertTrue(foretold.contains("10.10.0.2:" + ends.getLocalPort()), foretold);
            assertTrue(foretold.contains("\nlive flows: 1 cut, 0 finish, "), foretold);
            assertEquals(3, foretold.lines().count(), foretold);
            // but for how many stay: devices that have just come up still discover their neighbours in between
            assertEquals(
                    withoutThoseThatStay(foretold),
                    withoutThoseThatStay(diff(null, candidate)),
                    "the same from what is pinned");

            save("blue.yaml", Files.readString(candidate));
            agent.awaitReload();
            assertTrue(Probe.echoes(stays), "foretold to stay");
            ends.setSoTimeout(SILENCE_MILLIS);
            assertTrue(!Probe.echoes(ends), "foretold to be cut");
        } finally {
            Files.delete(candidate);
        }
    }

    @Test
    void flowOfAPolicyThatKeepsIsSaidToFinish() throws Exception {
        redAndBlue();
        save("blue.yaml", policy("keep", "any"));
        Path candidate = Files.writeString(home.resolve("blue.yaml"), policy("keep", "host"));
        try (LocalAgent agent = LocalAgent.start(config());
                ServerSocket shell = Probe.echo("blue", BLUE, 22);
                Socket finishes = Probe.connect("red", BLUE, shell.getLocalPort(), Inside.PATIENCE_MILLIS)) {
            assertTrue(Probe.echoes(finishes));
            String foretold = diff(agent, candidate);
            assertTrue(foretold.contains("blue/shell  finish  deny"), foretold);
            assertTrue(foretold.contains("\nlive flows: 0 cut, 1 finish, "), foretold);

            save("blue.yaml", Files.readString(candidate));
            agent.awaitReload();
            assertTrue(Probe.echoes(finishes), "foretold to finish");
        } finally {
            Files.delete(candidate);
        }
    }

    private static String withoutThoseThatStay(String told) {
        return told.replaceAll(", [0-9]+ stay\n$", "\n");
    }

    private static String policy(String onChange, String peer) {
        return POLICY.replace("ON-CHANGE", onChange).replace("PEER", peer);
    }

    /// Asks the agent by HTTP, or the pins if there is none.
    private String diff(@Nullable LocalAgent agent, Path candidate) throws Exception {
        Path yaml = Files.writeString(
                home.resolve("weir.yaml"),
                "policies: %s\nbpffs: %s\nlisten: 127.0.0.1:1\n".formatted(policies, pins.root()));
        if (agent == null) {
            return weir("diff", "--live", candidate.toString(), "--config", yaml.toString());
        }
        try (HttpServer server =
                HttpServer.start(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), agent.view())) {
            String address = "127.0.0.1:" + server.address().getPort();
            return weir("diff", "--live", candidate.toString(), "--config", yaml.toString(), "--agent", address);
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
