// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent;

import dev.weir.agent.config.WeirConfig;
import dev.weir.agent.flow.PolicyViews;
import dev.weir.agent.view.PolicyCheck;
import dev.weir.policy.Holder;
import dev.weir.policy.Target;
import dev.weir.policy.compile.PolicyLint;
import dev.weir.policy.yaml.PolicyDirectory;
import dev.weir.policy.yaml.PolicyLoader;
import dev.weir.yaml.Diagnostic;
import java.io.IOException;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// `weir check`: reads policies and looks at what they say. It needs no rights and no agent.
final class Check {
    private static final Path NAMED_NAMESPACES = Path.of("/run/netns");

    private Check() {}

    static PolicyCheck run(List<Path> paths, WeirConfig config) {
        return switch (PolicyDirectory.load(paths)) {
            case PolicyLoader.Refused refused -> {
                List<Diagnostic> all = refused.diagnostics();
                yield new PolicyCheck(
                        PolicyViews.errors(of(all, Diagnostic.Severity.ERROR)),
                        PolicyViews.errors(of(all, Diagnostic.Severity.WARNING)));
            }
            case PolicyLoader.Loaded loaded -> {
                List<Diagnostic> warnings = new ArrayList<>(loaded.warnings());
                warnings.addAll(PolicyLint.warnings(loaded.policies()));
                List<String> names = namespaces();
                if (!names.isEmpty()) { // else the files are looked at elsewhere than where they are meant for
                    warnings.addAll(
                            PolicyLint.unmet(loaded.policies(), targets(names, config), holders(names, config)));
                }
                yield new PolicyCheck(List.of(), PolicyViews.errors(shown(warnings)));
            }
        };
    }

    /// With the lines that they are about: policies do not keep their text.
    private static List<Diagnostic> shown(List<Diagnostic> warnings) {
        Map<String, List<String>> files = new HashMap<>();
        return warnings.stream()
                .map(warning -> {
                    List<String> lines = files.computeIfAbsent(warning.file(), Check::lines);
                    return warning.line() <= lines.size() ? warning.withLine(lines.get(warning.line() - 1)) : warning;
                })
                .toList();
    }

    /// None if the file has gone since it was read, or was none.
    private static List<String> lines(String file) {
        try {
            return Files.readString(Path.of(file)).lines().toList();
        } catch (IOException e) {
            return List.of();
        }
    }

    private static List<Diagnostic> of(List<Diagnostic> all, Diagnostic.Severity severity) {
        return all.stream().filter(found -> found.severity() == severity).toList();
    }

    private static List<Target> targets(List<String> names, WeirConfig config) {
        Stream<Target> namespaces =
                names.stream().map(name -> config.namespaces().target(name, ""));
        return Stream.concat(namespaces, devices().map(device -> Target.ofDevice(device)))
                .toList();
    }

    private static List<Holder> holders(List<String> names, WeirConfig config) {
        return names.stream().map(name -> config.namespaces().holder(name)).toList();
    }

    /// The named namespaces of this host; none if it has none, or does not say.
    private static List<String> namespaces() {
        try (Stream<Path> entries = Files.list(NAMED_NAMESPACES)) {
            return entries.map(entry -> entry.getFileName().toString()).toList();
        } catch (IOException e) {
            return List.of();
        }
    }

    private static Stream<String> devices() {
        try {
            return NetworkInterface.networkInterfaces().map(NetworkInterface::getName);
        } catch (SocketException e) {
            return Stream.of();
        }
    }
}
