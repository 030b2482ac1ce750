// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.http;

import dev.weir.agent.Log;
import dev.weir.agent.secret.SecretException;
import dev.weir.agent.secret.SecretFile;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What is made of some small files, and made anew when they hold something else, however that came about: they are
/// read at each look and compared. Where they cannot be used, what was made last stays. [#look] is for one thread at a
/// time, the rest for all.
final class Renewed<T> {
    /// Makes it of what the files hold.
    @FunctionalInterface
    interface Maker<T> {
        T make(List<String> contents) throws SecretException;
    }

    private final String what;
    private final List<SecretFile> files;
    private final Maker<T> maker;
    private volatile T now;
    private volatile boolean refused;
    private List<String> used;
    private List<String> seen;
    private @Nullable String told;

    /// @param what it is, for the log
    /// @throws SecretException when it cannot be made of what the files hold now
    Renewed(String what, List<SecretFile> files, Maker<T> maker) throws SecretException {
        this.what = what;
        this.files = files;
        this.maker = maker;
        this.used = read();
        this.seen = used;
        this.now = maker.make(used);
    }

    T now() {
        return now;
    }

    /// Whether the files, as they were at the last look, cannot be used.
    boolean isRefused() {
        return refused;
    }

    /// Takes what the files hold, once they hold the same at two looks: an editor, or who copies two files,
    /// may be in the middle of it.
    void look() {
        try {
            List<String> found = read();
            if (found.equals(used)) {
                approve();
            } else if (found.equals(seen)) {
                now = maker.make(found);
                used = found;
                approve();
                Log.info("%s has changed, and is in use now".formatted(what));
            }
            seen = found;
        } catch (SecretException e) {
            refuse(String.valueOf(e.getMessage()));
        }
    }

    private void approve() {
        refused = false;
        told = null;
    }

    private void refuse(String why) {
        refused = true;
        if (!why.equals(told)) {
            told = why;
            Log.error("%s; what was in use stays in use".formatted(why));
        }
    }

    private List<String> read() throws SecretException {
        List<String> contents = new ArrayList<>();
        for (SecretFile file : files) {
            contents.add(file.read());
        }
        return contents;
    }
}
