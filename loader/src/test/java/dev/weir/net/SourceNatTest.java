// SPDX-License-Identifier: Apache-2.0
package dev.weir.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.abi.IpAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Which rules of netfilter rewrite sources, and whose.
class SourceNatTest {
    private static final String NAMESPACE = "nat";

    private static boolean covers(List<SourceNat> rules, String source, String device) {
        return rules.stream().anyMatch(rule -> rule.covers(IpAddress.parse(source), device));
    }

    /// What is read in a namespace after these commands have run in it.
    private static List<SourceNat> after(String... commands) throws Exception {
        try (TestNet net = new TestNet()) {
            net.namespace(NAMESPACE);
            for (String command : commands) {
                List<String> words = new ArrayList<>(List.of("ip", "netns", "exec", NAMESPACE));
                Collections.addAll(words, command.split(" "));
                TestNet.run(words);
            }
            try (NetworkNamespace namespace = NetworkNamespace.open(Path.of("/run/netns", NAMESPACE))) {
                return namespace.call(SourceNat::all);
            }
        }
    }

    private static List<SourceNat> afterNft(String family, String rule) throws Exception {
        return after(
                "nft add table %s own".formatted(family),
                "nft add chain %s own out { type nat hook postrouting priority 100 ; }".formatted(family),
                "nft add rule %s own out %s".formatted(family, rule));
    }

    @Test
    @Tag("kernel")
    void noRuleRewritesNothing() throws Exception {
        assertEquals(List.of(), after());
        assertEquals(List.of(), afterNft("ip", "ip saddr 192.0.2.0/24 accept"));
        assertEquals(List.of(), afterNft("ip6", "masquerade"));
        assertEquals(List.of(), afterNft("inet", "ip6 saddr 2001:db8::/32 masquerade"));
        assertEquals(List.of(), after("iptables-legacy -t nat -A POSTROUTING -s 192.0.2.0/24 -j ACCEPT"));
        assertEquals(List.of(), after("iptables-legacy -t nat -A PREROUTING -p tcp --dport 80 -j REDIRECT"));
    }

    @Test
    @Tag("kernel")
    void prefixOfNftablesIsReadToItsLastBit() throws Exception {
        List<SourceNat> bits = afterNft("ip", "ip saddr 192.0.2.0/25 masquerade");
        assertTrue(covers(bits, "192.0.2.127", "eth0"));
        assertFalse(covers(bits, "192.0.2.128", "eth0"));
        List<SourceNat> bytes = afterNft("inet", "ip saddr 192.0.2.0/24 snat ip to 198.51.100.1");
        assertTrue(covers(bytes, "192.0.2.255", "eth0"));
        assertFalse(covers(bytes, "192.0.3.0", "eth0"));
        List<SourceNat> one = afterNft("ip", "ip saddr 192.0.2.7 masquerade");
        assertTrue(covers(one, "192.0.2.7", "eth0"));
        assertFalse(covers(one, "192.0.2.6", "eth0"));
        List<SourceNat> others = afterNft("ip", "ip saddr != 192.0.2.0/24 masquerade");
        assertFalse(covers(others, "192.0.2.7", "eth0"));
        assertTrue(covers(others, "198.51.100.7", "eth0"));
    }

    @Test
    @Tag("kernel")
    void deviceOfNftablesIsRead() throws Exception {
        List<SourceNat> whole = afterNft("ip", "oifname eth0 masquerade");
        assertTrue(covers(whole, "192.0.2.7", "eth0"));
        assertFalse(covers(whole, "192.0.2.7", "eth01"));
        List<SourceNat> pattern = afterNft("ip", "oifname eth* masquerade");
        assertTrue(covers(pattern, "192.0.2.7", "eth01"));
        assertFalse(covers(pattern, "192.0.2.7", "wan0"));
        List<SourceNat> other = afterNft("ip", "ip saddr 192.0.2.0/24 oifname != br0 masquerade");
        assertTrue(covers(other, "192.0.2.7", "eth0"));
        assertFalse(covers(other, "192.0.2.7", "br0"));
        assertFalse(covers(other, "198.51.100.7", "eth0"));
    }

    @Test
    @Tag("kernel")
    void whatIsNotReadIsTakenToHold() throws Exception {
        assertTrue(covers(afterNft("inet", "ip saddr { 192.0.2.7, 192.0.2.9 } masquerade"), "198.51.100.7", "eth0"));
        assertTrue(covers(afterNft("inet", "meta mark 7 masquerade"), "198.51.100.7", "eth0"));
        assertTrue(covers(afterNft("inet", "ip daddr 198.51.100.1 tcp dport 80 masquerade"), "192.0.2.7", "eth0"));
    }

    @Test
    @Tag("kernel")
    void bothKindsOfIptablesAreRead() throws Exception {
        for (String iptables : List.of("iptables-nft", "iptables-legacy")) {
            String append = iptables + " -t nat -A POSTROUTING ";
            List<SourceNat> rules = after(
                    append + "-s 192.0.2.0/25 -o eth0 -j MASQUERADE",
                    append + "! -s 198.51.100.0/24 -o wan+ -j SNAT --to-source 203.0.113.1");
            assertEquals(2, rules.size(), iptables);
            assertTrue(covers(rules, "192.0.2.127", "eth0"), iptables);
            assertFalse(covers(rules, "192.0.2.128", "eth0"), iptables);
            assertFalse(covers(rules, "192.0.2.127", "eth1"), iptables);
            assertTrue(covers(rules, "192.0.2.128", "wan7"), iptables);
            assertFalse(covers(rules, "198.51.100.1", "wan7"), iptables);
            List<SourceNat> all = after(append + "-j MASQUERADE");
            assertTrue(covers(all, "192.0.2.127", "eth0"), iptables);
            List<SourceNat> but = after(append + "-s 192.0.2.7 ! -o br0 -j MASQUERADE");
            assertTrue(covers(but, "192.0.2.7", "eth0"), iptables);
            assertFalse(covers(but, "192.0.2.7", "br0"), iptables);
        }
    }

    @Test
    @Tag("kernel")
    void askingMakesNoTable() throws Exception {
        try (TestNet net = new TestNet()) {
            net.namespace(NAMESPACE);
            try (NetworkNamespace namespace = NetworkNamespace.open(Path.of("/run/netns", NAMESPACE))) {
                namespace.call(SourceNat::all);
                namespace.call(SourceNat::all);
            }
            String names = "cat /proc/thread-self/net/ip_tables_names";
            List<String> words = new ArrayList<>(List.of("ip", "netns", "exec", NAMESPACE));
            Collections.addAll(words, names.split(" "));
            assertEquals("", TestNet.run(words));
        }
    }

    @Property
    void anyEntriesAreReadOrRefused(@ForAll @Size(max = 400) byte[] bytes) {
        try {
            assertTrue(LegacyTables.rules(ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder()))
                            .size()
                    <= 2);
        } catch (NetException e) {
            assertFalse(String.valueOf(e.getMessage()).isEmpty());
        }
    }

    @Property
    void anyRuleIsReadOrRefused(@ForAll @Size(max = 400) byte[] bytes) {
        try {
            ByteBuffer payload = ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder());
            assertFalse(Nftables.rule(payload).toString().isEmpty());
        } catch (NetException e) {
            assertFalse(String.valueOf(e.getMessage()).isEmpty());
        }
    }
}
