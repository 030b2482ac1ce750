// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class LogWriterTest {
    private static final long PATIENCE_MILLIS = 30_000;

    private final ByteArrayOutputStream kept = new ByteArrayOutputStream();

    private LogWriter writer(OutputStream out) {
        return new LogWriter(out, 3, lost -> lost + " lost");
    }

    /// A disk that is full until it is not.
    private final class Disk extends OutputStream {
        volatile boolean full;

        @Override
        public void write(int b) throws IOException {
            if (full) {
                throw new IOException("no space left on device");
            }
            kept.write(b);
        }

        @Override
        public void write(byte[] bytes, int from, int length) throws IOException {
            if (full) {
                kept.write(bytes, from, 1); // what fits
            }
            super.write(bytes, from, length);
        }
    }

    /// A pipe whose reader has stopped.
    private final class Pipe extends OutputStream {
        final CountDownLatch stuck = new CountDownLatch(1);
        final CountDownLatch read = new CountDownLatch(1);

        @Override
        public void write(int b) throws IOException {
            stuck.countDown();
            try {
                read.await();
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
            kept.write(b);
        }
    }

    @Test
    void linesComeOutInTheirOrder() {
        LogWriter writer = writer(kept);
        for (String line : new String[] {"a", "b", "c", "d"}) {
            writer.add(line);
            writer.flush(PATIENCE_MILLIS);
        }
        assertEquals("a\nb\nc\nd\n", kept.toString(UTF_8));
    }

    @Test
    void linesThatAFullDiskDoesNotTakeAreCountedAndToldWhenThereIsRoom() {
        Disk disk = new Disk();
        LogWriter writer = writer(disk);
        writer.add("a");
        writer.flush(PATIENCE_MILLIS);
        disk.full = true;
        writer.add("b");
        writer.flush(PATIENCE_MILLIS);
        disk.full = false;
        writer.add("c");
        writer.add("d");
        writer.flush(PATIENCE_MILLIS);
        assertEquals("a\nb\n1 lost\nc\nd\n", kept.toString(UTF_8));
    }

    @Test
    void readerThatStoppedHoldsUpNobody() throws InterruptedException {
        Pipe pipe = new Pipe();
        LogWriter writer = writer(pipe);
        writer.add("a");
        pipe.stuck.await();
        for (int i = 0; i < 100; i++) {
            writer.add("more");
        }
        writer.flush(1);
        pipe.read.countDown();
        writer.flush(PATIENCE_MILLIS);
        writer.add("z");
        writer.flush(PATIENCE_MILLIS);
        assertEquals("a\n98 lost\nmore\nmore\nz\n", kept.toString(UTF_8));
    }
}
