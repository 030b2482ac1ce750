// SPDX-License-Identifier: Apache-2.0
package dev.weir.policy.yaml;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.policy.AddressSet;
import dev.weir.policy.Policy;
import dev.weir.policy.PolicySet;
import dev.weir.yaml.Diagnostic;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PolicyDirectoryTest {
    private static final String TEXT = "applies-to: {namespaces: [blue]}\ningress: {default: deny}\n";

    private static final String NAMES_FILE = """
            applies-to: {namespaces: [blue]}
            ingress:
              rules: [{deny: any, from: "set:list"}]
            sets:
              list: {file: list.txt}
            """;

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
    void directoryMayLoseAllItsPolicies() throws IOException {
        Path policy = write("a.yaml", TEXT);
        PolicyDirectory reader = new PolicyDirectory(List.of(directory));
        assertInstanceOf(PolicyLoader.Loaded.class, reader.read());
        Files.delete(policy);
        assertEquals(
                PolicySet.EMPTY,
                assertInstanceOf(PolicyLoader.Loaded.class, reader.read()).policies());
    }

    @Test
    void anotherEmptyDirectoryInItsPlaceIsAnErrorUntilItIsFilled() throws IOException {
        Path place = Files.createDirectory(directory.resolve("policies"));
        Path other = Files.createDirectory(directory.resolve("other"));
        Files.writeString(place.resolve("a.yaml"), TEXT);
        PolicyDirectory reader = new PolicyDirectory(List.of(place));
        assertInstanceOf(PolicyLoader.Loaded.class, reader.read());
        Files.move(place, directory.resolve("away"));
        Files.move(other, place);
        PolicyLoader.Refused refused = assertInstanceOf(PolicyLoader.Refused.class, reader.read());
        assertEquals(
                place + ":1:1: another, empty directory stands where the policies were; mount or put back what was"
                        + " there, or restart the agent to be without policies",
                refused.diagnostics().getFirst().summary());
        Files.writeString(place.resolve("b.yaml"), TEXT);
        assertInstanceOf(PolicyLoader.Loaded.class, reader.read());
        Files.delete(place.resolve("b.yaml"));
        assertInstanceOf(PolicyLoader.Loaded.class, reader.read(), "it is the one that held policies");
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
    void directoryIsReadWholeWhileALinkToItIsSwapped() throws IOException, InterruptedException {
        for (int set = 1; set <= 2; set++) {
            Path whole = Files.createDirectory(directory.resolve(String.valueOf(set)));
            Files.writeString(whole.resolve("list.txt"), "192.0.2." + set + "\n");
            for (int i = 0; i < 4; i++) {
                Files.writeString(whole.resolve(i + ".yaml"), "priority: " + set + "\n" + NAMES_FILE);
            }
        }
        Set<String> wholes = Set.of(
                loaded(directory.resolve("1")).hash(),
                loaded(directory.resolve("2")).hash());
        Path link = Files.createSymbolicLink(directory.resolve("link"), directory.resolve("1"));
        AtomicBoolean ended = new AtomicBoolean();
        Thread swapper = Thread.ofPlatform().start(() -> {
            try {
                for (int i = 0; !ended.get(); i++) {
                    Path draft = directory.resolve("draft");
                    Files.createSymbolicLink(draft, directory.resolve(String.valueOf(1 + i % 2)));
                    Files.move(draft, link, StandardCopyOption.ATOMIC_MOVE);
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        try {
            for (int i = 0; i < 500; i++) {
                assertTrue(wholes.contains(loaded(link).hash()), "one of the two, and no mix of them");
            }
        } finally {
            ended.set(true);
            swapper.join();
        }
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

    @Test
    void whatIsAsItWasIsTheSameObject() throws IOException {
        write("a.yaml", TEXT);
        write("b.yaml", NAMES_FILE);
        write("c.yaml", NAMES_FILE);
        write("list.txt", "192.0.2.1\n");
        PolicyDirectory remembering = new PolicyDirectory(List.of(directory));
        List<Policy> first = read(remembering).policies().policies();
        write("a.yaml", TEXT); // the same bytes
        assertSameAt(List.of(0, 1, 2), first, read(remembering).policies().policies());

        write("b.yaml", NAMES_FILE + "# a comment\n");
        List<Policy> second = read(remembering).policies().policies();
        assertSameAt(List.of(0, 2), first, second);

        write("list.txt", "192.0.2.2\n");
        List<Policy> third = read(remembering).policies().policies();
        assertSameAt(List.of(0), second, third);
        assertEquals("192.0.2.2", set(third.get(1)).prefixes().getFirst().toString());

        Files.delete(directory.resolve("list.txt"));
        assertInstanceOf(PolicyLoader.Refused.class, remembering.read());
        write("list.txt", "192.0.2.2\n");
        assertSameAt(List.of(0, 1, 2), third, read(remembering).policies().policies());
    }

    @Test
    void policiesThatAreRememberedStillClashAndStillWarn() throws IOException {
        String unused = TEXT + "sets: {a: 192.0.2.1}\n";
        write("b.yaml", "policy: a\n" + unused);
        PolicyDirectory remembering = new PolicyDirectory(List.of(directory));
        assertEquals(1, read(remembering).warnings().size());
        assertEquals(1, read(remembering).warnings().size());
        write("a.yaml", TEXT);
        PolicyLoader.Refused refused = assertInstanceOf(PolicyLoader.Refused.class, remembering.read());
        assertEquals(
                directory + "/b.yaml:1:9: the policy at " + directory
                        + "/a.yaml:1:1 is called `a` too, expected another name\n    policy: a\n            ^",
                refused.diagnostics().getFirst().render());
    }

    @Test
    void setFilesAreNamedWhetherTheyCouldBeReadOrNot() throws IOException {
        Path other = Files.createDirectory(directory.resolve("sets"));
        write("a.yaml", NAMES_FILE.replace("list.txt", "sets/list.txt"));
        write("b.yaml", NAMES_FILE.replace("list.txt", other + "/list.txt"));
        PolicyLoader.Result refused = PolicyDirectory.load(directory);
        assertEquals(Set.of(other.resolve("list.txt")), refused.setFiles());
        assertEquals(
                2,
                assertInstanceOf(PolicyLoader.Refused.class, refused)
                        .diagnostics()
                        .size());
        Files.writeString(other.resolve("list.txt"), "192.0.2.1");
        PolicyLoader.Result loaded = PolicyDirectory.load(directory);
        assertInstanceOf(PolicyLoader.Loaded.class, loaded);
        assertEquals(Set.of(other.resolve("list.txt")), loaded.setFiles());
    }

    @Test
    void onlyRegularFilesAreSetFiles() throws IOException, InterruptedException {
        Path pipe = directory.resolve("pipe");
        assertEquals(0, new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor());
        for (String file : List.of("pipe", "/dev/zero", ".", "/dev/null", "/proc/self/mem")) {
            write("a.yaml", NAMES_FILE.replace("list.txt", file));
            assertTimeoutPreemptively(
                    Duration.ofSeconds(20),
                    () -> assertInstanceOf(PolicyLoader.Refused.class, PolicyDirectory.load(directory), file));
        }
    }

    @Test
    void setFilesAreBoundedTogether() throws IOException {
        for (int file = 1; file <= 3; file++) {
            String network = file + "0.";
            write(
                    "list" + file,
                    IntStream.range(0, 200_000)
                            .mapToObj(i -> network + (i >> 16) + "." + (i >> 8 & 255) + "." + (i & 255) + "\n")
                            .collect(Collectors.joining()));
            write(file + ".yaml", NAMES_FILE.replace("list.txt", "list" + file));
        }
        assertEquals(
                directory + "/list3:1:1: all set files together hold more than 500000 addresses", onlyError(directory));
    }

    @Test
    void errorInASetFileIsReportedOnceAtItsPlace() throws IOException {
        write("a.yaml", NAMES_FILE);
        write("b.yaml", NAMES_FILE);
        write("list.txt", "192.0.2.1\r\n\r  198.51.100.256 # too much\r");
        assertEquals(
                directory + "/list.txt:3:3: \"198.51.100.256\" is not an IP address:"
                        + " `256` is not a number from 0 to 255 in plain decimal",
                onlyError(directory));
    }

    @Test
    void setsWithoutAFileSystemAreLists() {
        PolicyLoader.Refused refused =
                assertInstanceOf(PolicyLoader.Refused.class, PolicyLoader.parse("a.yaml", NAMES_FILE));
        assertEquals(
                "a.yaml:5:16: a set from a file needs a file system, and this text has none; expected a list of"
                        + " addresses",
                refused.diagnostics().getFirst().summary());
    }

    private static AddressSet set(Policy policy) {
        return YamlText.sets(policy).firstEntry().getValue();
    }

    private static PolicyLoader.Loaded read(PolicyDirectory remembering) {
        return assertInstanceOf(PolicyLoader.Loaded.class, remembering.read());
    }

    private static void assertSameAt(List<Integer> same, List<Policy> before, List<Policy> after) {
        for (int i = 0; i < before.size(); i++) {
            if (same.contains(i)) {
                assertSame(before.get(i), after.get(i));
            } else {
                assertNotSame(before.get(i), after.get(i));
            }
        }
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
