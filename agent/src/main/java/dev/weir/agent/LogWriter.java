// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.LongFunction;

/// Writes lines on a thread of its own, so that nobody who logs waits for a disk or for whoever reads a pipe. Lines
/// that cannot be written, or come faster than they are, are lost; how many is written as soon as it can be.
final class LogWriter {
    private final int limit;
    private final LongFunction<String> notice;
    private final Deque<String> waiting = new ArrayDeque<>();
    private volatile OutputStream out;
    private long lost;
    private boolean torn; // the last line may end in its middle

    /// @param limit of lines that wait
    /// @param notice the line that tells how many were lost
    LogWriter(OutputStream out, int limit, LongFunction<String> notice) {
        this.out = out;
        this.limit = limit;
        this.notice = notice;
        Thread.ofPlatform().name("weir-log").daemon().start(this::work);
    }

    /// Writes there from now on.
    void to(OutputStream other) {
        out = other;
    }

    /// Returns at once.
    synchronized void add(String line) {
        if (waiting.size() < limit) {
            waiting.add(line);
            notifyAll();
        } else {
            lost++;
        }
    }

    /// Returns when every line so far is written or lost, but not later than this.
    synchronized void flush(long millis) {
        long end = System.nanoTime() + millis * 1_000_000;
        try {
            for (long left = millis; !waiting.isEmpty() && left > 0; ) {
                wait(left);
                left = (end - System.nanoTime()) / 1_000_000;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void work() {
        try {
            while (true) {
                String line = next();
                boolean written = write(line);
                done(written);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /// The line to be written, which goes on waiting until that is done.
    private synchronized String next() throws InterruptedException {
        while (waiting.isEmpty()) {
            wait();
        }
        return waiting.element();
    }

    private synchronized void done(boolean written) {
        waiting.remove();
        lost += written ? 0 : 1;
        notifyAll();
    }

    private boolean write(String line) {
        long missing = lost();
        try {
            if (missing > 0) {
                out.write(((torn ? "\n" : "") + notice.apply(missing) + "\n").getBytes(UTF_8));
                forget(missing);
            }
            torn = true;
            out.write((line + "\n").getBytes(UTF_8));
            torn = false;
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    private synchronized long lost() {
        return lost;
    }

    private synchronized void forget(long told) {
        lost -= told;
    }
}
