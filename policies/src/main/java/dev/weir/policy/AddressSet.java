// SPDX-License-Identifier: Apache-2.0
package dev.weir.policy;

import dev.weir.abi.IpAddress;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/// A set of a policy: addresses and prefixes under one name. Two sets of one name are equal if they hold the
/// same prefixes, in whatever order and however often they were written.
public final class AddressSet {
    private static final Comparator<Cidr> ORDER = (a, b) -> {
        int byAddress = a.network().compareTo(b.network());
        return byAddress != 0 ? byAddress : Integer.compare(a.length(), b.length());
    };
    private static final int INDEX_BITS = 26;
    private static final int MAX_INDEX = (1 << INDEX_BITS) - 1;
    private static final int V6 = 64; // beyond any length of IPv4; 64 + 128 still is one byte
    private static final int MAX_ENTRY_BYTES = 2 * Long.BYTES + 1;

    private final String name;
    private final List<Cidr> prefixes;
    private final String hash;

    public AddressSet(String name, Collection<Cidr> prefixes) {
        this.name = name;
        this.prefixes = distinct(prefixes);
        this.hash = ContentHash.of(bytes(this.prefixes));
    }

    private AddressSet(String name, AddressSet other) {
        this.name = name;
        this.prefixes = other.prefixes;
        this.hash = other.hash;
    }

    /// The same prefixes under another name.
    public AddressSet named(String another) {
        return new AddressSet(another, this);
    }

    public String name() {
        return name;
    }

    /// By address and length, each once.
    public List<Cidr> prefixes() {
        return prefixes;
    }

    /// SHA-256 of the prefixes as 64 lower-case hexadecimal digits.
    public String hash() {
        return hash;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof AddressSet set && name.equals(set.name) && hash.equals(set.hash);
    }

    @Override
    public int hashCode() {
        return hash.hashCode();
    }

    @Override
    public String toString() {
        return name + ", " + prefixes.size() + " prefixes, " + hash;
    }

    private static List<Cidr> distinct(Collection<Cidr> prefixes) {
        Cidr[] sorted = prefixes.toArray(Cidr[]::new);
        sort(sorted);
        int size = 0;
        for (Cidr prefix : sorted) {
            if (size == 0 || !sorted[size - 1].equals(prefix)) {
                sorted[size++] = prefix;
            }
        }
        return List.of(Arrays.copyOf(sorted, size));
    }

    /// Large sets are IPv4, which one number a prefix sorts ten times as fast: its address, its length and its
    /// place.
    private static void sort(Cidr[] prefixes) {
        boolean plain = prefixes.length <= MAX_INDEX;
        for (int i = 0; plain && i < prefixes.length; i++) {
            plain = prefixes[i].network().isV4();
        }
        if (!plain) {
            Arrays.sort(prefixes, ORDER);
            return;
        }
        long[] keys = new long[prefixes.length];
        for (int i = 0; i < keys.length; i++) {
            long address = (long) (prefixes[i].network().v4() ^ Integer.MIN_VALUE) << 32; // its order is unsigned
            keys[i] = address | ((long) prefixes[i].length() << INDEX_BITS) | i;
        }
        Arrays.sort(keys);
        Cidr[] given = prefixes.clone();
        for (int i = 0; i < keys.length; i++) {
            prefixes[i] = given[(int) keys[i] & MAX_INDEX];
        }
    }

    private static byte[] bytes(List<Cidr> prefixes) {
        ByteBuffer out = ByteBuffer.allocate(prefixes.size() * MAX_ENTRY_BYTES);
        for (Cidr prefix : prefixes) {
            IpAddress network = prefix.network();
            if (network.isV4()) {
                out.put((byte) prefix.length()).putInt(network.v4());
            } else {
                out.put((byte) (V6 + prefix.length())).putLong(network.high()).putLong(network.low());
            }
        }
        return Arrays.copyOf(out.array(), out.position());
    }
}
