// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.enforce;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.agent.config.WeirConfig;
import dev.weir.agent.lab.Shell;
import dev.weir.bpf.probe.BpfFs;
import dev.weir.policy.yaml.PolicyDirectory;
import dev.weir.policy.yaml.PolicyLoader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What the enforcer's thread did wrong once.
@Tag("kernel")
class EnforcerRegressionTest {
    private static final Path BPFFS = Path.of("/sys/fs/bpf/enforcer");
    private static final Path NAMES = Path.of("/run/netns");
    private static final Path ASIDE = Path.of("/run/netns.aside");

    @TempDir
    private Path policies;

    @AfterEach
    void remove() {
        BpfFs.at(BPFFS).removeAll();
    }

    @Test
    void aReloadWhoseTurnFailedIsDoneByTheNext() throws IOException {
        // ip-netns(8) mounts the directory onto itself at its first use, and then it cannot be moved
        while (Files.readString(Path.of("/proc/self/mountinfo")).contains(" " + NAMES + " ")) {
            Shell.run("umount " + NAMES);
        }
        try (Enforcer enforcer = start(config())) {
            Files.move(NAMES, ASIDE);
            Files.createFile(NAMES); // what cannot be listed makes the turn fail
            try {
                save("late");
                await(() -> enforcer.report().error() != null);
            } finally {
                Files.delete(NAMES);
                Files.move(ASIDE, NAMES);
            }
            // The turn that failed may have been one that had not heard of the file yet.
            await(() -> enforcer.report().error() == null
                    && !enforcer.report().policies().policies().isEmpty());

            assertEquals(
                    "late", enforcer.report().policies().policies().getFirst().name());
        }
    }

    @Test
    void aFileSavedBeforeItsDirectoryIsWatchedIsEnforced() throws IOException {
        PolicyDirectory directory = new PolicyDirectory(List.of(policies));
        PolicyLoader.Loaded empty = assertInstanceOf(PolicyLoader.Loaded.class, directory.read());
        save("early");
        try (Enforcer enforcer = Enforcer.start(config(), directory, empty)) {
            await(() -> !enforcer.report().policies().policies().isEmpty());
        }
    }

    @Test
    void stoppingDoesNotWaitForTheNetworkToChange() throws IOException {
        for (int i = 0; i < 5; i++) {
            Enforcer enforcer = start(config());
            save("p" + i);
            assertTimeoutPreemptively(Duration.ofSeconds(10), enforcer::close);
        }
    }

    private WeirConfig config() {
        return WeirConfig.DEFAULT.withPolicies(policies).withBpffs(BPFFS);
    }

    private void save(String name) throws IOException {
        Files.writeString(
                policies.resolve(name + ".yaml"),
                "policy: %s\napplies-to: {namespaces: [blue]}\ningress: {default: deny}\n".formatted(name));
    }

    private static void await(BooleanSupplier condition) {
        long deadline = System.nanoTime() + Duration.ofSeconds(10).toNanos();
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() < deadline, "it did not come about within ten seconds");
            LockSupport.parkNanos(1_000_000);
        }
    }

    private static Enforcer start(WeirConfig config) throws IOException {
        PolicyDirectory directory = new PolicyDirectory(List.of(config.policies()));
        return Enforcer.start(config, directory, assertInstanceOf(PolicyLoader.Loaded.class, directory.read()));
    }
}
