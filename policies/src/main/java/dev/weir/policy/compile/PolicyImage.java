// SPDX-License-Identifier: Apache-2.0
package dev.weir.policy.compile;

import dev.weir.abi.ImageLayout;
import dev.weir.policy.ContentHash;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;

/// Compiled policies, a layer of a [PolicyChain]: the bytes that the kernel searches, and whose rules their
/// numbers are. Images with equal bytes are equal, since the kernel cannot tell them apart; their rules may
/// still be called differently.
public final class PolicyImage {
    private final byte[] bytes;
    private final List<ImageRule> rules;

    PolicyImage(byte[] bytes, List<ImageRule> rules) {
        this.bytes = bytes;
        this.rules = List.copyOf(rules);
    }

    /// A read-only view of all bytes, little-endian, to be copied to where the kernel reads them.
    public ByteBuffer bytes() {
        return ByteBuffer.wrap(bytes).asReadOnlyBuffer().order(ByteOrder.LITTLE_ENDIAN);
    }

    public int size() {
        return bytes.length;
    }

    /// Whose rule each number is, and what it says.
    public List<ImageRule> rules() {
        return rules;
    }

    /// Numbers of holders from here on are named by no rule.
    public int holderCount() {
        return bytes().getInt(ImageLayout.IMAGE_HOLDER_COUNT);
    }

    /// SHA-256 of the bytes as 64 lower-case hexadecimal digits, computed at each call.
    public String hash() {
        return ContentHash.of(bytes);
    }

    /// All of the image as text, decoded from its bytes; for people and for golden tests.
    public String dump() {
        return new ImageDump(this).text();
    }

    @Override
    public boolean equals(Object other) {
        return this == other || (other instanceof PolicyImage image && Arrays.equals(bytes, image.bytes));
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bytes);
    }

    @Override
    public String toString() {
        return "image of " + bytes.length + " bytes, " + rules.size() + " rules";
    }
}
