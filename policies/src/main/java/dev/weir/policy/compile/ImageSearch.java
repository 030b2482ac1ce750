// SPDX-License-Identifier: Apache-2.0
package dev.weir.policy.compile;

import dev.weir.abi.Direction;
import dev.weir.abi.ImageLayout;
import dev.weir.abi.IpAddress;
import dev.weir.abi.Verdict;
import java.nio.ByteBuffer;

/// Searches a chain of images as the kernel programs do, step by step the same algorithm over the same bytes.
public final class ImageSearch {
    /// Stands for an address that nobody holds.
    public static final int NO_HOLDER = 0;

    private final PolicyChain chain;

    public ImageSearch(PolicyChain chain) {
        this.chain = chain;
    }

    /// What becomes of the opening of a flow, and whose rule says so.
    ///
    /// @param holder number of who holds the outside address, or [#NO_HOLDER]
    /// @param port of the side that did not open; ICMP: `type << 8 | code`
    public ImageRule find(Direction direction, IpAddress outside, int holder, int protocol, int port) {
        int service = Staircase.key(protocol, port);
        ImageRule judged = walk(View.of(direction, false), outside, holder, service);
        if (!judged.audit()) {
            return judged;
        }
        ImageRule enforced = walk(View.of(direction, true), outside, holder, service);
        return judged.verdict() == Verdict.AUDIT && enforced.verdict() == Verdict.ALLOW ? judged : enforced;
    }

    private ImageRule walk(View view, IpAddress outside, int holder, int service) {
        for (PolicyImage layer : chain.layers()) {
            int rule = new Layer(layer.bytes()).find(view, outside, holder, service);
            if (rule != ImageLayout.NO_RULE) {
                return layer.rules().get(rule);
            }
        }
        throw new IllegalStateException("no image of " + chain + " has a default");
    }

    /// One image's bytes.
    private record Layer(ByteBuffer image) {
        private int find(View view, IpAddress outside, int holder, int service) {
            int section = view.section();
            int best = rule(image.getInt(section + ImageLayout.SECTION_ANY), service);
            int list = outside.isV4()
                    ? where(section + ImageLayout.SECTION_WHERE4, ImageLayout.STEP_BYTES, outside)
                    : where(section + ImageLayout.SECTION_WHERE6, ImageLayout.STEP6_BYTES, outside);
            best = min(best, rule(list, service));
            best = min(best, rule(held(view, holder), service));
            return best == ImageLayout.NO_RULE ? image.getInt(section + ImageLayout.SECTION_DEFAULT_RULE) : best;
        }

        /// The offset of the list of services for an address, or 0.
        private int where(int where, int stepBytes, IpAddress address) {
            int steps = image.getInt(where + ImageLayout.WHERE_STEPS);
            if (steps == 0) {
                return 0;
            }
            int slot = TopIndex.read(image, where).slot(address.high(), address.low());
            int top = image.getInt(where + ImageLayout.WHERE_TOP) + Integer.BYTES * slot;
            int first = image.getInt(top);
            int count = image.getInt(top + Integer.BYTES) - first + 1;
            int base = steps + first * stepBytes;
            return address.isV4() ? search(base, count, address.v4()) : search6(base, count, address);
        }

        private int search6(int steps, int count, IpAddress address) {
            int base = steps;
            int left = count;
            while (left > 1) {
                int half = left >> 1;
                int middle = base + half * ImageLayout.STEP6_BYTES;
                long high = image.getLong(middle + ImageLayout.STEP6_HIGH);
                long low = image.getLong(middle + ImageLayout.STEP6_LOW);
                if (new IpAddress(high, low).compareTo(address) <= 0) {
                    base = middle;
                }
                left -= half;
            }
            return image.getInt(base + ImageLayout.STEP6_VALUE);
        }

        private int held(View view, int holder) {
            if (holder == NO_HOLDER || holder >= image.getInt(ImageLayout.IMAGE_HOLDER_COUNT)) {
                return 0;
            }
            int lists = image.getInt(ImageLayout.IMAGE_HOLDERS) + holder * ImageLayout.HOLDER_LISTS_BYTES;
            return image.getInt(lists + Integer.BYTES * view.number());
        }

        /// What a list of services says; an offset of 0 says nothing.
        private int rule(int list, int service) {
            if (list == 0) {
                return ImageLayout.NO_RULE;
            }
            return search(list + ImageLayout.SERVICES_BYTES, image.getInt(list + ImageLayout.SERVICES_COUNT), service);
        }

        /// The value of the last of `count` steps whose key is at most `key`, unsigned; the first one's never is
        /// more.
        private int search(int steps, int count, int key) {
            int base = steps;
            int left = count;
            while (left > 1) {
                int half = left >> 1;
                int middle = base + half * ImageLayout.STEP_BYTES;
                if (Integer.compareUnsigned(image.getInt(middle + ImageLayout.STEP_KEY), key) <= 0) {
                    base = middle;
                }
                left -= half;
            }
            return image.getInt(base + ImageLayout.STEP_VALUE);
        }

        private static int min(int a, int b) {
            return Integer.compareUnsigned(a, b) <= 0 ? a : b;
        }
    }
}
