// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.agent.lab.Shell;
import dev.weir.agent.secret.Openssl;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// An agent that is asked through TLS, with a token, and on a Unix socket, by the clients that people have.
class ListeningTest extends HostTest {
    private static final List<String> NOBODY = List.of("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups");

    private Openssl secrets;

    @BeforeEach
    void make() {
        redAndBlue();
        secrets = Openssl.in(home);
    }

    @Test
    void curlAndCommandsComeThroughTlsWithTheToken() throws IOException {
        Path config = config(secrets.yaml());
        try (AgentProcess agent = AgentProcess.enforcing(config)) {
            String url = "https://127.0.0.1:" + agent.address().getPort();
            assertEquals("alive\n", curl("--cacert", secrets.certificate().toString(), url + "/healthz"));
            assertEquals("401", status(url, "-H", "Authorization: Bearer none"));
            assertEquals("200", status(url, "-H", "Authorization: " + secrets.credentials()));
            assertEquals("200", status(url, "--tls-max", "1.2", "-H", "Authorization: " + secrets.credentials()));
            Shell.Result distrusting = Shell.attempt(List.of("curl", "-sS", "--max-time", "30", url + "/healthz"));
            assertEquals(60, distrusting.status(), distrusting.output()); // CURLE_PEER_FAILED_VERIFICATION

            AgentProcess.Ended told = AgentProcess.run(
                    "status",
                    "--config",
                    config.toString(),
                    "--agent",
                    "127.0.0.1:" + agent.address().getPort());
            assertEquals(0, told.status(), told.output());
            assertTrue(told.output().contains("veth-blue"), told.output());
            AgentProcess.Ended served = agent.terminate();
            assertTrue(served.output().contains("; serving " + url + "\n"), served.output());
        }
    }

    @Test
    void prometheusScrapesThroughTlsWithTheToken() throws IOException {
        String way = """
                scheme: https
                tls_config: {ca_file: %s}
                authorization: {credentials_file: %s}
                """.formatted(secrets.certificate(), secrets.token());
        Path alerts = Path.of("..", "grafana", "alerts.yaml");
        try (AgentProcess agent = AgentProcess.enforcing(config(secrets.yaml()));
                Prometheus prometheus = Prometheus.scraping(agent.address(), way, alerts, home.resolve("prometheus"))) {
            Await.within(
                    Prometheus.PATIENCE,
                    "it is scraped",
                    prometheus::log,
                    () -> !prometheus.query("weir_policy_generation").isEmpty());
        }
    }

    @Test
    void tokenThatTheUserMayNotReadIsTold() throws IOException {
        Shell.run("chown 1:1 " + secrets.token());
        AgentProcess.Ended denied = AgentProcess.run(
                List.of(
                        "setpriv",
                        "--bounding-set=-dac_override,-dac_read_search",
                        "--inh-caps=-dac_override,-dac_read_search"),
                "status",
                "--config",
                config(secrets.yaml()).toString());

        assertEquals(3, denied.status(), denied.output());
        assertTrue(
                denied.output().contains("read the token " + secrets.token() + ": permission denied"), denied.output());
    }

