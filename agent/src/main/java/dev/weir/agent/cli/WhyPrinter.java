// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.cli;

import dev.weir.abi.Direction;
import dev.weir.abi.IpAddress;
import dev.weir.agent.view.CaptureView;
import dev.weir.agent.view.Judgement;
import dev.weir.agent.view.WhyView;
import java.io.PrintWriter;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Answers of the kernel as text for people.
final class WhyPrinter {
    private final PrintWriter out;

    WhyPrinter(PrintWriter out) {
        this.out = out;
    }

    void print(WhyView view) {
        Judgement judgement = view.judgement();
        line(judgement.verdict().word() + ": " + subject(view) + " through " + view.device());
        if (judgement.rule() != null) {
            line("    by " + judgement.by() + (judgement.rule().equals("unselected") ? " of weir.yaml" : ""));
        } else if (judgement.reason() != null) {
            line("    reason: " + judgement.reason().word());
        }
        if (view.place() != null) {
            line("    at " + view.place());
        }
        line("    " + basis(judgement));
        notes(view.notes());
    }

    void print(CaptureView view) {
        Table table = new Table(
                "NUMBER>", "TIME", "PROTOCOL", "SOURCE", "DESTINATION", "DIRECTION", "VERDICT", "BY", "JUDGED");
        for (CaptureView.Packet packet : view.packets()) {
            Judgement judgement = packet.judgement();
            table.add(
                    packet.number(),
                    packet.time(),
                    packet.protocol(),
                    address(packet.source(), packet.sourcePort()),
                    address(packet.destination(), packet.destinationPort()),
                    packet.direction() == null ? "" : packet.direction(),
                    judgement == null ? "" : judgement.verdict().word(),
                    judgement == null ? String.valueOf(packet.skipped()) : judgement.by(),
                    judgement == null ? "" : judgement.basis().word());
        }
        table.print(out);
        String summary = view.summary().entrySet().stream()
                .map(entry -> entry.getValue() + " " + entry.getKey())
                .collect(Collectors.joining(", "));
        int count = view.packets().size();
        line((view.more() ? "the first " + count : "total " + count)
                + (summary.isEmpty() ? "" : ": " + summary)
                + (view.more() ? "; the capture goes on" : ""));
        if (view.padded() > 0) {
            line("cut by the capture behind their headers, and judged by these: " + view.padded());
        }
        if (view.shortened() > 0) {
            line("longer than can be asked about, and judged by their headers: " + view.shortened());
        }
        notes(view.notes());
    }

    private static String subject(WhyView view) {
        String peer = view.peer() + (view.heldBy() == null ? "" : " (held by " + view.heldBy() + ")");
        String own = view.namespace() + " (" + view.inside() + ")";
        return view.direction() == Direction.INGRESS
                ? view.service() + " from " + peer + " into " + own
                : view.service() + " out of " + own + " to " + peer;
    }

    private static String basis(Judgement judgement) {
        return switch (judgement.basis()) {
            case NEW -> "a new judgement, by generation " + judgement.generation();
            case CACHED -> "the cached verdict of a live flow, of generation " + judgement.generation();
            case KEPT -> "kept by a live flow from before generation " + judgement.generation();
        };
    }

    private static String address(@Nullable IpAddress address, @Nullable Integer port) {
        if (address == null) {
            return "";
        }
        if (port == null) {
            return address.toString();
        }
        return address.isV4() ? address + ":" + port : "[" + address + "]:" + port;
    }

    private void notes(List<String> notes) {
        if (!notes.isEmpty()) {
            out.println();
        }
        notes.forEach(note -> line("note: " + note));
    }

    private void line(String text) {
        out.println(Table.printable(text));
    }
}
