// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.cli;

import dev.weir.abi.IpAddress;
import dev.weir.agent.config.ConfigException;
import dev.weir.agent.view.InterfaceView;
import dev.weir.agent.view.Json;
import dev.weir.agent.view.NamespaceView;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `weir namespaces`.
@Command(
        name = "namespaces",
        description = "Each namespace: processes, devices, addresses, policies, and what it sends and receives.")
final class NamespacesCommand extends Verb {
    private static final int MAX_INTERVAL = 60;

    @Mixin
    AgentOptions agent;

    @Mixin
    OutputOption output = new OutputOption();

    @Parameters(
            paramLabel = "NAME",
            arity = "0..1",
            description = "Only this one, with both ends of its devices: counters, and what waits to be sent.")
    @Nullable
    String name;

    @Option(
            names = "--interval",
            paramLabel = "SECONDS",
            defaultValue = "1",
            description = "Over how long rates are measured, 0 to 60; ${DEFAULT-VALUE} when absent, 0: no rates.")
    int interval;

    NamespacesCommand(Wiring wiring) {
        this.agent = new AgentOptions(wiring);
    }

    @Override
    ExitCode run() throws CommandFailure, ConfigException {
        if (interval < 0 || interval > MAX_INTERVAL) {
            throw new CommandFailure(
                    ExitCode.USAGE,
                    "namespaces: --interval is %d, expected 0 to %d seconds".formatted(interval, MAX_INTERVAL));
        }
        NamespaceView.Listing listing = interval == 0 ? look() : rated();
        if (name != null) {
            return one(name, listing);
        }
        if (output.isJson()) {
            out().println(Json.pretty(listing));
        } else {
            print(listing.namespaces());
        }
        return ExitCode.OK;
    }

    private ExitCode one(String name, NamespaceView.Listing listing) throws CommandFailure, ConfigException {
        NamespaceView namespace = listing.namespaces().stream()
                .filter(each -> each.name().equals(name))
                .findAny()
                .orElseThrow(() -> new CommandFailure(
                        ExitCode.FAILED,
                        "namespaces: no namespace %s is enforced; without a name all are listed".formatted(name)));
        InterfaceView.Listing ends = agent.ask(
                new Query().put("namespace", name).target("/api/v1/interfaces"),
                InterfaceView.Listing.class,
                pins -> new InterfaceView.Listing(pins.interfaces(name)),
                err());
        if (output.isJson()) {
            out().println(Json.pretty(new InterfaceView.OfNamespace(namespace, ends.interfaces())));
        } else {
            print(List.of(namespace));
            out().println();
            printEnds(ends.interfaces());
        }
        return ExitCode.OK;
    }

    private void printEnds(List<InterfaceView> ends) {
        Table table = new Table(
                "DEVICE",
                "END",
                "NAME",
                "UP",
                "MTU>",
                "RECEIVED>",
                "PACKETS>",
                "DROPS>",
                "SENT>",
                "PACKETS>",
                "DROPS>",
                "QUEUE",
                "LENGTH>",
                "WAITING>",
                "DROPS>");
        for (InterfaceView each : ends) {
            table.add(
                    each.device(),
                    each.end(),
                    each.name(),
                    each.up() ? "yes" : "no",
                    each.mtu(),
                    Units.bytes(each.receivedBytes()),
                    Units.count(each.receivedPackets()),
                    Units.count(each.receivedDrops()),
                    Units.bytes(each.sentBytes()),
                    Units.count(each.sentPackets()),
                    Units.count(each.sentDrops()),
                    each.discipline(),
                    each.queueLength(),
                    Units.bytes(each.backlogBytes()),
                    Units.count(each.disciplineDrops()));
        }
        table.print(out());
    }

    private NamespaceView.Listing look() throws CommandFailure, ConfigException {
        return agent.ask(
                "/api/v1/namespaces",
                NamespaceView.Listing.class,
                pins -> new NamespaceView.Listing(pins.namespaces()),
                err());
    }

    /// Two looks, and what was carried between them.
    private NamespaceView.Listing rated() throws CommandFailure, ConfigException {
        Map<String, NamespaceView> before = new HashMap<>();
        look().namespaces().forEach(each -> before.put(each.name(), each));
        long start = System.nanoTime();
        try {
            TimeUnit.SECONDS.sleep(interval);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        NamespaceView.Listing now = look();
        double seconds = (System.nanoTime() - start) / 1e9;
        return new NamespaceView.Listing(now.namespaces().stream()
                .map(each -> each.since(before.getOrDefault(each.name(), each), seconds))
                .toList());
    }

    private void printRefused(List<NamespaceView> namespaces) {
        if (namespaces.stream().allMatch(each -> each.refusedAddresses().isEmpty())) {
            return;
        }
        out().println();
        Table table = new Table("NAMESPACE", "NOT GRANTED", "BECAUSE");
        for (NamespaceView each : namespaces) {
            each.refusedAddresses().forEach(refused -> table.add(each.name(), refused.address(), refused.reason()));
        }
        table.print(out());
    }

    private void print(List<NamespaceView> namespaces) {
        Table table = new Table(
                "NAMESPACE",
                "KIND",
                "INODE>",
                "PROCESSES>",
                "OWNER>",
                "DEVICES",
                "ADDRESSES",
                "POLICIES",
                "FLOWS>",
                "SENT>",
                "RECEIVED>",
                "DROPS>",
                "OUT/S>",
                "IN/S>");
        for (NamespaceView each : namespaces) {
            NamespaceView.Rates rates = each.rates();
            Integer owner = each.owner();
            table.add(
                    each.name(),
                    each.kind(),
                    each.inode() == 0 ? "" : each.inode(),
                    each.inode() == 0 ? "" : Units.count(each.processes()),
                    owner == null ? "" : owner,
                    String.join(",", each.devices()),
                    each.addresses().stream().map(IpAddress::toString).collect(Collectors.joining(",")),
                    String.join(",", each.policies()),
                    Units.count(each.flows()),
                    Units.bytes(each.bytesEgress()),
                    Units.bytes(each.bytesIngress()),
                    Units.count(each.drops()),
                    rates == null ? "" : Units.bytes(rates.bytesEgress()),
                    rates == null ? "" : Units.bytes(rates.bytesIngress()));
        }
        table.print(out());
        printRefused(namespaces);
    }
}
