// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.agent.lab.Probe;
import dev.weir.agent.lab.Shell;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramSocket;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// The dashboard of a real agent in a real browser, while traffic is allowed and denied. There is just
/// as much of that as the browser is looked at.
class DashboardTest extends HostTest {
    private static final String BLUE = """
            policy: blue-web
            applies-to: {namespaces: [blue]}
            ingress:
              default: deny
              rules:
                - {name: web, allow: tcp/80, from: "namespace:red"}
                - {name: admin, allow: tcp/22, from: 192.0.2.0/24}
            """;

    private AgentProcess agent;
    private Browser browser;
    private ServerSocket web;
    private Socket allowed;
    private DatagramSocket denied;

    @BeforeEach
    void start() throws Exception {
        // Chromium drops what it loads when an address comes, and those of IPv6 come seconds after their device.
        Shell.run("sysctl -qw net.ipv6.conf.default.disable_ipv6=1");
        redAndBlue();
        save("blue.yaml", BLUE);
        agent = AgentProcess.enforcing(policies, pins.root());
        web = Probe.echo("blue", "10.10.0.3", 80);
        allowed = Probe.connect("red", "10.10.0.3", 80, Inside.PATIENCE_MILLIS);
        denied = Inside.open("red", "10.10.0.2", 5353);
        browser = Browser.start();
        browser.look(1280, 800, "light");
    }

    @AfterEach
    void stop() throws Exception {
        Shell.run("sysctl -qw net.ipv6.conf.default.disable_ipv6=0");
        browser.close();
        denied.close();
        allowed.close();
        web.close();
        agent.close();
    }

    @Test
    void overviewShowsWhoTalksAndWhoIsDenied() throws Exception {
        open("#/");
        browser.await(
                "the state is told",
                "document.getElementById('state').textContent.startsWith('Enforcing, generation ')");
        browser.await("an edge has a rate", edge("allowed", "[0-9.]+ (Ki|Mi)?B/s$"), this::talk);
        browser.await("an edge is denied", edge("denied", "[0-9.]+k? pkt/s denied$"), this::talk);
        browser.await("a rate stands on the map", any(".labels .allowed", "^[0-9.]+ (Ki|Mi)?B/s$"), this::talk);
        browser.await("a top talker has a rate", any("main tbody tr", "^bluered[0-9.]+ (Ki|Mi)?B/s"), this::talk);
        browser.await(
                "the drop is told",
                any("main tbody tr", "blue←.10.10.0.2udp/81blue-web/ingress/default[0-9.]+k?$"),
                this::talk);
        browser.await("its reason is counted", any(".bars li.now", "^policy[0-9.]+k? pkt/s"), this::talk);
        browser.await("the policy is there", any("main tbody tr", "^blue-webenforce3"), this::talk);

        browser.screenshot(Path.of("target/dashboard-light.png"));
        browser.look(1280, 800, "dark");
        browser.screenshot(Path.of("target/dashboard-dark.png"));
        browser.look(390, 844, "dark");
        assertEquals("390", browser.evaluate("document.documentElement.scrollWidth"));
        assertNothingOutside();
    }

    @Test
    void namespaceShowsItsRulesAndWhichAreUnused() {
        open("#/namespaces/blue");
        browser.await(
                "rules have counts",
                any("main tbody tr:not(.unused)", "^weballow[0-9,]+[0-9.]+k? pkt/singresstcp/80namespace:red"),
                this::talk);
        browser.await(
                "an unused rule stands out",
                any("main tbody tr.unused", "^adminallowunused0 pkt/singresstcp/22192.0.2.0/24"));
        browser.await("its devices are there", any("main tbody tr", "^veth-blueinside"));
        browser.await("its peer is there", any("main tbody tr", "^red[0-9.]+ (Ki|Mi)?B/s"), this::talk);
        assertNothingOutside();

        browser.evaluate("document.querySelector('#views a[href=\"#/policies\"]').click()");
        browser.await("the policies are there", any("main tbody tr", "^blue-web100enforceblue31"));
        assertEquals("Policies", browser.evaluate("document.activeElement.textContent"));
        assertNothingOutside();
    }

