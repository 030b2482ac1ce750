// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.cli;

import dev.weir.abi.IpAddress;
import dev.weir.agent.config.ConfigException;
import dev.weir.agent.view.DeviceView;
import dev.weir.agent.view.NamespaceView;
import dev.weir.agent.view.StatusView;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// Waits until the running agent enforces a device.
///
/// @param agent that is asked
/// @param device its name; in another vantage than the host's with that in front, as in `router/to-client`
/// @param namespace that the device has to lead to; null: whichever
/// @param addresses that this namespace has to hold
record Enforced(AgentOptions agent, String device, @Nullable String namespace, List<IpAddress> addresses) {
    private static final long FIRST_REST_NANOS = 2_000_000;
    private static final long LONGEST_REST_NANOS = 50_000_000;

    /// Returns whose device it is, once it is enforced.
    ///
    /// @throws CommandFailure when no agent answers, or it is not enforced in time; then with the agent's reason
    String await(Duration timeout) throws CommandFailure, ConfigException {
        long start = System.nanoTime();
        long rest = FIRST_REST_NANOS;
        while (true) {
            DeviceView found = find();
            Optional<String> obstacle = obstacle(found);
            if (found != null && obstacle.isEmpty()) {
                return found.namespace();
            }
            if (System.nanoTime() - start + rest > timeout.toNanos()) {
                throw new CommandFailure(
                        ExitCode.FAILED,
                        "device %s is not enforced after %d ms: %s"
                                .formatted(device, timeout.toMillis(), obstacle.orElse("")));
            }
            LockSupport.parkNanos(rest);
            rest = Math.min(2 * rest, LONGEST_REST_NANOS);
        }
    }

    private @Nullable DeviceView find() throws CommandFailure, ConfigException {
        return agent.askAgent("/api/v1/status", StatusView.class).devices().stream()
                .filter(each -> each.called().equals(device))
                .findFirst()
                .orElse(null);
    }

    /// Why it is not enforced as it should be, for now; empty if it is.
    private Optional<String> obstacle(@Nullable DeviceView found) throws CommandFailure, ConfigException {
        if (found == null) {
            return Optional.of("the agent knows no such device: it leads to no namespace that has a name and that"
                    + " `namespaces` of weir.yaml includes, and no policy selects it");
        }
        if (namespace != null && !namespace.equals(found.namespace())) {
            return Optional.of("it leads to namespace %s, not to %s".formatted(found.namespace(), namespace));
        }
        String error = found.error();
        if (!found.attached()) {
            return Optional.of(error == null ? "the agent has not attached its programs yet" : error);
        }
        return addresses.isEmpty() ? Optional.empty() : notGranted(found.namespace());
    }

    private Optional<String> notGranted(String name) throws CommandFailure, ConfigException {
        List<NamespaceView> all = agent.askAgent("/api/v1/namespaces", NamespaceView.Listing.class)
                .namespaces();
        for (NamespaceView each : all) {
            if (each.name().equals(name)) {
                return addresses.stream()
                        .filter(address -> !each.addresses().contains(address))
                        .findFirst()
                        .map(address -> "the agent does not grant it the address %s: %s"
                                .formatted(address, reason(each, address)));
            }
        }
        return Optional.of("the agent does not know namespace " + name + " yet");
    }

    private static String reason(NamespaceView namespace, IpAddress address) {
        return namespace.refusedAddresses().stream()
                .filter(refused -> refused.address().equals(address.toString()))
                .map(NamespaceView.RefusedAddress::reason)
                .findFirst()
                .orElse("it has not looked at it yet");
    }
}
