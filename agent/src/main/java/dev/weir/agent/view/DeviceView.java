// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.view;

import com.fasterxml.jackson.annotation.JsonIgnore;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A host-side device that is, or should be, enforced.
/// @param ifindex in its vantage
/// @param hooks where programs are attached, in the order of packets that leave the endpoint: `xdp`, `tcx`
/// @param attached whether both directions are enforced
/// @param error why it is not attached; null when it is
/// @param withoutXdp why no program is in front, where weir.yaml wants one; null when one is, or none is wanted
public record DeviceView(
        String namespace,
        String device,
        int ifindex,
        String vantage,
        List<String> hooks,
        boolean attached,
        @Nullable String error,
        @Nullable String withoutXdp) {
    public DeviceView {
        hooks = List.copyOf(hooks);
    }

    /// Its name; in another vantage than the host's with that in front, as in `router/to-client`.
    public String called() {
        return isOnHost() ? device : vantage + "/" + device;
    }

    /// Whether it is in the host's own vantage.
    @JsonIgnore
    public boolean isOnHost() {
        return vantage.equals("host");
    }
}
