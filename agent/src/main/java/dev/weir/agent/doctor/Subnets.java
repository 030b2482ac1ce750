// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.doctor;

import dev.weir.abi.IpAddress;
import dev.weir.agent.netns.World;
import dev.weir.net.InterfaceAddress;
import dev.weir.net.RouteEntry;
import dev.weir.policy.Cidr;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// Arithmetic of addresses and subnets.
final class Subnets {
    /// Addresses that only translation brings back to: RFC 1918, RFC 6598, RFC 3927.
    private static final List<Cidr> PRIVATE = Stream.of(
                    "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16")
            .map(Subnets::parse)
            .toList();

    private static final Cidr MULTICAST = parse("ff00::/8");

    /// How many addresses or subnets are tried before none counts as free.
    private static final int TRIES = 65_536;

    private Subnets() {}

    static Cidr parse(String text) {
        int slash = text.indexOf('/');
        return new Cidr(IpAddress.parse(text.substring(0, slash)), Integer.parseInt(text.substring(slash + 1)));
    }

    static Cidr of(InterfaceAddress address) {
        return Cidr.around(address.address(), address.prefixLength());
    }

    static Cidr of(RouteEntry entry) {
        return new Cidr(entry.network(), entry.prefixLength());
    }

    /// Whether every device has such a route: link-local (RFC 4291) or multicast.
    static boolean isOfAnyLink(RouteEntry entry) {
        return World.isLinkLocal(entry.network()) || MULTICAST.contains(entry.network());
    }

    static boolean isPrivate(IpAddress address) {
        return PRIVATE.stream().anyMatch(each -> each.contains(address));
    }

    static boolean overlap(Cidr one, Cidr other) {
        return one.contains(other.network()) || other.contains(one.network());
    }

    /// Whether others than its holder fit in.
    static boolean isShared(Cidr subnet) {
        return subnet.length() < Cidr.bits(subnet.network());
    }

    /// As `ip address` takes it, such as `10.0.0.4/24`.
    static String text(IpAddress address, int prefixLength) {
        return address + "/" + prefixLength;
    }

    /// The address so many behind the first of its subnet.
    static IpAddress at(Cidr subnet, long offset) {
        return new IpAddress(subnet.network().high(), subnet.network().low() + offset);
    }

    /// The first address of `subnet` that a device can have and that is not taken; the network's own and the last are
    /// left out where there are more than two.
    static Optional<IpAddress> free(Cidr subnet, Predicate<IpAddress> taken) {
        boolean small = subnet.length() >= Cidr.bits(subnet.network()) - 1;
        return IntStream.range(small ? 0 : 1, TRIES)
                .mapToObj(offset -> at(subnet, offset))
                .takeWhile(subnet::contains)
                .filter(address -> small || !address.equals(subnet.last()))
                .filter(address -> !taken.test(address))
                .findFirst();
    }

    /// A private subnet of this length that overlaps none of those in use.
    static Optional<Cidr> free(boolean v4, int length, Collection<Cidr> used) {
        int block = v4 ? 24 : 64;
        int size = Math.min(length, block);
        return IntStream.range(1, TRIES)
                .mapToObj(number -> v4
                        ? Cidr.around(IpAddress.ofV4(10 << 24 | number << 8), size)
                        : Cidr.around(new IpAddress(0xfd00L << 48 | number, 0), size))
                .filter(subnet -> used.stream().noneMatch(each -> overlap(each, subnet)))
                .findFirst()
                .map(subnet -> new Cidr(subnet.network(), length));
    }
}
