// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent;

import static dev.weir.abi.Direction.INGRESS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.agent.lab.Probe;
import dev.weir.agent.view.PolicyError;
import dev.weir.agent.view.StatusView;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What a saved file does to verdicts, counters and live connections.
class ReloadTest extends HostTest {
    private static final String BLUE = "10.10.0.3";

    /// How long nothing is saved until the agent looks: what DirectoryWatcher takes for the end of a burst.
    private static final long QUIET_NANOS = 15_000_000;

    private LocalAgent agent;
    private ServerSocket web;
    private ServerSocket admin;

    @BeforeEach
    void start() {
        redAndBlue();
        save("web.yaml", allowing("tcp/80"));
        web = Probe.echo("blue", BLUE, 80);
        admin = Probe.echo("blue", BLUE, 81);
        agent = LocalAgent.start(config());
    }

    @AfterEach
    void stop() throws IOException {
        agent.close();
        web.close();
        admin.close();
    }

    private static String allowing(String services) {
        return """
                applies-to: {namespaces: [blue]}
                ingress:
                  default: deny
                  rules:
                    - {name: open, allow: [%s], from: "namespace:red"}
                """.formatted(services);
    }

    private static boolean reaches(int port) {
        return Probe.attempt("red", BLUE, port, SILENCE_MILLIS) == Probe.Outcome.CONNECTED;
    }

    /// Only one of the two ports is open.
    private static void assertOpen(int port) {
        assertTrue(reaches(port), "tcp/" + port + " is open");
        assertFalse(reaches(161 - port), "tcp/" + (161 - port) + " is closed");
    }

    @Test
    void fileWrittenInPlaceIsEnforced() throws IOException {
        assertOpen(80);
        Files.writeString(policies.resolve("web.yaml"), allowing("tcp/81"));
        agent.awaitReload();
        assertOpen(81);
    }

    @Test
    void fileRenamedOverTheOldOneIsEnforced() {
        save("web.yaml", allowing("tcp/81"));
        agent.awaitReload();
        assertOpen(81);
    }

    @Test
    void fileSavedByAnEditorIsEnforced() throws IOException {
        // what vim does: the old file becomes the backup, the new one is written, the backup goes
        Files.writeString(policies.resolve(".web.yaml.swp"), "not YAML: [");
        Files.move(policies.resolve("web.yaml"), policies.resolve("web.yaml~"));
        Files.writeString(policies.resolve("web.yaml"), allowing("tcp/81"));
        Files.delete(policies.resolve("web.yaml~"));
        Files.delete(policies.resolve(".web.yaml.swp"));
        agent.awaitReload();
        assertOpen(81);
    }

    @Test
    void setFileElsewhereIsFollowed() throws IOException {
        Path blocked = policies.resolveSibling("blocked.txt");
        Files.writeString(blocked, "203.0.113.1\n");
        save("block.yaml", """
                priority: 1
                applies-to: {namespaces: ["*"]}
                ingress: {rules: [{deny: any, from: "set:blocked"}]}
                sets:
                  blocked: {file: %s}
                """.formatted(blocked));
        agent.awaitReload();
        assertOpen(80);
        Files.writeString(blocked, "0.0.0.0/0\n");
        agent.awaitReload();
        assertFalse(reaches(80));
        Files.delete(blocked);
    }

    @Test
    void whatIsDoubtfulIsToldWithThePoliciesInForce() {
        save("doubts.yaml", """
                applies-to: {namespaces: [nobody]}
                ingress:
                  rules:
                    - {name: wide, allow: tcp, from: 198.51.100.0/24}
                    - {name: narrow, deny: tcp/22, from: 198.51.100.7}
                sets: {unused: [192.0.2.1]}
                """);
        agent.awaitReload();
        assertEquals(
                List.of(
                        "no rule of this policy names the set `unused`",
                        "this rule never decides anything: `wide` in line 4 matches all that it does, and is judged first",
                        "no namespace here is called `nobody`"),
                agent.view().policies().warnings().stream()
                        .filter(warning -> warning.file().endsWith("doubts.yaml"))
                        .map(PolicyError::message)
                        .toList());
        assertOpen(80);
    }

