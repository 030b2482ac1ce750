// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent;

import static dev.weir.agent.Golden.assertGolden;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.agent.cli.ExitCode;
import dev.weir.agent.cli.Weir;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `weir explain` on real files.
class ExplainTest {
    private static final String WEB = """
            policy: web
            applies-to: {labels: {tier: web}}
            ingress:
              default: deny
              rules:
                - {name: ssh, allow: tcp/22, from: "set:office"}
                - {name: http, allow: [tcp/80, tcp/443], from: "set:office"}
                - {name: red, allow: tcp/80, from: ["namespace:red", "label:tier=web"]}
                - {name: host, allow: tcp/22, from: host}
            sets:
              office: [192.0.2.0/24, 192.0.2.64/26, "2001:db8::/32"]
            """;
    private static final String TRIAL = """
            applies-to: {namespaces: ["*"]}
            priority: 1
            mode: audit
            ingress:
              rules:
                - {name: no-guests, deny: any, from: 192.0.2.64/26}
            """;
    private static final String BRIDGE = """
            applies-to: {devices: ["br*"]}
            egress: {default: reject}
            """;

    @TempDir
    private Path directory;

    private Path config;

    @BeforeEach
    void write() throws IOException {
        Path policies = Files.createDirectory(directory.resolve("policies"));
        Files.writeString(policies.resolve("web.yaml"), WEB);
        Files.writeString(policies.resolve("trial.yaml"), TRIAL);
        Files.writeString(policies.resolve("bridge.yaml"), BRIDGE);
        config = Files.writeString(
                directory.resolve("weir.yaml"),
                "policies: " + policies
                        + "\nunselected: deny\nnamespaces: {labels: {blue: {tier: web}, red: {tier: web}}}\n");
    }

    @Test
    void answerAndWhatStoodBeforeItAreAsRecorded() throws IOException {
        assertGolden("explain/rule.txt", explain("ingress 192.0.2.7 tcp/443"));
        assertGolden("explain/default.txt", explain("ingress 198.51.100.7 tcp/80"));
        assertGolden("explain/audit.txt", explain("ingress 192.0.2.65 tcp/http"));
        assertGolden("explain/unselected.txt", explain("egress 2001:db8::1 icmpv6/echo-request"));
        assertGolden("explain/audit.json", explain("ingress 192.0.2.65 tcp/80 --output json"));
    }

    @Test
    void whoHoldsTheAddressDecides() {
        assertTrue(explain("ingress 198.51.100.7 tcp/80").startsWith("deny: "));
        assertTrue(
                explain("ingress 198.51.100.7 tcp/80 --held-by red").contains("by web/ingress/red, as namespace:red"));
        assertTrue(explain("ingress 198.51.100.7 tcp/80 --held-by blue").contains("as label:tier=web"));
        assertTrue(explain("ingress 198.51.100.7 tcp/80 --held-by host").startsWith("deny: "));
        assertTrue(explain("ingress 198.51.100.7 tcp/22 --held-by host").contains("by web/ingress/host, as host"));
    }

    @Test
    void deviceSelects() {
        String bridge = explain("egress 198.51.100.7 tcp/80 --device br0");
        assertTrue(
                bridge.startsWith("reject: tcp/80 out of blue to 198.51.100.7\n    by bridge/egress/default\n"),
                bridge);
    }

    @Test
    void deviceAloneIsOneThatLeadsToNoNamespace() {
        String bridge = explain("--device br0", "egress 198.51.100.7 tcp/80");
        assertTrue(
                bridge.startsWith("reject: tcp/80 out of device:br0 to 198.51.100.7\n    by bridge/egress/default\n"),
                bridge);
        assertEquals(bridge, explain("--namespace device:br0", "egress 198.51.100.7 tcp/80"));
        String incoming = explain("--device br0", "ingress 192.0.2.65 tcp/80");
        assertTrue(incoming.startsWith("deny: tcp/80 from 192.0.2.65 into device:br0\n    by unselected/"), incoming);
        String uplink = explain("--device eth0", "ingress 192.0.2.65 tcp/80");
        assertTrue(uplink.startsWith("allow: tcp/80 from 192.0.2.65 into device:eth0\n"), uplink);
        assertTrue(uplink.contains("note: nothing judges the packets of a device"), uplink);
    }

    private String explain(String line) {
        return explain("--namespace blue", line);
    }

    private String explain(String whose, String line) {
        String[] words = line.split(" ", 4);
        String command = "explain --config %s %s --direction %s --peer %s --service %s%s"
                .formatted(config, whose, words[0], words[1], words[2], words.length > 3 ? " " + words[3] : "");
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        ExitCode code = Weir.run(Main.wiring(), false, new PrintWriter(out), new PrintWriter(err), command.split(" "));
        assertEquals("", err.toString());
        assertEquals(ExitCode.OK, code);
        return out.toString().replace(directory.toString(), "DIRECTORY");
    }
}
