// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.top;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// The live screen: one thread looks at the agent again and again, however long that takes, and one draws and does what
/// the keys say.
public final class Top {
    private static final long SIZE_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

    /// Where looks come from. Used by one thread.
    @FunctionalInterface
    public interface Source {
        /// Looks once, however long that takes.
        ///
        /// @param filter part of the names of namespaces whose flows are asked for; empty: all
        Look look(String filter);
    }

    /// What came of a look.
    ///
    /// @param sample null if it failed
    /// @param notice why it failed, or what is to be known; empty: nothing
    public record Look(@Nullable Sample sample, String notice) {}

    private final Terminal terminal;
    private final Painter painter;
    private final Controls controls = new Controls();
    private final AtomicReference<@Nullable Look> latest = new AtomicReference<>();
    private Sample sample;
    private Rates rates;
    private String notice = "";

    private Top(Terminal terminal, boolean colour, Sample first, String notice) {
        this.terminal = terminal;
        this.painter = new Painter(colour);
        this.sample = first;
        this.rates = Rates.first(first);
        this.notice = notice;
    }

    /// Returns when the user wants no more.
    ///
    /// @param first what is shown until the next look
    /// @param notice as in [Look]
    /// @throws IOException when the terminal is gone
    public static void run(
            Terminal terminal, boolean colour, Source source, long intervalMillis, Sample first, String notice)
            throws IOException {
        Top top = new Top(terminal, colour, first, notice);
        CountDownLatch done = new CountDownLatch(1);
        Thread.ofPlatform().daemon().name("top").start(() -> top.watch(source, intervalMillis, done));
        try {
            top.draw();
        } finally {
            done.countDown();
        }
    }

    private void watch(Source source, long intervalMillis, CountDownLatch done) {
        try {
            while (!done.await(intervalMillis, TimeUnit.MILLISECONDS)) {
                latest.set(source.look(controls.filter()));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void draw() throws IOException {
        Terminal.Size size = terminal.size();
        long asked = System.nanoTime();
        while (true) {
            take(latest.getAndSet(null));
            Screen.Frame frame = Screen.render(rates, controls, notice, size.columns(), size.rows());
            controls.limit(frame.lastOffset());
            terminal.draw(painter.paint(frame.lines(), size.columns()));
            List<Key> keys = terminal.keys();
            for (Key key : keys) {
                if (!controls.press(key)) {
                    return;
                }
            }
            if (System.nanoTime() - asked > SIZE_NANOS) {
                size = terminal.size();
                asked = System.nanoTime();
            }
        }
    }

    private void take(@Nullable Look look) {
        if (look == null || controls.isPaused()) {
            return;
        }
        notice = look.notice();
        if (look.sample() != null) {
            rates = Rates.between(sample, look.sample());
            sample = look.sample();
        }
    }
}
