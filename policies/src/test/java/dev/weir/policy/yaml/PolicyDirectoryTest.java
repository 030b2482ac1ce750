// SPDX-License-Identifier: Apache-2.0
package dev.weir.policy.yaml;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import dev.weir.policy.Policy;
import dev.weir.policy.PolicySet;
import dev.weir.yaml.Diagnostic;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PolicyDirectoryTest {
    private static final String TEXT = "applies-to: {namespaces: [blue]}\ningress: {default: deny}\n";

    @TempDir
    private Path directory;

    @Test
    void everyVisibleYamlFileIsRead() throws IOException {
        write("b.yaml", TEXT);
        write("a.yaml", TEXT);
        write(".hidden.yaml", "no policy");
        write("notes.txt", "no policy");
        write("a.yaml~", "no policy");
        Files.createDirectory(directory.resolve("sub.yaml"));
        Files.createSymbolicLink(directory.resolve("link.yaml"), write("target", TEXT));
        assertEquals(
                List.of("a", "b", "link"),
                loaded(directory).policies().stream().map(Policy::name).toList());
    }

    @Test
    void emptyDirectoryHoldsNoPolicies() {
        assertEquals(PolicySet.EMPTY, loaded(directory));
    }

    @Test
    void filesAndDirectoriesCanBeReadTogether() throws IOException {
        Path other = Files.createDirectory(directory.resolve("other"));
        Files.writeString(other.resolve("x.yaml"), TEXT);
        Path single = write("single", TEXT);
        PolicyLoader.Result result = PolicyDirectory.load(List.of(other, single));
        PolicySet policies = assertInstanceOf(PolicyLoader.Loaded.class, result).policies();
        assertEquals(
                List.of("single", "x"),
                policies.policies().stream().map(Policy::name).toList());
    }

    @Test
    void whatCannotBeReadIsAnError() throws IOException {
        Files.createSymbolicLink(directory.resolve("dangling.yaml"), directory.resolve("nowhere"));
        assertEquals(
                directory + "/dangling.yaml:1:1: cannot read this: it does not exist, or is a link to nothing",
                onlyError(directory));
        Path missing = directory.resolve("missing");
        assertEquals(
                missing + ":1:1: cannot read this: it does not exist, or is a link to nothing", onlyError(missing));
    }

    @Test
    void oneBadFileRefusesAllOfThem() throws IOException {
        write("good.yaml", TEXT);
        Files.write(directory.resolve("bad.yaml"), new byte[] {'a', ':', ' ', (byte) 0xc3, '('});
        assertEquals(directory + "/bad.yaml:1:4: this is not UTF-8 text, expected YAML in UTF-8", onlyError(directory));
    }

    @Test
    void byteOrderMarkIsNoPartOfTheText() throws IOException {
        write("bom.yaml", "\ufeff" + TEXT);
        assertEquals(1, loaded(directory).policies().size());
    }

    @Test
    void hashIsThatOfTheMeaning() throws IOException {
        write("a.yaml", TEXT);
        PolicySet plain = loaded(directory);
        write("a.yaml", """
                # the same, said otherwise
                ingress:
                    default: "deny"
                priority: 100
                policy: a
                applies-to:
                  namespaces: blue
                """);
        assertEquals(plain, loaded(directory));
        assertEquals("b6cd6477", plain.hash().substring(0, 8));
        write("a.yaml", TEXT.replace("deny", "allow"));
        assertEquals(false, plain.equals(loaded(directory)));
    }

    private Path write(String name, String text) throws IOException {
        return Files.writeString(directory.resolve(name), text);
    }

    private static PolicySet loaded(Path path) {
        return assertInstanceOf(PolicyLoader.Loaded.class, PolicyDirectory.load(path))
                .policies();
    }

    private static String onlyError(Path path) {
        List<Diagnostic> found = assertInstanceOf(PolicyLoader.Refused.class, PolicyDirectory.load(path))
                .diagnostics();
        assertEquals(1, found.size(), found::toString);
        return found.getFirst().summary();
    }
}