    @Test
    void socketIsForItsOwnerAndIsMadeAnewAfterAKill() throws IOException {
        Files.setPosixFilePermissions(home, PosixFilePermissions.fromString("rwxr-xr-x"));
        Path socket = home.resolve("weir.sock");
        Path config = config("listen: unix:" + socket + "\n");
        try (AgentProcess agent = AgentProcess.launch(List.of(), "run", "--config", config.toString())) {
            assertTrue(agent.readUntil("; serving unix:" + socket));
            assertEquals(
                    "root:root:600", Shell.run("stat -c %U:%G:%a " + socket).strip());
            assertTrue(curl("--unix-socket", socket.toString(), "http://weir/metrics")
                    .contains("\nweir_policy_generation 1"));
            List<String> foreign = new ArrayList<>(NOBODY);
            foreign.addAll(
                    List.of("curl", "-sS", "--max-time", "30", "--unix-socket", socket.toString(), "http://weir/"));
            assertEquals(7, Shell.attempt(foreign).status()); // CURLE_COULDNT_CONNECT

            AgentProcess.Ended told = AgentProcess.run("namespaces", "--config", config.toString(), "--interval", "0");
            assertTrue(told.status() == 0 && told.output().contains("blue"), told.output());
            AgentProcess.Ended second = AgentProcess.run("run", "--config", config.toString());
            assertEquals(1, second.status(), second.output());
            assertTrue(second.output().contains("somebody listens there"), second.output());
            agent.kill();
        }
        assertTrue(Files.exists(socket, LinkOption.NOFOLLOW_LINKS));
        AgentProcess.Ended orphaned = AgentProcess.run("status", "--config", config.toString());
        assertTrue(orphaned.output().contains("no agent runs at unix:" + socket), orphaned.output());

        try (AgentProcess agent = AgentProcess.launch(List.of(), "run", "--config", config.toString())) {
            assertTrue(agent.readUntil("; serving unix:" + socket));
            assertEquals("alive\n", curl("--unix-socket", socket.toString(), "http://weir/healthz"));
            agent.terminate();
        }
        assertFalse(Files.exists(socket, LinkOption.NOFOLLOW_LINKS));
    }

    @Test
    void tlsCostsNothingWhereItIsNotConfigured() throws IOException {
        Path loaded = home.resolve("classes");
        AgentProcess.Ended ended =
                AgentProcess.run(List.of("env", "JDK_JAVA_OPTIONS=-Xlog:class+load:file=" + loaded), "warm-up");

        assertEquals(0, ended.status(), ended.output());
        List<String> classes = Files.readAllLines(loaded);
        assertTrue(classes.stream().anyMatch(each -> each.contains(" dev.weir.agent.http.HttpConnection ")));
        assertEquals(
                List.of(),
                classes.stream()
                        .filter(each -> each.contains(" io.netty.handler.ssl.") || each.contains(" sun.security.ssl."))
                        .toList());
    }

    @Test
    void dashboardAsksForTheToken() throws IOException {
        Path config = config("token-file: " + secrets.token() + "\n");
        try (AgentProcess agent = AgentProcess.enforcing(config);
                Browser browser = Browser.start()) {
            browser.open(
                    "http://127.0.0.1:%d/#/namespaces".formatted(agent.address().getPort()));
            browser.await("it asks", "document.activeElement.id === 'token'");
            show(browser, "another one, which is wrong");
            browser.await("it asks again", "document.body.innerText.includes('does not take the one')");
            show(browser, Files.readString(secrets.token()).strip());
            browser.await("blue is there", "document.querySelector('main').innerText.includes('blue')");

            browser.evaluate("window.before = true");
            browser.evaluate("location.reload()");
            browser.await(
                    "the tab knows the token",
                    "!window.before && document.querySelector('main').innerText.includes('blue')");
            browser.complaints().forEach(each -> assertTrue(each.contains("status of 401"), each));
        }
    }

    private static void show(Browser browser, String token) {
        browser.evaluate("document.getElementById('token').value = '" + token + "'");
        browser.evaluate("document.querySelector('form.token button').click()");
    }

    private Path config(String more) throws IOException {
        return Files.writeString(
                home.resolve("weir.yaml"), "policies: %s\nbpffs: %s\n%s".formatted(policies, pins.root(), more));
    }

    private String status(String url, String... options) {
        List<String> all = new ArrayList<>(List.of(options));
        all.addAll(List.of("--cacert", secrets.certificate().toString(), "-o", "/dev/null", "-w", "%{http_code}"));
        all.add(url + "/api/v1/status");
        return curl(all.toArray(String[]::new));
    }

    private static String curl(String... options) {
        List<String> command = new ArrayList<>(List.of("curl", "-sS", "--max-time", "30"));
        command.addAll(List.of(options));
        Shell.Result result = Shell.attempt(command);
        assertEquals(0, result.status(), result.output());
        return result.output();
    }
}
