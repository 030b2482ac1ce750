// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.cli;

import dev.weir.abi.IpAddress;
import dev.weir.agent.config.ConfigException;
import dev.weir.agent.view.Json;
import dev.weir.agent.view.NamespaceView;
import java.util.List;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/// `weir namespaces`.
@Command(
        name = "namespaces",
        description = "Each namespace: devices, addresses, policies, and what it sent and received.")
final class NamespacesCommand extends Verb {
    @Mixin
    AgentOptions agent;

    @Mixin
    OutputOption output = new OutputOption();

    NamespacesCommand(Wiring wiring) {
        this.agent = new AgentOptions(wiring);
    }

    @Override
    ExitCode run() throws CommandFailure, ConfigException {
        NamespaceView.Listing listing = agent.ask(
                "/api/v1/namespaces",
                NamespaceView.Listing.class,
                pins -> new NamespaceView.Listing(pins.namespaces()),
                err());
        if (output.isJson()) {
            out().println(Json.pretty(listing));
        } else {
            print(listing.namespaces());
        }
        return ExitCode.OK;
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
                "NAMESPACE", "INODE>", "DEVICES", "ADDRESSES", "POLICIES", "FLOWS>", "SENT>", "RECEIVED>", "DROPS>");
        for (NamespaceView each : namespaces) {
            table.add(
                    each.name(),
                    each.inode() == 0 ? "" : each.inode(),
                    String.join(",", each.devices()),
                    each.addresses().stream().map(IpAddress::toString).collect(Collectors.joining(",")),
                    String.join(",", each.policies()),
                    Units.count(each.flows()),
                    Units.bytes(each.bytesEgress()),
                    Units.bytes(each.bytesIngress()),
                    Units.count(each.drops()));
        }
        table.print(out());
        printRefused(namespaces);
    }
}
