// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.doctor;

import dev.weir.agent.view.Finding;
import dev.weir.agent.view.Pitfall;
import dev.weir.bpf.probe.Support;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// What an agent needs of the machine and of its own rights.
final class Prerequisites {
    private static final Path BPFFS = Path.of("/sys/fs/bpf");

    private Prerequisites() {}

    static List<Finding> find(HostState host) {
        Machine machine = host.machine();
        List<Finding> found = new ArrayList<>();
        boolean permitted = machine.missingCapabilities().isEmpty();
        if (!permitted) {
            found.add(Finding.error(
                    Pitfall.NO_CAPABILITIES,
                    "host",
                    "this process has not got " + String.join(", ", machine.missingCapabilities()),
                    "without it an agent cannot attach its programs, and doctor cannot look into namespaces",
                    "sudo weir doctor"));
        } else if (machine.bpf() instanceof Support.Unsupported no) {
            found.add(Finding.error(
                    Pitfall.NO_BPF,
                    "host",
                    no.reason(),
                    "an agent cannot load its programs",
                    no.remedy().startsWith("apt ") ? no.remedy() : "sudo nsenter -t 1 -a weir doctor"));
        }
        if (machine.tcx() instanceof Support.Unsupported no) {
            found.add(Finding.error(
                    Pitfall.NO_TCX,
                    "host",
                    no.reason(),
                    "Weir attaches by TCX, which Linux has since 6.6 where it is built with CONFIG_NET_XGRESS",
                    "apt install -t bookworm-backports \"linux-image-$(dpkg --print-architecture)\" && reboot"));
        }
        if (machine.bpffs() instanceof Support.Unsupported no) {
            found.add(Finding.error(
                    Pitfall.NO_BPFFS,
                    "host",
                    no.reason(),
                    "nothing can be pinned, so no agent starts, and what one enforces would end with it",
                    mount(machine.pins())));
        }
        return found;
    }

    /// Where nothing is there to mount on, it is made; the usual place is made by the kernel, in sysfs.
    private static String mount(Path pins) {
        if (pins.startsWith(BPFFS)) {
            return "mount -t bpf bpf " + BPFFS;
        }
        String place = Quoted.of(pins.toString());
        return "mkdir -p %s && mount -t bpf bpf %s".formatted(place, place);
    }
}
