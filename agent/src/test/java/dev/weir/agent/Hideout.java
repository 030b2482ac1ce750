// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent;

import dev.weir.agent.lab.Shell;
import dev.weir.net.NetworkNamespace;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/// A process in a network namespace that has no name.
final class Hideout implements AutoCloseable {
    private final Process process;

    private Hideout(Process process) {
        this.process = process;
    }

    /// In a namespace of its own.
    static Hideout start() {
        Hideout hideout = launch("unshare", "--net", "sleep", "120");
        long host = inode(ProcessHandle.current().pid());
        Await.until("the process has a network namespace of its own", () -> hideout.inode() != host);
        return hideout;
    }

    /// Another process in the same one.
    Hideout joined() {
        Hideout other = launch("nsenter", "--target", Long.toString(pid()), "--net", "sleep", "120");
        Await.until("the process has entered", () -> other.inode() == inode());
        return other;
    }

    /// In the one that a file stands for.
    static Hideout in(Path file) {
        Hideout hideout = launch("nsenter", "--net=" + file, "sleep", "120");
        try (NetworkNamespace namespace = NetworkNamespace.open(file)) {
            Await.until("the process has entered", () -> hideout.inode() == namespace.inode());
        }
        return hideout;
    }

    private static Hideout launch(String... command) {
        try {
            return new Hideout(new ProcessBuilder(command).start());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    long pid() {
        return process.pid();
    }

    /// What the agent calls the namespace as long as it is called by this process.
    String called() {
        return "pid:" + pid();
    }

    long inode() {
        return inode(pid());
    }

    private static long inode(long pid) {
        try (NetworkNamespace namespace = NetworkNamespace.ofProcess(pid)) {
            return namespace.inode();
        }
    }

    /// Runs a command line inside.
    String run(String commandLine) {
        return Shell.run("nsenter --target %d --net %s".formatted(pid(), commandLine));
    }

    /// Whether a connection comes about.
    boolean connects(String address, int port) {
        return connects(pid(), address, port);
    }

    /// Whether a connection comes about out of the namespace of a process.
    static boolean connects(long pid, String address, int port) {
        try (NetworkNamespace namespace = NetworkNamespace.ofProcess(pid)) {
            return namespace.call(() -> {
                try (Socket socket = new Socket()) {
                    socket.connect(
                            new InetSocketAddress(InetAddress.ofLiteral(address), port), HostTest.SILENCE_MILLIS);
                    return true;
                } catch (IOException e) {
                    return false;
                }
            });
        }
    }

    /// Ends the process.
    @Override
    public void close() {
        process.destroy();
        try {
            process.waitFor(10, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
