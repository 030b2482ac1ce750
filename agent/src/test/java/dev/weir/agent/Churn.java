// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent;

import dev.weir.agent.lab.Lab;
import dev.weir.agent.lab.Probe;
import dev.weir.agent.lab.Shell;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.BiConsumer;

/// What happens on a busy host, over and over: tenants that come and go, change their addresses and are spoken to, and
/// policies that are saved, some of them wrong.
final class Churn {
    private static final int TENANTS = 10;
    private static final int LONGEST_LIST = 2_000;

    private final Lab lab;
    private final BiConsumer<String, String> saving;
    private final Random random = new Random(1);
    private final SortedSet<Integer> tenants = new TreeSet<>();
    private long steps;

    /// @param saving takes the name of a file of the policy directory, and its text
    Churn(Lab lab, BiConsumer<String, String> saving) {
        this.lab = lab;
        this.saving = saving;
    }

    /// Changes that were made.
    long steps() {
        return steps;
    }

    void go(Duration length) {
        long start = System.nanoTime();
        while (System.nanoTime() - start < length.toNanos()) {
            step();
        }
    }

    /// Brings everything to where it begins: no tenant, and the policies that hold without any.
    void settle() {
        List.copyOf(tenants).forEach(this::leave);
        list(1);
        stable(false);
        correct();
    }

    /// Leaves no policy that is wrong: with one, no agent starts.
    void correct() {
        saving.accept("tenants.yaml", tenantPolicy("reevaluate", "deny"));
    }

    private void step() {
        steps++;
        int tenant = random.nextInt(TENANTS);
        switch (random.nextInt(8)) {
            case 0, 1 -> come(tenant);
            case 2 -> leave(tenant);
            case 3 -> stable(random.nextBoolean());
            case 4 -> list(1 + random.nextInt(LONGEST_LIST));
            case 5 -> saving.accept("tenants.yaml", random.nextInt(4) == 0 ? "no policy" : tenantPolicy());
            case 6 -> changeAddress(tenant);
            default -> speakTo(tenant);
        }
    }

    /// Rules of one name and verdict in both variants, for counters stay with their rules.
    private void stable(boolean some) {
        saving.accept("stable.yaml", """
                applies-to: {namespaces: [red, blue]}
                egress:
                  rules:
                    - {name: always, allow: udp/1000}
                    - {name: never, deny: udp/1001}
                    - {name: some, deny: udp/%1$d}
                ingress:
                  rules:
                    - {name: always, allow: udp/1000}
                    - {name: some, deny: udp/%1$d}
                    - {name: listed, deny: any, from: "set:list"}
                sets:
                  list: {file: list.txt}
                """.formatted(some ? 1002 : 1003));
    }

    private void list(int size) {
        StringBuilder addresses = new StringBuilder();
        for (int i = 0; i < size; i++) {
            addresses.append("2001:db8::").append(Integer.toHexString(i)).append('\n');
        }
        saving.accept("list.txt", addresses.toString());
    }

    private String tenantPolicy() {
        return tenantPolicy(
                List.of("keep", "reset", "reevaluate").get(random.nextInt(3)),
                List.of("allow", "deny", "reject").get(random.nextInt(3)));
    }

    private static String tenantPolicy(String onChange, String verdict) {
        return """
                applies-to: {namespaces: ["t*"]}
                on-change: %s
                ingress:
                  default: %s
                  rules:
                    - {allow: [tcp/8000-8499, icmp], from: ["namespace:t*", host]}
                """.formatted(onChange, verdict);
    }

    private void come(int tenant) {
        if (tenants.add(tenant)) {
            lab.routed("t" + tenant, address(tenant) + "/24", "10.40.%d.1/24".formatted(tenant));
            // A connection that is closed when its policy has just changed is closed towards nobody: the kernel goes on
            // trying for a minute, and keeps the namespace meanwhile (tcp_orphan_retries in ip-sysctl.rst of Linux).
            Shell.run("ip netns exec t%d sysctl -qw net.ipv4.tcp_orphan_retries=1".formatted(tenant));
        }
    }

    private void leave(int tenant) {
        if (tenants.remove(tenant)) {
            Shell.run("ip netns del t" + tenant);
            Path device = Path.of("/proc/sys/net/ipv4/conf/veth-t" + tenant);
            Await.until("its device is gone", () -> !Files.exists(device));
        }
    }

    private void changeAddress(int tenant) {
        if (tenants.contains(tenant)) {
            String verb = random.nextBoolean() ? "replace" : "del"; // there may be none to delete
            Shell.attempt(List.of("ip -n t%1$d address %2$s 10.40.%1$d.9/24 dev eth0"
                    .formatted(tenant, verb)
                    .split(" ", -1)));
        }
    }

    /// Opens a connection, which the policies of the moment may let through or not.
    private void speakTo(int tenant) {
        if (tenants.contains(tenant)) {
            try (ServerSocket server = Probe.echo("t" + tenant, address(tenant), (int) (8_000 + steps % 1_000))) {
                Inside.connects(Inside.HOST, address(tenant), server.getLocalPort());
            } catch (IOException e) {
                throw new UncheckedIOException("close a port of a tenant", e);
            }
        }
    }

    private static String address(int tenant) {
        return "10.40.%d.2".formatted(tenant);
    }
}
