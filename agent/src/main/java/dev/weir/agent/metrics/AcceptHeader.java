// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.metrics;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/// What a client would rather have, by its `Accept` header (RFC 9110, section 12.5.1). A range that is malformed counts
/// for nothing.
final class AcceptHeader {
    private static final Pattern QUALITY = Pattern.compile("0(\\.[0-9]{0,3})?|1(\\.0{0,3})?");

    private final List<Range> ranges = new ArrayList<>();

    /// @param value of the header, or of several joined by commas
    AcceptHeader(String value) {
        for (String range : split(value, ',')) {
            add(split(range, ';'));
        }
    }

    /// @param type such as `text/plain`, `text/*`
    /// @param version that it asks for; empty: any
    /// @param quality from 0, not acceptable, to 1
    private record Range(String type, String version, double quality) {
        /// How closely it describes `wanted`; 0: not at all.
        int closeness(String wanted, String wantedVersion) {
            if (type.equals(wanted)) {
                return version.isEmpty() ? 3 : version.equals(wantedVersion) ? 4 : 0;
            }
            if (type.endsWith("/*")) {
                return type.equals("*/*") ? 1 : wanted.startsWith(type.substring(0, type.length() - 1)) ? 2 : 0;
            }
            return 0;
        }
    }

    /// How welcome a form is.
    ///
    /// @param quality as the range has it that describes the form most closely; 0: not acceptable
    /// @param named whether that range names the form, and not only what it is among
    record Welcome(double quality, boolean named) {}

    /// How welcome a version of a media type is.
    Welcome welcome(String type, String version) {
        int closest = 0;
        double quality = 0;
        for (Range range : ranges) {
            int closeness = range.closeness(type, version);
            if (closeness > closest) {
                closest = closeness;
                quality = range.quality;
            } else if (closeness == closest && closeness > 0) {
                quality = Math.max(quality, range.quality);
            }
        }
        return new Welcome(quality, closest >= 3);
    }

    private void add(List<String> parts) {
        String version = "";
        double quality = 1;
        for (String parameter : parts.subList(1, parts.size())) {
            int equals = parameter.indexOf('=');
            String name =
                    equals < 0 ? "" : parameter.substring(0, equals).strip().toLowerCase(Locale.ROOT);
            String value = parameter.substring(equals + 1).strip();
            if (name.equals("version")) {
                version = value.replace("\"", "");
            } else if (name.equals("q")) {
                if (!QUALITY.matcher(value).matches()) {
                    return;
                }
                quality = Double.parseDouble(value);
            }
        }
        ranges.add(new Range(parts.getFirst().strip().toLowerCase(Locale.ROOT), version, quality));
    }

    /// The parts between separators that no quotes enclose.
    private static List<String> split(String text, char separator) {
        List<String> parts = new ArrayList<>();
        boolean quoted = false;
        int from = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (quoted && c == '\\') {
                i++; // what it escapes ends nothing
            } else if (c == '"') {
                quoted = !quoted;
            } else if (c == separator && !quoted) {
                parts.add(text.substring(from, i));
                from = i + 1;
            }
        }
        parts.add(text.substring(from));
        return parts;
    }
}
