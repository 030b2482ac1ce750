// SPDX-License-Identifier: Apache-2.0
package dev.weir.policy.compile;

/// Counts what compiling costs and stops it at the limit, before nested prefixes can multiply beyond it.
final class Budget {
    /// Steps that may be read and written while lists are merged: about a second.
    private static final long MAX_WORK = 1L << 28;

    private final int maxBytes;
    private final long maxWork;
    private long imageBytes;
    private long workBytes;
    private long work;

    Budget(int maxBytes) {
        this(maxBytes, MAX_WORK);
    }

    Budget(int maxBytes, long maxWork) {
        this.maxBytes = maxBytes;
        this.maxWork = maxWork;
    }

    /// Takes bytes of the image itself.
    void image(long bytes) throws ExceededException {
        imageBytes += bytes;
        total(imageBytes);
    }

    /// Holds the whole image to the limit.
    void total(long bytes) throws ExceededException {
        if (bytes > maxBytes) {
            throw new ExceededException("it would need more than " + maxBytes + " bytes");
        }
    }

    /// Takes memory for lists on the way, of which not all reach the image; so they may weigh as much again.
    void memory(long bytes) throws ExceededException {
        workBytes += bytes;
        total(workBytes / 2);
    }

    /// Takes time, in steps of lists.
    void work(long steps) throws ExceededException {
        work += steps;
        if (work > maxWork) {
            throw new ExceededException("the rules overlap too much to be laid out in reasonable time");
        }
    }

    /// A bound was passed; the message says which.
    static final class ExceededException extends Exception {
        private static final long serialVersionUID = 1L;
        private final String reason;

        ExceededException(String reason) {
            super(reason, null, false, false);
            this.reason = reason;
        }

        String reason() {
            return reason;
        }
    }
}
