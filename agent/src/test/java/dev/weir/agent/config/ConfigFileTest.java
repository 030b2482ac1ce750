// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.abi.IpAddress;
import dev.weir.abi.Verdict;
import dev.weir.yaml.Diagnostic;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigFileTest {
    /// Every key of the specification with its default.
    private static final String SPECIFIED = """
            policies: /etc/weir/policies
            listen: 127.0.0.1:9876
            tls: {certificate: "", key: ""}
            token-file: ""
            bpffs: /sys/fs/bpf/weir
            vantages: [host]
            hook: tcx
            unselected: allow
            other-l2: allow
            spoof-guard: true
            namespaces:
              include: ["*"]
              exclude: []
              labels: {}
              addresses: learned
              declared: {}
              forwarders: []
            ipfix: {collector: "", protocol: udp, active-timeout: 60s, idle-timeout: 15s, domain: 1}
            flows: {per-namespace: 65536, new-per-second: 0, idle: {tcp: 2h, udp: 60s, icmp: 30s}}
            """;

    @Test
    void defaultsAreThoseOfTheSpecification() throws Exception {
        assertEquals(WeirConfig.DEFAULT, ConfigFile.parse("weir.yaml", SPECIFIED));
        assertEquals(WeirConfig.DEFAULT, ConfigFile.parse("weir.yaml", "# nothing\n"));
        assertEquals("/127.0.0.1:9876", WeirConfig.DEFAULT.listen().toString());
    }

    @Test
    void whatTheFileSaysIsRead() throws Exception {
        WeirConfig config = ConfigFile.parse("weir.yaml", """
                policies: /srv/policies
                listen: "[::1]:0"
                bpffs: /run/bpf/weir
                unselected: deny
                other-l2: deny
                spoof-guard: false
                namespaces: {include: ["tenant-*", blue], exclude: [tenant-9]}
                flows: {per-namespace: 10, new-per-second: 100, idle: {tcp: 90m, udp: 500ms, icmp: 1d}}
                """);

        assertEquals(Path.of("/srv/policies"), config.policies());
        assertEquals("[::1]:0", ListenAddress.text(config.listen()));
        assertEquals(Path.of("/run/bpf/weir"), config.bpffs());
        assertEquals(Verdict.DENY, config.unselected());
        assertEquals(Verdict.DENY, config.otherL2());
        assertTrue(
                config.namespaces().selects("tenant-1") && config.namespaces().selects("blue"));
        assertFalse(
                config.namespaces().selects("tenant-9") || config.namespaces().selects("red"));
        assertEquals(10, config.flows().perNamespace());
        assertEquals(100, config.flows().newPerSecond());
        assertEquals(
                new WeirConfig.Idle(Duration.ofMinutes(90), Duration.ofMillis(500), Duration.ofDays(1)),
                config.flows().idle());
    }

    @Test
    void labelsOfAllMatchingEntriesHoldAndTheLastOneWins() throws ConfigException {
        WeirConfig config = ConfigFile.parse("weir.yaml", """
                namespaces:
                  labels:
                    "tenant-*": {tier: web, owner: ops}
                    tenant-db: {tier: db}
                    "*": {site: north}
                """);
        assertEquals(
                Map.of("tier", "db", "owner", "ops", "site", "north"),
                config.namespaces().labels("tenant-db"));
        assertEquals(Map.of("site", "north"), config.namespaces().labels("blue"));
        assertErrors(
                "namespaces: {labels: {blue: web}}",
                "weir.yaml:1:29: `blue` is text, expected a mapping of `key: value`");
    }

    @Test
    void whoseAddressIsReadAndSaysWhoIsGuarded() throws ConfigException {
        WeirConfig config = ConfigFile.parse("weir.yaml", """
                namespaces:
                  exclude: [db]
                  addresses: declared
                  declared: {blue: [10.0.0.2, "2001:db8::2"], red: []}
                  forwarders: [gateway]
                """);
        assertEquals(WeirConfig.Addresses.DECLARED, config.namespaces().addresses());
        assertEquals(
                Map.of("blue", List.of(IpAddress.parse("10.0.0.2"), IpAddress.parse("2001:db8::2")), "red", List.of()),
                config.namespaces().declared());
        assertTrue(config.guards("blue"));
        assertFalse(config.guards("gateway"));
        assertFalse(config.guards("db"));
        assertFalse(ConfigFile.parse("weir.yaml", "spoof-guard: false").guards("blue"));
    }

    @Test
    void addressThatNoNamespaceCanHoldIsRefused() {
        for (String address : List.of(
                "0.0.0.0",
                "0.1.2.3",
                "127.0.0.1",
                "224.0.0.251",
                "239.255.255.255",
                "255.255.255.255",
                "::",
                "::1",
                "ff02::1",
                "::ffff:192.0.2.1")) {
            assertErrors(
                    "namespaces: {declared: {blue: ['%s']}}".formatted(address),
                    "weir.yaml:1:32: no namespace can hold `%s`, expected an IP address".formatted(address));
        }
        assertErrors(
                "namespaces: {declared: {blue: [10.0.0.2/24]}}",
                "weir.yaml:1:32: \"10.0.0.2/24\" is not an IP address: `2/24` is not a number from 0 to 255 in plain "
                        + "decimal, expected an IP address");
    }

    @Test
    void everyErrorIsToldAtOnceWithItsPlace() {
        assertErrors(
                """
                policies: 7
                listen: 0.0.0.0:9876
                colour: red
                unselected: maybe
                unselected: allow
                namespaces:
                  include: blue
                  exclude: [3, ""]
                flows: {per-namespace: -1, idle: {tcp: 2 hours, udp: 0s, icmp: 25d}}
                ipfix: []
                bpfs: /run
                """,
                "weir.yaml:1:11: `policies` is a number, expected a path",
                "weir.yaml:2:9: others can reach 0.0.0.0:9876, which therefore needs TLS and a token: add "
                        + "`tls.certificate`, `tls.key`, `token-file` to weir.yaml, or listen on 127.0.0.1 or a Unix socket",
                "weir.yaml:3:1: the configuration has no key `colour`, expected policies, listen, tls, token-file, "
                        + "bpffs, vantages, hook, unselected, other-l2, spoof-guard, namespaces, ipfix, flows",
                "weir.yaml:4:13: `maybe` is unknown, expected allow, deny or reject",
                "weir.yaml:5:1: `unselected` is given twice, expected once",
                "weir.yaml:7:12: `include` is text, expected a list",
                "weir.yaml:8:13: a value of `exclude` is a number, expected a namespace or a glob",
                "weir.yaml:8:16: this is empty, expected a namespace or a glob",
                "weir.yaml:9:24: `per-namespace` is -1, expected a number from 0 to 16777216",
                "weir.yaml:9:40: `2 hours` is not a time, expected a time from 1ms to 24d, such as 500ms, 60s or 2h",
                "weir.yaml:9:54: `0s` is out of range, expected a time from 1ms to 24d, such as 500ms, 60s or 2h",
                "weir.yaml:9:64: `25d` is out of range, expected a time from 1ms to 24d, such as 500ms, 60s or 2h",
                "weir.yaml:10:8: `ipfix` is a list, expected a mapping with collector, protocol, active-timeout, "
                        + "idle-timeout, domain",
                "weir.yaml:11:1: the configuration has no key `bpfs`, did you mean `bpffs`?");
    }

    @Test
    void errorIsShownInItsLine() {
        assertEquals("""
                weir.yaml:2:13: `maybe` is unknown, expected allow, deny or reject
                    unselected: maybe
                                ^""", refused("hook: tcx\nunselected: maybe\n").getMessage());
    }

    @Test
    void tlsTokenAndSocketAreRead() throws Exception {
        WeirConfig config = ConfigFile.parse("weir.yaml", """
                listen: 192.0.2.1:443
                tls: {certificate: /etc/weir/tls.crt, key: /etc/weir/tls.key}
                token-file: /etc/weir/token
                """);

        assertEquals("192.0.2.1:443", ListenAddress.text(config.listen()));
        assertEquals(new WeirConfig.Tls("/etc/weir/tls.crt", "/etc/weir/tls.key"), config.tls());
        assertEquals("/etc/weir/token", config.tokenFile());
        assertEquals(
                "unix:/run/weir/weir.sock",
                ListenAddress.text(ConfigFile.parse("weir.yaml", "listen: unix:/run/weir/weir.sock")
                        .listen()));
    }

    @ParameterizedTest
    @CsvSource({
        "'listen: 192.0.2.1:443', 'add `tls.certificate`, `tls.key`, `token-file` to weir.yaml'",
        "'{listen: \"[::]:443\", tls: {certificate: c, key: k}}', 'add `token-file` to weir.yaml'",
        "'{listen: 192.0.2.1:443, token-file: t, tls: {certificate: c}}', 'add `tls.key` to weir.yaml'",
        "'listen: unix:weir.sock', 'is not the absolute path of a socket'",
        "'listen: unix:/run/../weir.sock', 'is not the absolute path of a socket'",
        "'listen: \"unix:\"', 'is not the absolute path of a socket'",
        "'listen: 127.0.0.1:99999', 'expected ADDRESS:PORT, such as'",
        "'token-file: \"a\\0b\"', 'expected a path'",
    })
    void addressThatCannotBeServedIsRefused(String yaml, String why) {
        assertTrue(
                String.valueOf(refused(yaml).getMessage()).contains(why),
                () -> refused(yaml).getMessage());
    }

    @Test
    void pathOfASocketIsBounded() {
        assertThrows(IllegalArgumentException.class, () -> ListenAddress.parse("unix:/" + "a".repeat(96)));
        assertEquals("unix:/" + "a".repeat(95), ListenAddress.text(ListenAddress.parse("unix:/" + "a".repeat(95))));
    }

    @Test
    void whatIsMissingToServeIsToldWhateverTheFileSays() {
        WeirConfig plain = WeirConfig.DEFAULT;
        assertTrue(plain.unserved().isEmpty());
        assertTrue(
                plain.withListen(ListenAddress.parse("unix:/run/s")).unserved().isEmpty());
        String missing =
                plain.withListen(ListenAddress.parse("192.0.2.1:1")).unserved().orElseThrow();
        assertTrue(missing.contains("needs TLS and a token"), missing);
    }

    @Test
    void collectorIsAnAddressOrANameWithAPort() throws ConfigException {
        WeirConfig.Ipfix ipfix = ConfigFile.parse("weir.yaml", """
                ipfix: {collector: "[2001:db8::1]:4739", protocol: tcp, active-timeout: 5m, idle-timeout: 30s, domain: 7}
                """).ipfix();
        assertEquals(
                new WeirConfig.Ipfix(
                        new Collector("2001:db8::1", 4739),
                        WeirConfig.Transport.TCP,
                        Duration.ofMinutes(5),
                        Duration.ofSeconds(30),
                        7),
                ipfix);
        assertTrue(ipfix.isOn());
        assertEquals("[2001:db8::1]:4739", ipfix.collector().toString());
        assertEquals(
                new Collector("flows.example.net", 4739),
                ConfigFile.parse("weir.yaml", "ipfix: {collector: 'flows.example.net:4739'}")
                        .ipfix()
                        .collector());
        assertFalse(ConfigFile.parse("weir.yaml", "ipfix: {domain: 0}").ipfix().isOn());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "192.0.2.1",
                "192.0.2.1:0",
                "192.0.2.1:65536",
                "2001:db8::1:4739",
                "a b:4739",
                ":4739",
                "-a:1",
                "udp://192.0.2.1:4739"
            })
    void whatIsNoCollectorIsRefusedWithItsPlace(String text) {
        assertErrors(
                "ipfix:\n  collector: '%s'\n".formatted(text),
                "weir.yaml:2:14: '%s' is no collector, expected HOST:PORT, such as 192.0.2.1:4739 or ".formatted(text)
                        + "[2001:db8::1]:4739, or nothing");
    }

    @Test
    void protocolOfACollectorIsUdpOrTcp() {
        assertErrors("ipfix: {protocol: sctp}", "weir.yaml:1:19: `sctp` is unknown, expected udp or tcp");
    }

    @Test
    void vantagesAreNamesOfNamespacesEachOnce() throws ConfigException {
        assertEquals(
                List.of("host", "router"),
                ConfigFile.parse("weir.yaml", "vantages: [host, router]\n").vantages());
        assertErrors(
                "vantages: [host, a/b]\n",
                "weir.yaml:1:18: no vantage can be called `a/b`, expected a namespace of at most 40 bytes");
        assertErrors(
                "vantages: [router, router]\n",
                "weir.yaml:1:11: `vantages` has 2 names, expected at most 16, each once");
        assertErrors(
                "vantages: [%s]\n".formatted("a".repeat(41)),
                "weir.yaml:1:12: no vantage can be called `%s`, expected a namespace of at most 40 bytes"
                        .formatted("a".repeat(41)));
    }

    @Test
    void whatIsNotYamlIsToldWithItsPlace() {
        assertErrors(
                "policies: [\n",
                "weir.yaml:2:1: this is not YAML: while parsing a flow node, expected the node content, but found "
                        + "'<stream end>'");
        assertErrors(
                "- a\n",
                "weir.yaml:1:1: the configuration is a list, expected a mapping with policies, listen, tls, "
                        + "token-file, bpffs, vantages, hook, unselected, other-l2, spoof-guard, namespaces, ipfix, flows");
        assertErrors("[".repeat(100_000), "weir.yaml:1:34: this nests deeper than 32 levels");
    }

    @Property
    void anyTextIsReadOrRefusedWithAPlace(@ForAll String yaml) {
        try {
            ConfigFile.parse("weir.yaml", yaml);
        } catch (ConfigException e) {
            assertTrue(
                    e.errors().stream().allMatch(error -> error.summary().matches("(?s)weir\\.yaml:\\d+:\\d+: .+")),
                    e.getMessage());
        }
    }

    @Test
    void namedFileMustExist(@TempDir Path directory) throws Exception {
        Path file = directory.resolve("weir.yaml");
        assertEquals(file + ":1:1: cannot read this: it does not exist, or is a link to nothing", whyNotLoaded(file));

        Files.writeString(file, "unselected: deny\n");
        assertEquals(Verdict.DENY, ConfigFile.load(file).unselected());

        Files.write(file, new byte[] {'#', (byte) 0xff});
        assertEquals(file + ":1:2: this is not UTF-8 text, expected YAML in UTF-8", whyNotLoaded(file));
        Files.write(file, new byte[(1 << 20) + 1]);
        assertEquals(file + ":1:1: the file is larger than 1 MiB", whyNotLoaded(file));
    }

    @Test
    void flagsOverrideTheFile() {
        WeirConfig config = WeirConfig.DEFAULT
                .withPolicies(Path.of("p"))
                .withBpffs(Path.of("b"))
                .withListen(ListenAddress.parse("localhost:1"));

        assertEquals(List.of(Path.of("p"), Path.of("b")), List.of(config.policies(), config.bpffs()));
        assertEquals("127.0.0.1:1", ListenAddress.text(config.listen()));
        assertEquals(WeirConfig.DEFAULT.flows(), config.flows());
    }

    private static String whyNotLoaded(Path file) {
        ConfigException refused = assertThrows(ConfigException.class, () -> ConfigFile.load(file));
        assertEquals(1, refused.errors().size());
        return refused.errors().getFirst().summary();
    }

    private static void assertErrors(String yaml, String... errors) {
        assertEquals(
                String.join("\n", errors),
                refused(yaml).errors().stream().map(Diagnostic::summary).collect(Collectors.joining("\n")));
    }

    private static ConfigException refused(String yaml) {
        return assertThrows(ConfigException.class, () -> ConfigFile.parse("weir.yaml", yaml));
    }
}
