// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.http;

import dev.weir.agent.Log;
import java.io.IOException;
import java.net.ConnectException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The file of a Unix socket. It is made in a directory that only its owner may enter, and comes to where it
/// belongs with its permissions: at no time may anybody else connect (unix(7): whoever may write to it may).
final class SocketFile {
    private static final String OWNER_ONLY = "rwx------";
    private static final FileAttribute<Set<PosixFilePermission>> PRIVATE =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(OWNER_ONLY));

    // inode(7)
    private static final int TYPE = 0170000;
    private static final int SOCKET = 0140000;

    private final Path path;
    private final Path workshop;
    private @Nullable Object key;

    private SocketFile(Path path) {
        this.path = path;
        this.workshop = path.resolveSibling(path.getFileName() + ".new");
    }

    /// Makes sure that a socket may come to `path`: nothing is there, or a socket that its server has left.
    ///
    /// @throws ListenException when there is something else, or it cannot be found out
    static SocketFile at(Path path) throws ListenException {
        SocketFile file = new SocketFile(path);
        try {
            Files.createDirectories(Objects.requireNonNull(path.getParent(), "a root"), PRIVATE);
            file.requireFree();
            file.makeWorkshop();
        } catch (IOException e) {
            throw file.failed(reason(e), e);
        }
        return file;
    }

    /// Where the socket is to be made.
    UnixDomainSocketAddress draft() {
        return UnixDomainSocketAddress.of(workshop.resolve("s"));
    }

    /// Takes the socket, which is listened on by now, to where it belongs.
    void publish() throws ListenException {
        Path draft = draft().getPath();
        try {
            Files.setPosixFilePermissions(draft, PosixFilePermissions.fromString("rw-------"));
            key = key(draft);
            Files.move(draft, path, StandardCopyOption.ATOMIC_MOVE);
            Files.delete(workshop);
        } catch (IOException e) {
            throw failed(reason(e), e);
        }
    }

    /// Removes what is left of it, and nothing that others have put into its place.
    void remove() {
        try {
            Files.deleteIfExists(draft().getPath());
            Files.deleteIfExists(workshop);
            if (key != null && key.equals(key(path))) {
                Files.delete(path);
            }
        } catch (NoSuchFileException e) {
            // somebody else removed it
        } catch (IOException e) {
            Log.warn("remove the socket %s: %s".formatted(path, reason(e)));
        }
    }

    private void requireFree() throws IOException, ListenException {
        try {
            if (!isSocket(path)) {
                throw failed("there is something else at this path, which is left alone; choose another path", null);
            }
        } catch (NoSuchFileException e) {
            return;
        }
        try (SocketChannel attempt = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
            throw failed("somebody listens there; is another agent running? Else choose another path", null);
        } catch (ConnectException e) {
            // its server has ended, or was killed
        }
    }

    /// One that an agent has left that was killed in it is made again.
    private void makeWorkshop() throws IOException, ListenException {
        try {
            Files.createDirectory(workshop, PRIVATE);
        } catch (FileAlreadyExistsException e) {
            boolean mine = Files.isDirectory(workshop, LinkOption.NOFOLLOW_LINKS)
                    && Files.getOwner(workshop).equals(Files.getOwner(Path.of("/proc/self")))
                    && PosixFilePermissions.toString(Files.getPosixFilePermissions(workshop))
                            .equals(OWNER_ONLY);
            if (!mine) {
                throw failed("%s is there, and was not made by an agent; remove it".formatted(workshop), e);
            }
            Files.deleteIfExists(draft().getPath());
        }
    }

    private static boolean isSocket(Path path) throws IOException {
        return Files.getAttribute(path, "unix:mode", LinkOption.NOFOLLOW_LINKS) instanceof Integer mode
                && (mode & TYPE) == SOCKET;
    }

    private static Object key(Path path) throws IOException {
        return Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                .fileKey();
    }

    private ListenException failed(String why, @Nullable Throwable cause) {
        String message = "listen on unix:" + path + ": " + why;
        return cause == null ? new ListenException(message) : new ListenException(message, cause);
    }

    /// Exceptions of files say but a path where the kind tells the rest.
    private static String reason(IOException e) {
        return e.toString().replaceFirst("^java\\.[a-z.]*\\.", "");
    }
}