    @Test
    void flowsAreFilteredAsTheReaderTypes() {
        open("#/flows");
        browser.await(
                "both ends' flows are there", rows("row.includes('tcp/80')").formatted("length === 2"), this::talk);
        type("namespace", "bl*");
        browser.await(
                "those of blue are left",
                rows("true")
                        .formatted("every(row => row.startsWith('blue')) && location.hash.includes('namespace=bl')"));
        browser.await(
                "and there is one", rows("row.includes('blue-web/ingress/web')").formatted("length === 1"));
        type("service", "tcp/443");
        browser.await("none is left", rows("true").formatted("length === 0"));
        assertNothingOutside();

        type("service", "tcp/http and more");
        browser.await("a wrong filter is explained", any(".notices .bad", "^the query is wrong: service: "));
        browser.evaluate("document.querySelector('button[type=reset]').click()");
        browser.await("all are back", rows("row.includes('tcp/80')").formatted("length === 2"), this::talk);
    }

    @Test
    void namesAreTextAndNothingElse() {
        Shell.run("ip netns add <img+src=x>"); // any file name is a namespace's
        try {
            Shell.run("ip link add veth-odd type veth peer name eth0 netns <img+src=x>");
            Shell.run("ip link set veth-odd up");
            open("#/namespaces");
            browser.await("it is there by its name", any("main tbody a", "^<img\\+src=x>$"));
            browser.evaluate(
                    "[...document.querySelectorAll('main tbody a')].find(a => a.textContent.startsWith('<')).click()");
            browser.await("it has a page", any("h1", "^<img\\+src=x>$"));
            browser.await("which knows it", any(".facts dd", "^veth-odd$"));
            assertEquals("0", browser.evaluate("document.querySelectorAll('main img').length"));
            assertNothingOutside();
        } finally {
            Shell.run("ip netns del <img+src=x>");
        }
    }

    @Test
    void agentThatHasGoneIsSaidToBeSilent() {
        open("#/");
        browser.await(
                "the state is told",
                "document.getElementById('state').textContent.startsWith('Enforcing, generation ')");
        browser.await("figures are there", any(".figure", "^Namespaces2"));
        assertNothingOutside();

        agent.kill();
        browser.await(
                "silence is told",
                "document.getElementById('state').textContent.startsWith('The agent does not answer since ')");
        assertEquals("true", browser.evaluate(any(".figure", "^Namespaces2")));
    }

    /// A little of what is allowed and of what is not.
    private void talk() {
        try {
            assertTrue(Probe.echoes(allowed));
            Inside.send(denied, "10.10.0.3", 81, 32);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void open(String place) {
        browser.open("http://127.0.0.1:" + agent.address().getPort() + "/" + place);
    }

    private void type(String field, String text) {
        browser.evaluate(
                "(() => { const field = document.querySelector('[name=%s]'); field.value = '%s';".formatted(field, text)
                        + " field.dispatchEvent(new Event('input', {bubbles: true})); })()");
    }

    /// That the page complained of nothing and asked nobody but the agent.
    private void assertNothingOutside() {
        assertEquals(List.of(), browser.complaints());
        String own = "http://127.0.0.1:" + agent.address().getPort() + "/";
        assertEquals(
                List.of(),
                browser.requests().stream().filter(url -> !url.startsWith(own)).toList());
    }

    /// An expression: whether the edge of blue and red has a line of this class and a title that ends so.
    private static String edge(String line, String rate) {
        return any(".edges ." + line + "[data-ends='[\"blue\",\"red\"]']", "^blue and red: " + rate);
    }

    /// An expression: whether the text of any element matches.
    private static String any(String selector, String pattern) {
        return "[...document.querySelectorAll(`%s`)].some(e => new RegExp(String.raw`%s`).test(e.textContent))"
                .formatted(selector, pattern);
    }

    /// An expression of the texts of rows, to be completed by a property of all of them.
    private static String rows(String which) {
        return "[...document.querySelectorAll('main tbody tr')].map(e => e.textContent).filter(row => %s).%%s"
                .formatted(which);
    }
}
