// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.cli;

import dev.weir.abi.Direction;
import dev.weir.agent.view.ExplanationView;
import java.io.PrintWriter;

/// An explanation as text for people.
final class ExplanationPrinter {
    private final PrintWriter out;

    ExplanationPrinter(PrintWriter out) {
        this.out = out;
    }

    void print(ExplanationView view) {
        line(view.answer().verdict().word() + ": " + subject(view));
        by(view.answer());
        if (view.enforced() != null) {
            line("    passes now: the enforced policies say "
                    + view.enforced().verdict().word());
            by(view.enforced());
        }
        out.println();
        if (view.policies().isEmpty()) {
            line("No policy selects " + view.namespace() + ".");
        } else {
            line("Policies that select " + view.namespace() + ", in the order of judgement:");
            Table policies = new Table("PRIORITY>", "POLICY", "MODE", "PLACE");
            view.policies().forEach(each -> policies.add(each.priority(), each.policy(), each.mode(), each.place()));
            policies.print(out);
        }
        if (!view.near().isEmpty()) {
            out.println();
            near(view);
        }
        if (!view.notes().isEmpty()) {
            out.println();
        }
        view.notes().forEach(note -> line("note: " + note));
    }

    /// `tcp/80 from 192.0.2.7 (held by red) into blue`.
    static String subject(ExplanationView view) {
        String peer = view.peer() + (view.heldBy() == null ? "" : " (held by " + view.heldBy() + ")");
        return view.direction() == Direction.INGRESS
                ? view.service() + " from " + peer + " into " + view.namespace()
                : view.service() + " out of " + view.namespace() + " to " + peer;
    }

    private void by(ExplanationView.Answer answer) {
        StringBuilder text = new StringBuilder("    by ").append(answer.name());
        if (answer.policy().isEmpty()) {
            text.append(" of weir.yaml");
        }
        if (answer.match() != null) {
            text.append(", as ").append(answer.match());
        }
        if (answer.place() != null) {
            text.append("\n    at ").append(answer.place());
        }
        line(text.toString());
    }

    private void near(ExplanationView view) {
        int shown = view.near().size();
        line("Rules before it that nearly matched"
                + (shown < view.nearCount() ? ", the last " + shown + " of " + view.nearCount() : "") + ":");
        Table rules = new Table("RULE", "SAYS", "PEER", "SERVICE", "PLACE");
        for (ExplanationView.Near each : view.near()) {
            String peer = each.match() == null ? "no: " + each.peers() : "yes: " + each.match();
            boolean trial = each.peerMatches() && each.serviceMatches();
            rules.add(
                    each.policy() + "/" + view.direction() + "/" + each.rule(),
                    each.verdict().word() + (trial ? ", in audit mode" : ""),
                    peer,
                    (each.serviceMatches() ? "yes: " : "no: ") + each.services(),
                    each.place());
        }
        rules.print(out);
    }

    private void line(String text) {
        out.println(Table.printable(text));
    }
}
