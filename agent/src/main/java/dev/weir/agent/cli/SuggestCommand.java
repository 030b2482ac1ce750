// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.cli;

import dev.weir.abi.IpAddress;
import dev.weir.agent.config.ConfigException;
import dev.weir.agent.suggest.Neighbours;
import dev.weir.agent.suggest.Observation;
import dev.weir.agent.suggest.Suggestion;
import dev.weir.agent.view.BadQuery;
import dev.weir.agent.view.EventPage;
import dev.weir.agent.view.EventQuery;
import dev.weir.agent.view.FlowPage;
import dev.weir.agent.view.FlowQuery;
import dev.weir.agent.view.NamespaceView;
import dev.weir.policy.Glob;
import dev.weir.policy.yaml.PolicyLoader;
import dev.weir.yaml.Diagnostic;
import dev.weir.yaml.Words;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/// `weir suggest`.
@Command(
        name = "suggest",
        description = "A policy that allows what a namespace's live flows do, and denies the rest.",
        footer = {
            "",
            "Only flows that are live now are seen: let the namespace do all that it is to",
            "do, then ask. Nothing is generalised but by --any-above: addresses become a",
            "prefix, and ports a range, where all of it was seen. Save what is printed in",
            "the directory of policies, with `mode: audit` at first."
        })
final class SuggestCommand extends Verb {
    private final Wiring wiring;

    @Mixin
    AgentOptions agent;

    @Option(names = "--namespace", required = true, paramLabel = "NAME", description = "Whose flows.")
    String namespace = "";

    @Option(names = "--name", paramLabel = "NAME", description = "The policy's name; the namespace's when absent.")
    @Nullable
    String name;

    @Option(
            names = "--any-above",
            paramLabel = "COUNT",
            description = "Allow a service for any peer if it has more than so many addresses that neither a"
                    + " namespace nor the host holds; never when absent.")
    @Nullable
    Long anyAbove;

    SuggestCommand(Wiring wiring) {
        this.wiring = wiring;
        this.agent = new AgentOptions(wiring);
    }

    @Override
    ExitCode run() throws CommandFailure, ConfigException {
        if (anyAbove != null && anyAbove < 0) {
            throw new ParameterException(spec().commandLine(), "--any-above is " + anyAbove + ", expected 0 or more");
        }
        if (!new Glob(namespace).isName() || !namespace.codePoints().allMatch(Words::isVisible)) {
            throw failure(
                    ExitCode.USAGE, "no policy can name it alone: its name is a pattern, or holds what is not shown");
        }
        List<NamespaceView> all = agent.ask(
                        "/api/v1/namespaces",
                        NamespaceView.Listing.class,
                        pins -> new NamespaceView.Listing(pins.namespaces(), pins.hostAddresses()),
                        err())
                .namespaces();
        NamespaceView own = all.stream()
                .filter(each -> each.name().equals(namespace))
                .findAny()
                .orElseThrow(() -> failure(ExitCode.FAILED, "there is no such namespace; `weir namespaces` lists all"));
        Map<String, Set<IpAddress>> hosts = new HashMap<>();
        for (String device : own.devices()) {
            String vantage = Neighbours.vantage(device);
            hosts.put(vantage, wiring.ownAddresses().of(vantage));
        }
        Observation seen = observe(new Observation(new Neighbours(all, hosts)));
        if (seen.flows() == 0) {
            throw failure(
                    ExitCode.FAILED, "it has no live flow that passes; let it do what it is to do, and ask meanwhile");
        }
        String text = Suggestion.text(
                new Suggestion.Request(
                        namespace, name == null ? namespace : name, anyAbove == null ? Long.MAX_VALUE : anyAbove),
                seen,
                own.policies());
        check(text);
        out().print(text);
        return ExitCode.OK;
    }

    /// Reads all flows, page by page, and the events that are still known. In the table's own order, in which each flow
    /// that is there all the time comes exactly once.
    private Observation observe(Observation seen) throws CommandFailure, ConfigException {
        Query asked = new Query().put("namespace", namespace).put("limit", String.valueOf(FlowQuery.MAX_LIMIT));
        try {
            EventQuery events = EventQuery.parse(asked.parameters());
            agent.ask(asked.target("/api/v1/events"), EventPage.class, pins -> pins.events(events), err())
                    .events()
                    .forEach(seen::event);
            asked.put("sort", FlowQuery.Sort.NONE.word());
            FlowPage page;
            do {
                FlowQuery query = FlowQuery.parse(asked.parameters());
                page = agent.ask(asked.target("/api/v1/flows"), FlowPage.class, pins -> pins.flows(query), err());
                page.flows().forEach(seen::flow);
                asked.put("cursor", page.nextCursor());
            } while (page.nextCursor() != null);
            return seen;
        } catch (BadQuery e) {
            throw new CommandFailure(ExitCode.USAGE, "suggest: " + String.join("\nweir: suggest: ", e.problems()), e);
        }
    }

    /// What is printed is a policy, or nothing is printed.
    private void check(String text) throws CommandFailure {
        if (PolicyLoader.parse("suggested.yaml", text) instanceof PolicyLoader.Refused refused) {
            Diagnostic first = refused.diagnostics().getFirst();
            throw failure(
                    ExitCode.FAILED,
                    "what was seen makes no policy (%s); try another --name, or --any-above for fewer addresses"
                            .formatted(first.summary()));
        }
    }

    private CommandFailure failure(ExitCode code, String why) {
        return new CommandFailure(code, "suggest a policy for namespace " + namespace + ": " + why);
    }
}
