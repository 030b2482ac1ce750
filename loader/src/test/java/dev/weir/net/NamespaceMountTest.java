// SPDX-License-Identifier: Apache-2.0
package dev.weir.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("kernel")
class NamespaceMountTest {
    private final TestNet net = new TestNet();

    @AfterEach
    void clean() throws IOException {
        net.close();
    }

    @Test
    void isTheSameForAsLongAsTheNameIsThere() {
        net.namespace("blue");
        NamespaceMount blue = NamespaceMount.of("blue").orElseThrow();
        assertEquals(Optional.of(blue), NamespaceMount.of("blue"));
        assertTrue(blue.isThere());
        try (NetworkNamespace byMount = blue.open().orElseThrow();
                NetworkNamespace byName = NetworkNamespace.ofName("blue")) {
            assertEquals(byName.inode(), byMount.inode());
        }
    }

    @Test
    void isAnotherForTheNextOfThatName() {
        net.namespace("blue");
        NamespaceMount first = NamespaceMount.of("blue").orElseThrow();
        TestNet.ip("netns del blue");
        assertEquals(Optional.empty(), NamespaceMount.of("blue"));
        TestNet.ip("netns add blue");
        long open = TestNet.descriptors();
        assertNotEquals(Optional.of(first), NamespaceMount.of("blue"));
        assertFalse(first.isThere());
        assertEquals(Optional.empty(), first.open());
        assertEquals(open, TestNet.descriptors());
    }

    @Test
    void nameThatIsNoMountOfItsOwnHasNone() throws IOException {
        net.namespace("blue"); // the directory is there from now on
        Path link = Files.createSymbolicLink(TestNet.file("link"), Path.of("/proc/self/ns/net"));
        Path stale = Files.createFile(TestNet.file("stale"));
        try {
            assertEquals(Optional.empty(), NamespaceMount.of("link"));
            assertEquals(Optional.empty(), NamespaceMount.of("stale"));
        } finally {
            Files.delete(link);
            Files.delete(stale);
        }
    }
}
