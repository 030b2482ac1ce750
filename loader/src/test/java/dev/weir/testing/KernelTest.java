// SPDX-License-Identifier: Apache-2.0
package dev.weir.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;

/// A test on the real kernel, with a directory for pins of its own. It fails when it leaves a descriptor open.
@Tag("kernel")
public abstract class KernelTest {
    /// Empty and in a BPF file system; removed after the test.
    protected final Path pins = Path.of("/sys/fs/bpf/weir-loader-test");

    private List<String> openBefore = List.of();

    @BeforeEach
    void noteWhatIsOpen() throws IOException {
        Files.createDirectory(pins);
        openBefore = settled();
    }

    @AfterEach
    void nothingIsLeftOpen() throws IOException {
        try (Stream<Path> tree = Files.walk(pins)) {
            for (Path path : tree.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
        Await.equal(openBefore, KernelTest::open); // descriptors before and after the test
    }

    /// Without what the JVM opens for a moment only.
    private static List<String> settled() {
        List<String> before = open();
        List<String> now = open();
        while (!now.equals(before)) {
            before = now;
            now = open();
        }
        return now;
    }

    /// What the descriptors of this process stand for. Jars, modules and random
    /// numbers come and go with classes, pipes with commands.
    private static List<String> open() {
        try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
            return descriptors
                    .map(KernelTest::target)
                    .filter(target -> !target.matches("|pipe:.*|/dev/u?random|.*\\.jar|.*/modules"))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String target(Path descriptor) {
        try {
            return Files.readSymbolicLink(descriptor).toString();
        } catch (NoSuchFileException e) {
            return ""; // the descriptor that listed the others
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
