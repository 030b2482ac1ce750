// SPDX-License-Identifier: Apache-2.0
package dev.weir.bpf.probe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.bpf.probe.Support.Supported;
import dev.weir.bpf.probe.Support.Unsupported;
import dev.weir.testing.Await;
import dev.weir.testing.KernelTest;
import dev.weir.testing.Shell;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BpfFsTest extends KernelTest {
    @Test
    void pinsCanBeMadeBelowAMountedBpffsOnly(@TempDir Path elsewhere) {
        assertEquals(new Supported(), BpfFs.at(pins).support());
        assertEquals(new Supported(), BpfFs.at(pins.resolve("absent/deep")).support());
        Unsupported other = assertInstanceOf(
                Unsupported.class, BpfFs.at(elsewhere.resolve("absent")).support());
        assertEquals(elsewhere.resolve("absent") + " is not in a BPF file system", other.reason());
    }

    @Test
    void directoriesAreForTheOwnerOnly() throws IOException {
        BpfFs fs = BpfFs.at(pins.resolve("a/b"));
        fs.create();
        fs.create();
        assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(fs.directory())));
    }

    private static void pinSomething(Path path) {
        Shell.run("bpftool map create " + path + " type array key 4 value 4 entries 1 name weir_pinned");
    }

    @Test
    void pinsAreListedAndRemoved() {
        BpfFs fs = BpfFs.at(pins.resolve("weir"));
        assertEquals(List.of(), fs.pins());
        BpfFs below = BpfFs.at(fs.directory().resolve("links"));
        below.create();
        Path map = fs.directory().resolve("map");
        Path link = below.directory().resolve("link");
        pinSomething(link);
        pinSomething(map);
        assertEquals(List.of(link, map), fs.pins());
        assertTrue(fs.remove(map));
        assertFalse(fs.remove(map));
        assertEquals(List.of(link), fs.pins());
        fs.removeAll();
        assertFalse(Files.exists(fs.directory()));
        fs.removeAll();
    }

    @Test
    void onlyWhatIsBelowIsRemoved() {
        BpfFs fs = BpfFs.at(pins.resolve("weir"));
        fs.create();
        assertThrows(IllegalArgumentException.class, () -> fs.remove(pins.resolve("weir/../other")));
        assertThrows(IllegalArgumentException.class, () -> fs.remove(fs.directory()));
        assertTrue(Files.exists(fs.directory()));
    }

    @Test
    void oneHolderLocksTheDirectory() {
        BpfFs fs = BpfFs.at(pins);
        Lock first = fs.lock().orElseThrow();
        assertTrue(fs.lock().isEmpty());
        first.close();
        try (Lock second = fs.lock().orElseThrow()) {
            first.close(); // again: must not let go of the lock of the next holder
            assertTrue(fs.lock().isEmpty(), second::toString);
        }
    }

    @Test
    void locksDieWithTheirProcess() throws IOException, InterruptedException {
        BpfFs fs = BpfFs.at(pins);
        Process holder = new ProcessBuilder("flock", pins.toString(), "sh", "-c", "echo locked; exec sleep 600")
                .redirectErrorStream(true)
                .start();
        assertEquals("locked", holder.inputReader().readLine());
        assertTrue(fs.lock().isEmpty());
        holder.descendants().forEach(ProcessHandle::destroyForcibly);
        holder.destroyForcibly().waitFor();
        Await.equal(true, () -> {
            var lock = fs.lock();
            lock.ifPresent(Lock::close);
            return lock.isPresent();
        });
    }
}
