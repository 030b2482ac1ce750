// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent;

import dev.weir.agent.lab.Shell;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/// A real terminal, of tmux, in which a shell waits for what is typed.
final class Tmux implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final Path socket;
    private final Path script;

    /// @param home where its files are to be
    /// @param command what `weir` is to run there, with the words that follow
    Tmux(Path home, List<String> command, int columns, int rows) throws IOException {
        this.socket = home.resolve("tmux");
        this.script = home.resolve("weir");
        String words = command.stream().map(word -> "'" + word + "'").collect(Collectors.joining(" "));
        Files.writeString(script, "echo $$ >" + home.resolve("pid") + "\nexec " + words + " \"$@\"\n");
        tmux("new-session", "-d", "-x", "" + columns, "-y", "" + rows, "env PS1='$ ' /bin/sh");
    }

    /// Types a line.
    void enter(String line) {
        tmux("send-keys", "-l", line);
        press("Enter");
    }

    /// Types a command line of `weir`.
    void weir(String arguments) {
        enter("sh " + script + " " + arguments);
    }

    /// Presses keys, as tmux calls them.
    void press(String... keys) {
        for (String key : keys) {
            tmux("send-keys", key);
        }
    }

    void resize(int columns, int rows) {
        tmux("resize-window", "-x", "" + columns, "-y", "" + rows);
    }

    String screen() {
        return tmux("capture-pane", "-p");
    }

    /// `1 0` where the cursor is shown, and the screen is the usual one.
    String cursorAndAlternate() {
        return tmux("display-message", "-p", "#{cursor_flag} #{alternate_on}").strip();
    }

    /// Waits until the screen is so.
    String await(String what, Predicate<String> is) {
        Await.within(PATIENCE, what, () -> "\n" + screen(), () -> is.test(screen()));
        return screen();
    }

    private String tmux(String... words) {
        List<String> command = new ArrayList<>(List.of("tmux", "-u", "-f", "/dev/null", "-S", socket.toString()));
        command.addAll(List.of(words));
        Shell.Result result = Shell.attempt(command);
        if (result.status() != 0) {
            throw new IllegalStateException(command + ": " + result.output());
        }
        return result.output();
    }

    @Override
    public void close() {
        tmux("kill-server");
    }
}
