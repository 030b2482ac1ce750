// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.secret;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/// A small text file: a certificate, a key or a token.
///
/// @param what is in it, for messages: `the key`
/// @param bytes that it may have
/// @param isPrivate whether nobody but its owner and the group root may have access to it
public record SecretFile(String what, Path path, int bytes, boolean isPrivate) {
    // inode(7)
    private static final int OTHERS_MAY_READ_OR_WRITE = 0_006;
    private static final int GROUP_MAY_READ_OR_WRITE = 0_060;

    /// A certificate, and behind it those that lead to one that clients know.
    public static SecretFile certificate(String path) {
        return new SecretFile("the certificate", Path.of(path), 1 << 18, false);
    }

    public static SecretFile key(String path) {
        return new SecretFile("the key", Path.of(path), 1 << 16, true);
    }

    public static SecretFile token(String path) {
        return new SecretFile("the token", Path.of(path), 1 << 12, true);
    }

    /// All that is in it; a byte that is not ASCII is no character of these files, and becomes another one.
    public String read() throws SecretException {
        try {
            if (Files.exists(path) && !Files.isRegularFile(path)) {
                throw unreadable("it is not a file", false); // reading it might never end
            }
            if (isPrivate && isOpenToOthers()) {
                throw unreadable("others than its owner may read or change it; run: chmod 600 " + path, false);
            }
            try (InputStream in = Files.newInputStream(path)) {
                byte[] read = in.readNBytes(bytes + 1);
                if (read.length > bytes) {
                    throw unreadable("it is larger than %d bytes".formatted(bytes), false);
                }
                return new String(read, StandardCharsets.US_ASCII);
            }
        } catch (NoSuchFileException e) {
            throw unreadable("it does not exist", false);
        } catch (AccessDeniedException e) {
            throw unreadable("permission denied; ask as root, or as a user who may read it", true);
        } catch (IOException e) {
            throw unreadable(String.valueOf(e.getMessage()), false);
        }
    }

    private boolean isOpenToOthers() throws IOException {
        return Files.getAttribute(path, "unix:mode") instanceof Integer mode
                && Files.getAttribute(path, "unix:gid") instanceof Integer group
                && ((mode & OTHERS_MAY_READ_OR_WRITE) != 0 || ((mode & GROUP_MAY_READ_OR_WRITE) != 0 && group != 0));
    }

    private SecretException unreadable(String why, boolean denied) {
        return new SecretException("read %s %s: %s".formatted(what, path, why), denied);
    }

    /// What is in it cannot be used.
    public SecretException wrong(String why) {
        return new SecretException("use %s in %s: %s".formatted(what, path, why), false);
    }
}
