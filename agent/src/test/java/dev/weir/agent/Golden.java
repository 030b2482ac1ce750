// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// Compares text with a file under `src/test/resources/golden`. `-Dweir.golden=write` writes the files instead,
/// for a person to review as a diff.
public final class Golden {
    private static final Path DIRECTORY = Path.of("src", "test", "resources", "golden");

    private Golden() {}

    /// Fails when `actual` is not what the file says, or when the file is missing.
    public static void assertGolden(String name, String actual) throws IOException {
        assertGolden(DIRECTORY.resolve(name), actual);
    }

    /// As the other, for a file elsewhere, such as a page of documentation.
    public static void assertGolden(Path file, String actual) throws IOException {
        if ("write".equals(System.getProperty("weir.golden")) && System.getenv("CI") == null) {
            Files.createDirectories(file.getParent());
            Files.writeString(file, actual);
        }
        assertEquals(Files.readString(file), actual, file.toString());
    }
}
