// SPDX-License-Identifier: Apache-2.0
package dev.weir.policy.diff;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.abi.IpAddress;
import dev.weir.policy.Cidr;
import dev.weir.policy.Peer;
import dev.weir.policy.Service;
import java.util.BitSet;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// What is said is the set, and said shortly.
class CoverTest {
    private static final IpAddress LAST_V4 = IpAddress.ofV4(-1);
    private static final IpAddress LAST_V6 = new IpAddress(-1, -1);

    @Property(tries = 500)
    void prefixesSayTheSet(@ForAll Random random) {
        IpAddress base = random.nextBoolean() ? IpAddress.ofV4(0xc0000200) : IpAddress.parse("::1:0:0:0");
        int size = 64;
        BitSet set = new BitSet();
        for (int i = random.nextInt(6); i >= 0; i--) {
            set.flip(random.nextInt(size), size + 1);
            set.flip(0, random.nextInt(size));
        }
        set.clear(size, size + 1);
        if (set.isEmpty()) {
            return;
        }
        Cover<Peer> cover = base.isV4()
                ? AddressCover.of(ranges(base, set), new Ranges())
                : AddressCover.of(new Ranges(), ranges(base, set));
        for (int i = -1; i <= size; i++) {
            IpAddress address = plus(base, i);
            boolean named = cover.in().stream().anyMatch(peer -> holds(peer, address))
                    && cover.but().stream().noneMatch(peer -> holds(peer, address));
            assertEquals(i >= 0 && set.get(i), named, () -> set + " as " + cover);
        }
        assertTrue(cover.in().size() + cover.but().size() <= set.cardinality(), cover::toString);
    }

    @Test
    void shortestWordsWin() {
        assertEquals("any", of("0.0.0.0", "255.255.255.255", "::", LAST_V6.toString()));
        assertEquals("0.0.0.0/0", of("0.0.0.0", "255.255.255.255"));
        assertEquals("192.0.2.0/24 but 192.0.2.7", of("192.0.2.0", "192.0.2.6", "192.0.2.8", "192.0.2.255"));
        assertEquals("192.0.2.0, 192.0.2.2", of("192.0.2.0", "192.0.2.0", "192.0.2.2", "192.0.2.2"));
        assertEquals(
                "any but 192.0.2.7", of("0.0.0.0", "192.0.2.6", "192.0.2.8", LAST_V4.toString(), "::", "" + LAST_V6));
        assertEquals("::/0 but 2001:db8::1", of("::", "2001:db8::", "2001:db8::2", LAST_V6.toString()));
    }

    /// Between the two lie only the addresses that stand for IPv4: a prefix may hold them, which means nothing.
    @Test
    void placeOfIpv4WithinIpv6IsNeverNamed() {
        assertEquals("::fffe:0:0/95, ::1:0:0:0", of("::fffe:0:0", "::fffe:ffff:ffff", "::1:0:0:0", "::1:0:0:0"));
        assertEquals("::/0", of("::", "::fffe:ffff:ffff", "::1:0:0:0", LAST_V6.toString()));
    }

    @Timeout(10)
    @Test
    void hundredThousandAddressesAndTheirComplement() {
        Ranges hosts = new Ranges();
        Ranges others = new Ranges();
        IpAddress next = new IpAddress(0, 0);
        for (int i = 0; i < 100_000; i++) {
            IpAddress host = new IpAddress(0x20010db800000000L + i * 0x9e3779b9L, i * 0x9e3779b97f4a7c15L);
            hosts.add(host, host);
            others.add(next, Ranges.previous(host));
            next = Ranges.next(host);
        }
        others.add(next, LAST_V6);
        assertEquals(100_000, AddressCover.of(new Ranges(), hosts).in().size());
        assertEquals(100_000, AddressCover.of(new Ranges(), others).but().size());
    }

    @Test
    void servicesAreSaidAsPoliciesSayThem() {
        assertEquals("any", ServiceCover.of(0, 256 << 16).toString());
        assertEquals(
                "any but tcp/80",
                ServiceCover.of(0, 6 << 16 | 80, 6 << 16 | 81, 256 << 16).toString());
        assertEquals(
                "tcp but tcp/80",
                ServiceCover.of(6 << 16, 6 << 16 | 80, 6 << 16 | 81, 7 << 16)
                        .toString()
                        .replace("tcp/0-79, tcp/81-65535", "tcp but tcp/80"));
        assertEquals(
                "icmp/3/4, icmp/8, tcp",
                ServiceCover.of(1 << 16 | 0x304, 1 << 16 | 0x305, 1 << 16 | 0x800, 1 << 16 | 0x900, 6 << 16, 7 << 16)
                        .toString());
    }

    @Property(tries = 500)
    void servicesSayTheSet(@ForAll Random random) {
        int[] keys = random.ints(2L * (1 + random.nextInt(4)), 0, 256 << 16)
                .map(key -> random.nextBoolean() ? key & 0x3ffff : key & ~0xffff)
                .sorted()
                .distinct()
                .toArray();
        if (keys.length < 2 || keys.length % 2 != 0) {
            return;
        }
        for (int i = 0; i < keys.length; i++) {
            if (!Service.hasPorts(keys[i] >> 16) && !Service.isIcmp(keys[i] >> 16) && (keys[i] & 0xffff) != 0) {
                return;
            }
        }
        Cover<Service> cover = ServiceCover.of(keys);
        for (int i = 0; i < keys.length; i++) {
            for (int key : new int[] {keys[i] - 1, keys[i]}) {
                if (key >= 0 && key < 256 << 16) {
                    boolean named = cover.in().stream().anyMatch(each -> each.matches(key >> 16, key & 0xffff))
                            && cover.but().stream().noneMatch(each -> each.matches(key >> 16, key & 0xffff));
                    assertEquals((key == keys[i]) == (i % 2 == 0), named, () -> key + " in " + cover);
                }
            }
        }
    }

    private static String of(String... bounds) {
        Ranges v4 = new Ranges();
        Ranges v6 = new Ranges();
        for (int i = 0; i < bounds.length; i += 2) {
            IpAddress first = IpAddress.parse(bounds[i]);
            (first.isV4() ? v4 : v6).add(first, IpAddress.parse(bounds[i + 1]));
        }
        return AddressCover.of(v4, v6).toString();
    }

    private static boolean holds(Peer peer, IpAddress address) {
        return peer instanceof Cidr cidr ? cidr.contains(address) : peer instanceof Peer.Any;
    }

    private static Ranges ranges(IpAddress base, BitSet set) {
        Ranges ranges = new Ranges();
        set.stream().forEach(i -> ranges.add(plus(base, i), plus(base, i)));
        return ranges;
    }

    private static IpAddress plus(IpAddress base, int more) {
        long low = base.low() + more;
        return new IpAddress(base.high(), low);
    }
}
