// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent;

import dev.weir.agent.cli.CommandFailure;
import dev.weir.agent.cli.ExitCode;
import dev.weir.agent.enforce.GracePeriods;
import dev.weir.agent.pins.Links;
import dev.weir.agent.pins.PinPaths;
import dev.weir.bpf.BpfException;
import dev.weir.bpf.probe.BpfFs;
import dev.weir.bpf.probe.Lock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// `weir detach`: takes everything of Weir out of the kernel.
final class Detach {
    private Detach() {}

    /// Removes links, then maps, then the directory. Where it is cut off, a start takes up what is left, or sees that
    /// the maps are not whole any more and makes new ones.
    ///
    /// @return a line for each thing removed
    static List<String> run(Path bpffs) throws CommandFailure {
        if (!Files.exists(bpffs)) {
            return List.of();
        }
        try (Lock lock = BpfFs.at(bpffs)
                .lock()
                .orElseThrow(() -> new CommandFailure(
                        ExitCode.FAILED,
                        "an agent runs on " + bpffs + " and would attach again what is removed; stop it first"))) {
            GracePeriods.ofHost().recover();
            return all(bpffs);
        } catch (BpfException.NotPermitted e) {
            throw new CommandFailure(ExitCode.NOT_PERMITTED, String.valueOf(e.getMessage()), e);
        } catch (BpfException e) {
            throw new CommandFailure(ExitCode.FAILED, String.valueOf(e.getMessage()), e);
        }
    }

    static List<String> all(Path bpffs) {
        List<String> removed = new ArrayList<>();
        PinPaths pins = new PinPaths(bpffs);
        for (Links.Pin pin : new Links(pins).list()) {
            Links.detach(pin.path());
            removed.add("link " + pin.path());
        }
        BpfFs directory = BpfFs.at(bpffs);
        directory.pins().forEach(map -> removed.add("map " + map));
        directory.remove(pins.state());
        directory.removeAll();
        return removed;
    }
}
