// SPDX-License-Identifier: Apache-2.0
package dev.weir.policy.yaml;

import dev.weir.abi.IpAddress;
import dev.weir.policy.AddressSet;
import dev.weir.policy.Cidr;
import dev.weir.yaml.Diagnostics;
import dev.weir.yaml.Source;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Reads the file of a set: an address or prefix a line, blank lines, and comments from `#` to the end of the
/// line. Lines end with LF, CR LF or CR. Hundred thousands of lines are common, so plain IPv4 is read from the
/// bytes themselves; whatever else stands in a line is taken as text, by the same rules as in a policy.
final class SetFileReader {
    /// Lines that one file may hold.
    static final int MAX_LINES = 250_000;

    private static final int V4_BITS = 32;

    private final String file;
    private final byte[] bytes;
    private final Diagnostics diagnostics;
    private final List<Cidr> prefixes = new ArrayList<>();
    private @Nullable Source source;
    private int at;

    private SetFileReader(String file, byte[] bytes, Diagnostics diagnostics) {
        this.file = file;
        this.bytes = bytes;
        this.diagnostics = diagnostics;
    }

    /// The set, called like its file; empty if anything is wrong, which is reported.
    static Optional<AddressSet> read(String file, byte[] bytes, Diagnostics diagnostics) {
        SetFileReader reader = new SetFileReader(file, bytes, diagnostics);
        reader.lines();
        return reader.source == null ? Optional.of(new AddressSet(file, reader.prefixes)) : Optional.empty();
    }

    private void lines() {
        at = startsWithMark() ? 3 : 0;
        for (int line = 1; at < bytes.length; line++) {
            if (line > MAX_LINES) {
                error(line, 1, "the file holds more than " + MAX_LINES + " lines; split the set");
                return;
            }
            int start = at;
            skipBlanks();
            if (!plain()) {
                at = start;
                text(line);
            }
            skipLineEnd();
        }
        if (prefixes.isEmpty() && source == null) {
            error(1, 1, "the set is empty, expected an address or a prefix such as 192.0.2.0/24 a line");
        }
    }

    /// Reads an IPv4 address or prefix, if that is all that the line says, and stops at its end.
    private boolean plain() {
        int bits = 0;
        for (int i = 0; i < 4; i++) {
            int octet = number(255);
            if (octet < 0 || (i < 3 && !takes('.'))) {
                return false;
            }
            bits = bits << 8 | octet;
        }
        int length = takes('/') ? number(V4_BITS) : V4_BITS;
        if (length < 0 || (length < V4_BITS && bits << length != 0)) {
            return false;
        }
        skipBlanks();
        if (at < bytes.length && !isLineEnd(bytes[at])) {
            return false;
        }
        prefixes.add(new Cidr(IpAddress.ofV4(bits), length));
        return true;
    }

    /// Reads what else a line may be, and stops at its end.
    private void text(int line) {
        int start = at;
        int end = -1;
        while (at < bytes.length && !isLineEnd(bytes[at])) {
            if (bytes[at] == '#' && end < 0) {
                end = at;
            }
            at++;
        }
        end = end < 0 ? at : end;
        while (start < end && isBlank(bytes[start])) {
            start++;
        }
        while (start < end && isBlank(bytes[end - 1])) {
            end--;
        }
        if (start == end) {
            return;
        }
        try {
            prefixes.add(PeerReader.prefix(new String(bytes, start, end - start, StandardCharsets.UTF_8)));
        } catch (BadValue e) {
            error(line, 1 + start - lineStart(start), e.problem());
        }
    }

    /// Only blanks stand between it and the value, so that bytes are columns.
    private int lineStart(int value) {
        int start = value;
        while (start > 0 && isBlank(bytes[start - 1])) {
            start--;
        }
        return start;
    }

    /// A plain decimal number without leading zeros, up to `max`; -1 if there is none.
    private int number(int max) {
        int start = at;
        int value = 0;
        while (at < bytes.length && at - start < 3 && bytes[at] >= '0' && bytes[at] <= '9') {
            value = 10 * value + bytes[at++] - '0';
        }
        boolean plain = at > start && value <= max && (bytes[start] != '0' || at == start + 1);
        return plain ? value : -1;
    }

    private boolean takes(char wanted) {
        if (at < bytes.length && bytes[at] == wanted) {
            at++;
            return true;
        }
        return false;
    }

    private void skipBlanks() {
        while (at < bytes.length && isBlank(bytes[at])) {
            at++;
        }
    }

    private void skipLineEnd() {
        takes('\r');
        takes('\n');
    }

    private boolean startsWithMark() {
        return bytes.length >= 3 && bytes[0] == (byte) 0xef && bytes[1] == (byte) 0xbb && bytes[2] == (byte) 0xbf;
    }

    /// Only a file with errors is needed as text; bytes that are not UTF-8 may stand in its comments.
    private void error(int line, int column, String problem) {
        if (source == null) {
            source = new Source(file, new String(bytes, StandardCharsets.UTF_8), diagnostics);
        }
        source.error(line, column, problem);
    }

    private static boolean isBlank(byte b) {
        return b == ' ' || b == '\t';
    }

    private static boolean isLineEnd(byte b) {
        return b == '\n' || b == '\r';
    }
}
