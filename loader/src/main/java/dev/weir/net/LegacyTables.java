// SPDX-License-Identifier: Apache-2.0
package dev.weir.net;

import dev.weir.abi.IpAddress;
import dev.weir.bpf.Errno;
import dev.weir.bpf.ffi.Libc;
import dev.weir.bpf.ffi.Sockets;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// The table `nat` of the iptables from before nftables, as far as it rewrites sources: entries of
/// `linux/netfilter_ipv4/ip_tables.h`, one after the other.
final class LegacyTables {
    private static final String OPERATION = "read the table nat of iptables";
    private static final byte[] NAT = "nat".getBytes(StandardCharsets.US_ASCII);
    private static final Path NAMES = Path.of("/proc/thread-self/net/ip_tables_names");

    private static final int SOCK_RAW_CLOEXEC = Sockets.SOCK_RAW_CLOEXEC;
    private static final int IPPROTO_RAW = 255;
    private static final int SOL_IP = 0;
    private static final int IPT_SO_GET_INFO = 64;
    private static final int IPT_SO_GET_ENTRIES = 65;
    private static final int INFO_BYTES = 84;
    private static final int INFO_SIZE = 80;
    private static final int NAME_BYTES = 32;
    private static final int ENTRIES = 40; // behind the name, the size, and padding
    private static final int MAX_BYTES = 1 << 24;
    private static final int ATTEMPTS = 16;

    // struct ipt_entry
    private static final int SOURCE = 0;
    private static final int SOURCE_MASK = 8;
    private static final int OUT_DEVICE = 32;
    private static final int OUT_DEVICE_MASK = 64;
    private static final int INVERTED = 83;
    private static final int TARGET_OFFSET = 88;
    private static final int NEXT_OFFSET = 90;
    private static final int ENTRY_BYTES = 112;
    private static final int INVERTED_OUT = 0x02;
    private static final int INVERTED_SOURCE = 0x08;
    // struct xt_entry_target
    private static final int TARGET_NAME = 2;
    private static final int TARGET_NAME_BYTES = 29;

    private LegacyTables() {}

    static List<SourceNat> sourceNat() {
        if (!inUse()) {
            return List.of(); // to ask for the table would make it
        }
        int fd = Sockets.socket(Sockets.AF_INET, SOCK_RAW_CLOEXEC, IPPROTO_RAW);
        if (fd < 0) {
            throw NetException.refused(OPERATION, -fd);
        }
        try {
            for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
                byte[] entries = new byte[ENTRIES + size(fd)];
                ByteBuffer.wrap(entries).put(NAT);
                ByteBuffer.wrap(entries).order(ByteOrder.nativeOrder()).putInt(NAME_BYTES, entries.length - ENTRIES);
                int result = Sockets.getsockopt(fd, SOL_IP, IPT_SO_GET_ENTRIES, entries);
                if (result == 0) {
                    return rules(ByteBuffer.wrap(entries, ENTRIES, entries.length - ENTRIES)
                            .slice()
                            .order(ByteOrder.nativeOrder()));
                }
                if (result != -Errno.EAGAIN) { // else it has changed since its size was asked for
                    throw NetException.refused(OPERATION, -result);
                }
            }
            throw NetException.refused(OPERATION, Errno.EINTR);
        } finally {
            Libc.close(fd);
        }
    }

    private static boolean inUse() {
        try {
            return Files.readAllLines(NAMES).contains("nat");
        } catch (NoSuchFileException e) {
            return false; // a kernel without
        } catch (IOException e) {
            throw NetException.unusable("read " + NAMES, e.toString());
        }
    }

    private static int size(int fd) {
        byte[] info = new byte[INFO_BYTES];
        System.arraycopy(NAT, 0, info, 0, NAT.length);
        int result = Sockets.getsockopt(fd, SOL_IP, IPT_SO_GET_INFO, info);
        if (result < 0) {
            throw NetException.refused(OPERATION, -result);
        }
        int size = ByteBuffer.wrap(info).order(ByteOrder.nativeOrder()).getInt(INFO_SIZE);
        if (size < 0 || size > MAX_BYTES) {
            throw NetException.unusable(
                    OPERATION, "it has " + Integer.toUnsignedString(size) + " bytes; " + MAX_BYTES + " are looked at");
        }
        return size;
    }

    /// @throws NetException if an entry reaches beyond the others
    static List<SourceNat> rules(ByteBuffer entries) {
        List<SourceNat> found = new ArrayList<>();
        int at = 0;
        while (at < entries.limit()) {
            int left = entries.limit() - at;
            int next = left < ENTRY_BYTES ? 0 : Short.toUnsignedInt(entries.getShort(at + NEXT_OFFSET));
            int target = left < ENTRY_BYTES ? 0 : Short.toUnsignedInt(entries.getShort(at + TARGET_OFFSET));
            if (next > left || target < ENTRY_BYTES || next < target + TARGET_NAME + TARGET_NAME_BYTES) {
                throw NetException.unusable(OPERATION, "an entry has " + next + " of " + left + " bytes");
            }
            String name = text(entries, at + target + TARGET_NAME, TARGET_NAME_BYTES);
            if (name.equals("MASQUERADE") || name.equals("SNAT")) {
                found.add(rule(entries, at));
            }
            at += next;
        }
        return found;
    }

    private static SourceNat rule(ByteBuffer entries, int at) {
        int inverted = entries.get(at + INVERTED);
        int mask = inNetworkOrder(entries, at + SOURCE_MASK);
        int address = inNetworkOrder(entries, at + SOURCE);
        String device = text(entries, at + OUT_DEVICE, Sockets.IFNAMSIZ);
        int compared = compared(entries, at + OUT_DEVICE_MASK); // the NUL behind a whole name, too; a `+` is not
        String pattern = compared > device.length() ? device : device.substring(0, compared) + "*";
        return new SourceNat(
                new SourceNat.Match<>(
                        new SourceNat.Network(IpAddress.ofV4(address & mask), Integer.bitCount(mask)),
                        (inverted & INVERTED_SOURCE) != 0),
                new SourceNat.Match<>(pattern, (inverted & INVERTED_OUT) != 0));
    }

    private static int compared(ByteBuffer entries, int at) {
        int bytes = 0;
        while (bytes < Sockets.IFNAMSIZ && entries.get(at + bytes) != 0) {
            bytes++;
        }
        return bytes;
    }

    private static int inNetworkOrder(ByteBuffer entries, int at) {
        return entries.duplicate().order(ByteOrder.BIG_ENDIAN).getInt(at);
    }

    private static String text(ByteBuffer entries, int at, int most) {
        int length = 0;
        while (length < most && entries.get(at + length) != 0) {
            length++;
        }
        byte[] bytes = new byte[length];
        entries.get(at, bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
