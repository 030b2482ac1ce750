// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent;

import dev.weir.agent.cli.CommandFailure;
import dev.weir.agent.cli.ExitCode;
import dev.weir.agent.config.WeirConfig;
import dev.weir.agent.doctor.Doctor;
import dev.weir.agent.view.DoctorView;
import dev.weir.agent.view.StatusView;
import dev.weir.net.NetException;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// `weir doctor`.
final class Examination {
    private Examination() {}

    static DoctorView run(WeirConfig config, Optional<Path> configFile, @Nullable StatusView status)
            throws CommandFailure {
        try {
            return Doctor.examine(new Doctor.Asked(config, configFile.map(Path::toString), status));
        } catch (NetException e) {
            throw new CommandFailure(ExitCode.FAILED, "look at the namespaces of this host: " + e.getMessage(), e);
        }
    }
}