    @Test
    void removedFileIsNoLongerEnforced() throws IOException {
        Files.delete(policies.resolve("web.yaml"));
        agent.awaitReload();
        assertTrue(reaches(80));
        assertTrue(reaches(81));
    }

    @Test
    void addedFileIsEnforced() {
        save("more.yaml", "priority: 1\n" + allowing("tcp/81"));
        agent.awaitReload();
        assertTrue(reaches(81), "the earlier policy allows it");
        assertTrue(reaches(80), "a rule of the later one comes before the default of the earlier");
    }

    @Test
    void manySavesAreFewReloadsAndTheLastOneWins() throws IOException {
        long start = System.nanoTime();
        for (int i = 0; i < 50; i++) {
            Files.writeString(policies.resolve("web.yaml"), allowing("tcp/" + (1000 + i)));
        }
        save("web.yaml", allowing("tcp/81"));
        agent.awaitReload();
        long silences = (System.nanoTime() - start) / QUIET_NANOS;
        assertOpen(81);
        // One for each silence between two saves, which a busy machine may make, and for the start's own look.
        assertTrue(agent.report().reloads() <= silences + 2, () -> "51 saves, " + agent.report());
    }

    @Test
    void ruleGoesOnCountingAcrossReloads() {
        assertTrue(reaches(80));
        long before = agent.rulePackets("web", INGRESS, "open");
        assertTrue(before > 0);
        save("web.yaml", allowing("tcp/81"));
        agent.awaitReload();
        // the end of the first connection may still be on its way, so the count may have grown meanwhile
        long kept = agent.rulePackets("web", INGRESS, "open");
        assertTrue(kept >= before, "a reload resets nothing");
        assertTrue(reaches(81));
        assertTrue(agent.rulePackets("web", INGRESS, "open") > kept, "the same rule, another service");
    }

    @Test
    void ruleThatReturnsHasItsCounterStill() throws IOException {
        assertTrue(reaches(80));
        long before = agent.rulePackets("web", INGRESS, "open");
        Files.delete(policies.resolve("web.yaml"));
        agent.awaitReload();
        save("web.yaml", allowing("tcp/80"));
        agent.awaitReload();
        assertTrue(reaches(80));
        assertTrue(agent.rulePackets("web", INGRESS, "open") > before);
    }

    @Test
    void connectionThatStaysAllowedGoesOnAndOneThatIsNotIsCut() throws IOException {
        save("web.yaml", allowing("tcp/80, tcp/81"));
        agent.awaitReload();
        try (Socket stays = Probe.connect("red", BLUE, 80, Inside.PATIENCE_MILLIS);
                Socket goes = Probe.connect("red", BLUE, 81, SILENCE_MILLIS)) {
            assertTrue(Probe.echoes(stays));
            assertTrue(Probe.echoes(goes));
            save("web.yaml", allowing("tcp/80"));
            agent.awaitReload();
            long denied = agent.rulePackets("web", INGRESS, "default");
            assertTrue(Probe.echoes(stays));
            assertFalse(Probe.echoes(goes));
            assertTrue(agent.rulePackets("web", INGRESS, "default") > denied, "its packet was denied");
        }
    }

    @Test
    void connectionCutByAReloadGoesOnWhenAllowedAgain() throws IOException {
        try (Socket connection = Probe.connect("red", BLUE, 80, SILENCE_MILLIS)) {
            save("web.yaml", allowing("tcp/81"));
            agent.awaitReload();
            assertFalse(Probe.echoes(connection));
            save("web.yaml", allowing("tcp/80"));
            agent.awaitReload();
            connection.setSoTimeout(Inside.PATIENCE_MILLIS); // TCP sends again what was dropped, later each time
            assertTrue(Probe.echoes(connection));
        }
    }

