// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.cli;

import dev.weir.abi.IpAddress;
import dev.weir.agent.config.ConfigException;
import dev.weir.agent.view.Json;
import dev.weir.agent.view.NamespaceView;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

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
        if (output.isJson()) {
            out().println(Json.pretty(listing));
        } else {
            print(listing.namespaces());
        }
        return ExitCode.OK;
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
