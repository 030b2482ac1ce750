// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.cli;

import dev.weir.agent.view.BadQuery;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Mixin;

/// A verb that asks for a page of flows or events.
abstract sealed class TrafficVerb extends Verb permits FlowsCommand, EventsCommand {
    @Mixin
    AgentOptions agent;

    @Mixin
    OutputOption output = new OutputOption();

    @Mixin
    TrafficOptions traffic = new TrafficOptions();

    TrafficVerb(Wiring wiring) {
        this.agent = new AgentOptions(wiring);
    }

    /// How a page's query is read from its parameters.
    interface Reader<T> {
        T parse(Map<String, List<String>> parameters) throws BadQuery;
    }

    /// @throws CommandFailure that names the verb and all that is wrong
    static <T> T query(String verb, Map<String, List<String>> parameters, Reader<T> reader) throws CommandFailure {
        try {
            return reader.parse(parameters);
        } catch (BadQuery e) {
            String said = verb + ": " + String.join("\nweir: " + verb + ": ", e.problems());
            throw new CommandFailure(ExitCode.USAGE, said, e);
        }
    }
}