    @Test
    void faultyFileChangesNothingIsShownWithItsPlaceAndHeals() {
        String hash = agent.view().status().policyHash();
        save("extra.yaml", "applies-to: {namespaces: [blue]}\ningress:\n  defualt: allow\n");
        Await.until("the fault is told", () -> !agent.report().diagnostics().isEmpty());
        PolicyError error = agent.view().policies().errors().getFirst();
        assertEquals(policies.resolve("extra.yaml").toString(), error.file());
        assertEquals(3, error.line());
        assertEquals(3, error.column());
        StatusView status = agent.view().status();
        assertEquals(StatusView.State.ENFORCING_OLDER, status.state());
        assertTrue(String.valueOf(status.lastError()).contains("extra.yaml:3:3: "), status::toString);
        assertEquals(hash, status.policyHash());
        long refused = agent.view().meters().policy().refused();
        assertTrue(refused == 1 || refused == 2, "by the look of the start too, if that has come as late: " + refused);
        assertOpen(80);

        save("extra.yaml", "priority: 1\napplies-to: {namespaces: [blue]}\ningress:\n  default: allow\n");
        agent.awaitReload();
        assertEquals(StatusView.State.ENFORCING, agent.view().status().state());
        assertTrue(reaches(80));
        assertTrue(reaches(81));
    }

    @Test
    void generationGrowsByOneWithEachChangeAndOnlyThen() throws IOException {
        long generation = agent.view().status().generation();
        save("web.yaml", allowing("tcp/81"));
        agent.awaitReload();
        assertEquals(generation + 1, agent.view().status().generation());
        save("web.yaml", "# a comment\n" + allowing("tcp/81"));
        save("other.yaml", allowing("tcp/81"));
        agent.awaitReload();
        assertEquals(generation + 2, agent.view().status().generation());
    }

    @Test
    void entryThatIsALinkIsFollowed() throws IOException {
        Path versions = Files.createDirectory(home.resolve("versions"));
        Path first = Files.writeString(versions.resolve("1"), allowing("tcp/80"));
        Path second = Files.writeString(versions.resolve("2"), allowing("tcp/81"));
        Files.delete(policies.resolve("web.yaml"));
        Files.createSymbolicLink(policies.resolve("web.yaml"), first);
        agent.awaitReload();
        assertOpen(80);
        Files.createSymbolicLink(home.resolve("draft"), second);
        Files.move(home.resolve("draft"), policies.resolve("web.yaml"), StandardCopyOption.ATOMIC_MOVE);
        agent.awaitReload();
        assertOpen(81);
        Files.writeString(second, allowing("tcp/80"));
        agent.awaitReload();
        assertOpen(80);
    }

    @Test
    void directoryThatIsALinkIsFollowedWhereverItLeads() throws IOException {
        Path other = Files.createDirectory(home.resolve("other"));
        Files.writeString(other.resolve("web.yaml"), allowing("tcp/81"));
        Path away = home.resolve("away");
        Files.move(policies, away);
        Files.createSymbolicLink(policies, away);
        agent.awaitReload();
        assertOpen(80);
        Files.createSymbolicLink(home.resolve("draft"), other);
        Files.move(home.resolve("draft"), policies, StandardCopyOption.ATOMIC_MOVE);
        agent.awaitReload();
        assertOpen(81);
        Files.writeString(other.resolve("web.yaml"), allowing("tcp/80"));
        agent.awaitReload();
        assertOpen(80);
    }

    @Test
    void directoryThatVanishesChangesNothingUntilItReturns() throws IOException {
        Path away = home.resolve("away");
        Files.move(policies, away);
        Await.until("the loss is told", () -> !agent.report().diagnostics().isEmpty());
        assertOpen(80);
        Files.writeString(away.resolve("web.yaml"), allowing("tcp/81"));
        Files.move(away, policies);
        agent.awaitReload();
        assertOpen(81);
        save("web.yaml", allowing("tcp/80"));
        agent.awaitReload();
        assertOpen(80);
    }
}
