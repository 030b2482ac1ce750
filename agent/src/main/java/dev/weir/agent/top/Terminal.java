// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.top;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.Console;
import java.io.File;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The terminal of this process, taken over as a whole: alternate screen, no cursor, keys as they are
/// pressed. It is given back as it was by [#close], and also when the process is told to end meanwhile.
/// `stty` of coreutils knows how on any terminal; it needs no native library, and three things are all
/// that is asked of it.
public final class Terminal implements AutoCloseable {
    private static final File TTY = new File("/dev/tty");
    private static final Size USUAL = new Size(80, 24);
    private static final Size LARGEST = new Size(500, 300);

    /// Keys come at once and unseen; a read that nothing comes for ends after a tenth of a second;
    /// signals that would stop the process, and leave the screen behind, are off.
    private static final List<String> RAW =
            List.of("-icanon", "-echo", "-ixon", "min", "0", "time", "1", "susp", "undef", "quit", "undef");

    private final String before;
    private final FileInputStream in = new FileInputStream(TTY);
    private final FileOutputStream out = new FileOutputStream(TTY);
    private final Thread atEnd = new Thread(this::giveBack, "terminal");
    private final byte[] buffer = new byte[256];
    private boolean given;

    record Size(int columns, int rows) {}

    /// Whether a person is at both ends of this process.
    public static boolean isThere() {
        return Optional.ofNullable(System.console()).filter(Console::isTerminal).isPresent();
    }

    /// @throws IOException if there is none, or it cannot be taken over
    public Terminal() throws IOException {
        this.before = stty(List.of("-g"));
        Runtime.getRuntime().addShutdownHook(atEnd);
        try {
            stty(RAW);
            draw(Painter.ENTER);
        } catch (IOException e) {
            close();
            throw e;
        }
    }

    /// Its size now; a usual one where it does not say.
    Size size() throws IOException {
        String[] words = stty(List.of("size")).split(" ", -1);
        int rows = Integer.parseInt(words[0]);
        int columns = Integer.parseInt(words[1]);
        return rows <= 0 || columns <= 0
                ? USUAL
                : new Size(Math.min(columns, LARGEST.columns()), Math.min(rows, LARGEST.rows()));
    }

    /// What was pressed; waits for that a tenth of a second.
    List<Key> keys() throws IOException {
        int read = in.read(buffer);
        return read <= 0 ? List.of() : Key.parse(new String(buffer, 0, read, UTF_8));
    }

    /// @throws IOException also when the terminal is gone
    synchronized void draw(String text) throws IOException {
        if (!given && !text.isEmpty()) {
            out.write(text.getBytes(UTF_8));
        }
    }

    /// Gives it back as it was.
    @Override
    public void close() throws IOException {
        giveBack();
        try {
            Runtime.getRuntime().removeShutdownHook(atEnd);
        } catch (IllegalStateException e) {
            // it runs already
        }
        in.close();
        out.close();
    }

    private synchronized void giveBack() {
        if (given) {
            return;
        }
        try {
            draw(Painter.LEAVE);
        } catch (IOException e) {
            // there is none any more
        }
        given = true;
        try {
            stty(List.of(before));
        } catch (IOException e) {
            // likewise
        }
    }

    /// @throws IOException with what `stty` says, if it fails
    private static String stty(List<String> arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of("stty"));
        command.addAll(arguments);
        Process process = new ProcessBuilder(command)
                .redirectInput(TTY)
                .redirectErrorStream(true)
                .start();
        String said = new String(process.getInputStream().readAllBytes(), UTF_8).strip();
        try {
            if (process.waitFor() != 0) {
                throw new IOException(said);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while stty runs", e);
        }
        return said;
    }
}
