// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.cli;

import dev.weir.agent.view.Criterion;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/// The options of a verb that filter: one for each [Criterion], and one that turns away what it
/// matches. What is wrong with a value is for whoever reads the parameters to say.
final class Filters {
    private Filters() {}

    /// The command line of a verb, with these options.
    static CommandLine of(TrafficVerb verb) {
        CommandLine line = new CommandLine(verb);
        for (Criterion criterion : Criterion.values()) {
            line.getCommandSpec()
                    .addOption(option(criterion.word(), criterion, "Only these: " + criterion.meaning() + "."))
                    .addOption(option(criterion.negated(), criterion, "All but these; as --" + criterion.word() + "."));
        }
        return line;
    }

    private static OptionSpec option(String name, Criterion criterion, String description) {
        return OptionSpec.builder("--" + name)
                .paramLabel(criterion.form())
                .type(List.class)
                .auxiliaryTypes(String.class)
                .description(description)
                .build();
    }

    /// Puts what was given on the command line.
    static void put(CommandSpec spec, Query query) {
        for (Criterion criterion : Criterion.values()) {
            query.put(criterion.word(), given(spec, criterion.word()));
            query.put(criterion.negated(), given(spec, criterion.negated()));
        }
    }

    private static List<String> given(CommandSpec spec, String name) {
        return spec.commandLine().getParseResult().matchedOptionValue("--" + name, List.of());
    }
}
