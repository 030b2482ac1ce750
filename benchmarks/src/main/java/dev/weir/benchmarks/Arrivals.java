// SPDX-License-Identifier: Apache-2.0
package dev.weir.benchmarks;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.weir.agent.lab.RunningAgent;
import dev.weir.agent.lab.Shell;
import dev.weir.bpf.DeviceHook;
import dev.weir.bpf.TcxAttachment;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.locks.LockSupport;

/// Namespaces that come with a device and go again, beside those that an agent enforces.
final class Arrivals {
    private static final String NAME = "coming";
    private static final long REST_NANOS = 200_000_000L;
    private static final int NEXT_LOOK_NANOS = 500_000; // each takes the lock of all devices for a moment
    private static final long PATIENCE_NANOS = 5_000_000_000L;

    private Arrivals() {}

    /// From before a namespace's device is made until both its hooks judge, over and over, in milliseconds.
    ///
    /// @param pause what is done after each has gone
    static double[] millis(int count, Runnable pause) {
        double[] millis = new double[count];
        for (int i = 0; i < count; i++) {
            Shell.run("ip netns add " + NAME);
            long start = System.nanoTime();
            device(NAME);
            awaitPrograms(start);
            millis[i] = (System.nanoTime() - start) / 1e6;
            remove(NAME);
            pause.run();
        }
        return millis;
    }

    /// Waits until the agent has forgotten the one that has gone, and the kernel has taken its namespace down.
    static void rest(RunningAgent agent) {
        long start = System.nanoTime();
        while (namespaces(agent).contains("\"" + NAME + "\"")) {
            if (System.nanoTime() - start > PATIENCE_NANOS) {
                throw new IllegalStateException(NAME + " was not forgotten");
            }
            LockSupport.parkNanos(NEXT_LOOK_NANOS);
        }
        LockSupport.parkNanos(REST_NANOS);
    }

    /// One comes, and goes in the next turn, when another comes; in the last turn it goes at once.
    ///
    /// @param turn from 0
    /// @param turns how many there are
    static void churn(int turn, int turns) {
        String name = NAME + turn;
        Shell.run("ip netns add " + name);
        device(name);
        if (turn > 0) {
            remove(NAME + (turn - 1));
        }
        if (turn == turns - 1) {
            remove(name);
        }
    }

    private static void device(String namespace) {
        Shell.run("ip link add veth-%1$s type veth peer name eth0 netns %1$s".formatted(namespace));
    }

    private static void remove(String namespace) {
        Shell.run("ip link del veth-" + namespace);
        Shell.run("ip netns del " + namespace);
    }

    private static String namespaces(RunningAgent agent) {
        try {
            return new String(agent.get("/api/v1/namespaces"), UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException("ask the agent for namespaces", e);
        }
    }

    private static void awaitPrograms(long start) {
        int ifindex = Crowd.ifindex("veth-" + NAME);
        while (isOpen(ifindex, DeviceHook.TCX_INGRESS) || isOpen(ifindex, DeviceHook.TCX_EGRESS)) {
            if (System.nanoTime() - start > PATIENCE_NANOS) {
                throw new IllegalStateException("veth-" + NAME + " was not enforced");
            }
            LockSupport.parkNanos(NEXT_LOOK_NANOS);
        }
    }

    private static boolean isOpen(int ifindex, DeviceHook hook) {
        return TcxAttachment.chain(ifindex, hook).orElseThrow().isEmpty();
    }
}
