// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.view;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.weir.abi.IpAddress;

/// What addresses look like that were written lately, with what stands before and behind each: a copy is cheaper than
/// digits. It takes the same memory whatever addresses there are. For one thread.
final class AddressTexts {
    private static final int KEPT = 1024; // a power of two

    private final byte[] before;
    private final byte[] behind;
    private final int placeBytes;
    private final byte[] texts;
    private final int[] lengths = new int[KEPT]; // 0: nothing is kept there
    private final long[] high = new long[KEPT];
    private final long[] low = new long[KEPT];

    /// @param before each address, ASCII
    AddressTexts(String before, String behind) {
        this.before = before.getBytes(US_ASCII);
        this.behind = behind.getBytes(US_ASCII);
        placeBytes = before.length() + IpAddress.MAX_TEXT + behind.length();
        texts = new byte[KEPT * placeBytes];
    }

    /// Writes an address and what stands around it.
    ///
    /// @return where it ends
    int put(byte[] to, int at, IpAddress address) {
        int place = place(address);
        if (lengths[place] == 0 || low[place] != address.low() || high[place] != address.high()) {
            keep(place, address);
        }
        int length = lengths[place];
        System.arraycopy(texts, place * placeBytes, to, at, length);
        return at + length;
    }

    private static int place(IpAddress address) {
        long folded = address.high() ^ address.low();
        int hash = (int) (folded ^ folded >>> 32);
        return (hash ^ hash >>> 10 ^ hash >>> 20) & KEPT - 1;
    }

    private void keep(int place, IpAddress address) {
        int from = place * placeBytes;
        System.arraycopy(before, 0, texts, from, before.length);
        int end = address.write(texts, from + before.length);
        System.arraycopy(behind, 0, texts, end, behind.length);
        lengths[place] = end + behind.length - from;
        high[place] = address.high();
        low[place] = address.low();
    }
}
