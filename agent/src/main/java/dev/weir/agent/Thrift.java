// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent;

/// Has the heap collected when much of it is likely to be garbage. The serial collector lets a heap fill to all that it
/// may take before it collects the old part of it, so that a process which needs 15 MiB would keep 64 resident. What is
/// free then goes back to the kernel, by the options that `bin/weir` gives the JVM.
///
/// For one thread.
final class Thrift {
    /// A young generation, and what a scrape of many namespaces leaves in the old one.
    private static final long SPARE_BYTES = 8 << 20;

    private final Runtime heap = Runtime.getRuntime();
    private long needed;

    /// To be called now and then. A collection stops the agent for some 25 ms; what is enforced does not notice.
    void look() {
        if (used() > needed + SPARE_BYTES) {
            System.gc();
            needed = used();
        }
    }

    private long used() {
        return heap.totalMemory() - heap.freeMemory();
    }
}
