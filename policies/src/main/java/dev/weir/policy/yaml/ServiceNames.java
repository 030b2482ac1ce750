// SPDX-License-Identifier: Apache-2.0
package dev.weir.policy.yaml;

import dev.weir.yaml.Words;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/// The IANA service names that policies may use instead of port numbers, from the bundled `services.txt`.
final class ServiceNames {
    private static final Map<String, Entry> BY_NAME = load();

    private ServiceNames() {}

    /// The port of the service, for a protocol (`tcp`, `udp` or `sctp`) that IANA registers it for.
    static int port(String name, String protocol) throws BadValue {
        Entry entry = BY_NAME.get(name);
        if (entry == null) {
            String hint = Words.suggestion(name, BY_NAME.keySet());
            throw new BadValue("no service is called `" + Words.shortened(name) + "`"
                    + (hint.isEmpty() ? ", expected an IANA name or a number from 0 to 65535" : hint));
        }
        if (!entry.protocols.contains(protocol)) {
            String others =
                    String.join(" and ", entry.protocols.stream().sorted().toList());
            throw new BadValue(
                    "`" + name + "` is a service of " + others + " only, expected " + others + " or a number");
        }
        return entry.port;
    }

    /// `, did you mean …?` if the text names a service but no protocol, else nothing.
    static String suggestion(String text) {
        Entry entry = BY_NAME.get(text);
        return entry == null
                ? ""
                : ", did you mean `"
                        + entry.protocols.stream().sorted().toList().getFirst() + "/" + text + "`?";
    }

    private static Map<String, Entry> load() {
        try (InputStream in = ServiceNames.class.getResourceAsStream("services.txt")) {
            if (in == null) {
                throw new IllegalStateException("services.txt is missing from the jar of the policies");
            }
            Map<String, Entry> byName = new TreeMap<>();
            for (String line : new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .toList()) {
                if (!line.startsWith("#")) {
                    String[] fields = line.split(" ", 3);
                    byName.put(fields[0], new Entry(Integer.parseInt(fields[1]), Set.of(fields[2].split(" ", -1))));
                }
            }
            return byName;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read services.txt from the jar of the policies", e);
        }
    }

    private record Entry(int port, Set<String> protocols) {}
}
