// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.cli;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// Whose traffic is asked about: that of a namespace, of one of its devices, or of a device that leads to none.
final class SubjectOptions {
    @Option(names = "--namespace", paramLabel = "NAME", description = "Whose traffic.")
    @Nullable
    String namespace;

    @Option(
            names = "--device",
            paramLabel = "NAME",
            description = "Through which host-side device; alone: a bridge or uplink, behind which no namespace lies.")
    @Nullable
    String device;

    /// Makes sure that something was named.
    ///
    /// @param verb for the message
    void require(String verb) throws CommandFailure {
        if (namespace == null && device == null) {
            throw new CommandFailure(
                    ExitCode.USAGE, verb + ": whose traffic? Say --namespace NAME, --device NAME, or both");
        }
    }
}
