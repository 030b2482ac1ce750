// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.config;

import static dev.weir.agent.config.Setting.listOf;
import static dev.weir.agent.config.Setting.text;
import static dev.weir.agent.config.Setting.word;

import dev.weir.abi.IpAddress;
import dev.weir.yaml.Diagnostics;
import dev.weir.yaml.Fields;
import dev.weir.yaml.Source;
import dev.weir.yaml.YamlReader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/// What `weir netns add` declares of a namespace that it makes. It is a file of the namespace's name, which only root
/// can change, and it says something of that one namespace: another one that gets the name later has another inode.
///
/// @param inode of the namespace's nsfs file
/// @param device the host's end of its veth
/// @param addresses that it holds, where weir.yaml wants addresses declared
public record NamespaceRecord(long inode, String device, List<IpAddress> addresses) {
    /// Where the records are, for as long as the host runs.
    public static final Path DIRECTORY = Path.of("/run/weir/declared");

    private static final List<String> KEYS = List.of("inode", "device", "addresses");
    private static final int MAX_BYTES = 1 << 16;
    private static final FileAttribute<Set<PosixFilePermission>> ROOT_ONLY =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
    private static final int OTHERS_MAY_WRITE = 0_022; // inode(7)

    public NamespaceRecord {
        addresses = List.copyOf(addresses);
    }

    /// Writes the record, whole or not at all.
    ///
    /// @throws IOException when that fails
    public void write(String namespace) throws IOException {
        String yaml = """
                # Written by `weir netns add %s`; `weir netns del %s` removes it.
                inode: "%d"
                device: "%s"
                addresses: [%s]
                """.formatted(
                        namespace,
                        namespace,
                        inode,
                        device,
                        addresses.stream().map(address -> "\"" + address + "\"").collect(Collectors.joining(", ")));
        Files.createDirectories(DIRECTORY, ROOT_ONLY);
        Path draft = Files.createTempFile(DIRECTORY, ".", ""); // no namespace that has a record is called so
        try {
            Files.writeString(draft, yaml);
            Files.move(draft, DIRECTORY.resolve(namespace), StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(draft);
        }
    }

    /// Removes the record of this name, if there is one.
    ///
    /// @throws IOException when that fails
    public static void delete(String namespace) throws IOException {
        Files.deleteIfExists(DIRECTORY.resolve(namespace));
    }

    /// What is recorded under this name; empty if nothing is.
    ///
    /// @throws IOException when there is something that cannot be believed or read; the message says why
    public static Optional<NamespaceRecord> read(String namespace) throws IOException {
        Path file = DIRECTORY.resolve(namespace);
        try (InputStream in = Files.newInputStream(file, LinkOption.NOFOLLOW_LINKS)) {
            if (mayBeWrittenByOthers(DIRECTORY)) {
                throw new IOException(
                        "%s can be written by others than root, so nothing in it is believed; mend it with chown root and chmod go-w"
                                .formatted(DIRECTORY));
            }
            byte[] bytes = in.readNBytes(MAX_BYTES);
            Diagnostics diagnostics = new Diagnostics();
            Optional<NamespaceRecord> record = Source.decode(file.toString(), bytes, diagnostics)
                    .flatMap(source -> YamlReader.read(source)
                            .flatMap(root -> Fields.read(source, root, "the record", KEYS, List.of()))
                            .map(fields -> read(new Settings(source, fields))));
            if (diagnostics.anyError()) {
                throw new IOException(diagnostics.sorted().getFirst().render());
            }
            return record;
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    private static NamespaceRecord read(Settings in) {
        return new NamespaceRecord(
                in.get("inode", 0L, text("the inode of a namespace", Long::parseLong)),
                in.get("device", "", word("a device", Function.identity())),
                in.get("addresses", List.<IpAddress>of(), listOf(text("an IP address", ConfigFile::host))));
    }

    private static boolean mayBeWrittenByOthers(Path directory) throws IOException {
        return !Integer.valueOf(0).equals(Files.getAttribute(directory, "unix:uid"))
                || (Files.getAttribute(directory, "unix:mode") instanceof Integer mode
                        && (mode & OTHERS_MAY_WRITE) != 0);
    }
}
