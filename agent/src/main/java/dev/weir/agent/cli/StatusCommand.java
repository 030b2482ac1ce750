// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.cli;

import dev.weir.agent.config.ConfigException;
import dev.weir.agent.view.AgentView;
import dev.weir.agent.view.DeviceView;
import dev.weir.agent.view.DriftView;
import dev.weir.agent.view.Json;
import dev.weir.agent.view.StatusView;
import java.io.PrintWriter;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/// `weir status`.
@Command(
        name = "status",
        description = "What is in force: generation, policies, devices, drift, maps and their fill, last error.")
final class StatusCommand extends Verb {
    @Mixin
    AgentOptions agent;

    @Mixin
    OutputOption output = new OutputOption();

    StatusCommand(Wiring wiring) {
        this.agent = new AgentOptions(wiring);
    }

    @Override
    ExitCode run() throws CommandFailure, ConfigException {
        StatusView status = agent.ask("/api/v1/status", StatusView.class, AgentView::status, err());
        if (output.isJson()) {
            out().println(Json.pretty(status));
        } else {
            print(status, out());
        }
        return ExitCode.OK;
    }

    private static String remark(DeviceView device) {
        String error = device.error();
        if (error != null) {
            return error;
        }
        return device.withoutXdp() == null ? "" : "without XDP: " + device.withoutXdp();
    }

    private static String text(@Nullable Object value) {
        return value == null ? "" : value.toString();
    }

    private static String told(DriftView drift) {
        return drift.what() + (drift.ended() != null || drift.remedy() == null ? "" : "; " + drift.remedy());
    }

    private static void print(StatusView status, PrintWriter out) {
        line(out, "state", status.state().word());
        status.why().forEach(why -> line(out, "why", why));
        line(out, "generation", status.generation());
        line(out, "applied", status.appliedAt());
        line(out, "policies", status.policyDirectory());
        line(out, "hash", status.policyHash());
        line(out, "version", status.version());
        line(out, "pid", status.pid());
        line(out, "started", status.startedAt());
        if (status.refusedAddresses() > 0) {
            line(out, "refused", status.refusedAddresses() + " claims of addresses; `weir namespaces` tells which");
        }
        status.vantages().stream()
                .filter(each -> each.problem() != null)
                .forEach(each -> line(out, "vantage", each.name() + ": " + each.problem()));
        line(out, "last error", status.lastError());
        out.println();
        Table devices = new Table("NAMESPACE", "DEVICE", "IFINDEX>", "VANTAGE", "HOOK", "ATTACHED", "ERROR");
        status.devices()
                .forEach(each -> devices.add(
                        each.namespace(),
                        each.device(),
                        each.ifindex(),
                        each.vantage(),
                        String.join(",", each.hooks()),
                        each.attached() ? "yes" : "no",
                        remark(each)));
        devices.print(out);
        if (!status.drift().isEmpty()) {
            out.println();
            Table drift = new Table("DRIFT", "DEVICE", "HOOK", "SINCE", "ENDED", "WHAT");
            status.drift()
                    .forEach(each -> drift.add(
                            each.kind(),
                            text(each.device()),
                            text(each.hook()),
                            text(each.since()),
                            text(each.ended()),
                            told(each)));
            drift.print(out);
        }
        out.println();
        Table maps = new Table("MAP", "ENTRIES>", "CAPACITY>", "FILL>");
        status.maps()
                .forEach(each -> maps.add(
                        each.name(),
                        each.entries(),
                        each.capacity(),
                        each.capacity() == 0 ? "" : each.entries() * 100 / each.capacity() + "%"));
        maps.print(out);
    }

    private static void line(PrintWriter out, String name, @Nullable Object value) {
        out.println("%-12s%s".formatted(name, value == null ? "-" : Table.printable(value.toString())));
    }
}
