// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent;

import dev.weir.agent.lab.Shell;
import java.nio.file.Path;
import java.util.List;

/// File systems under the eyes of an agent.
final class Mounts {
    private Mounts() {}

    /// Unmounts, however often somebody just looks at what is there: it is busy meanwhile.
    static void unmount(Path mount) {
        List<String> command = List.of("umount", mount.toString());
        Shell.Result first = Shell.attempt(command);
        if (first.status() != 0) {
            Await.until(
                    mount + " is unmounted",
                    first::output,
                    () -> Shell.attempt(command).status() == 0);
        }
    }
}
