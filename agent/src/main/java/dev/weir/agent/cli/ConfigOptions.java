// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.cli;

import dev.weir.agent.config.ConfigException;
import dev.weir.agent.config.ConfigFile;
import dev.weir.agent.config.WeirConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// Where the configuration is, and what flags change in it.
final class ConfigOptions {
    @Option(
            names = "--config",
            paramLabel = "FILE",
            description = "Configuration; /etc/weir/weir.yaml, if it exists, when absent.")
    @Nullable
    Path config;

    @Option(
            names = "--bpffs",
            paramLabel = "DIRECTORY",
            description = "Where programs and maps are pinned; overrides the configuration.")
    @Nullable
    Path bpffs;

    /// The file that [#load()] reads; empty where that is the usual one, and it does not exist.
    Optional<Path> file() {
        return config != null
                ? Optional.of(config)
                : Optional.of(WeirConfig.DEFAULT_FILE).filter(Files::exists);
    }

    WeirConfig load() throws ConfigException {
        WeirConfig loaded = ConfigFile.load(config);
        return bpffs == null ? loaded : loaded.withBpffs(bpffs);
    }
}
