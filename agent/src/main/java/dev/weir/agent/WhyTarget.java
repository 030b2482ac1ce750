// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent;

import dev.weir.abi.Answer;
import dev.weir.abi.CellOwner;
import dev.weir.abi.DeviceKey;
import dev.weir.abi.Direction;
import dev.weir.abi.Endpoint;
import dev.weir.abi.Settings;
import dev.weir.abi.State;
import dev.weir.agent.cli.CommandFailure;
import dev.weir.agent.cli.ExitCode;
import dev.weir.agent.config.WeirConfig;
import dev.weir.agent.pins.Links;
import dev.weir.agent.pins.PinPaths;
import dev.weir.agent.pins.WeirMaps;
import dev.weir.agent.view.DropReason;
import dev.weir.agent.view.Judgement;
import dev.weir.agent.view.Verdict;
import dev.weir.agent.why.Asker;
import dev.weir.agent.why.Endpoints;
import dev.weir.agent.why.Frames;
import dev.weir.bpf.BpfException;
import dev.weir.net.NetException;
import dev.weir.net.NetworkNamespace;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The device that `weir why` asks about, with the programs to ask.
///
/// @param notes what was taken for granted when the device was chosen
record WhyTarget(Asker asker, Endpoints endpoints, Endpoint endpoint, List<String> notes) implements AutoCloseable {
    /// @param namespace name of one; null: whatever is behind the device
    /// @param device name of a host-side device, which that of its vantage and a slash may stand before; null: the
    /// namespace's first by ifindex
    static WhyTarget open(WeirConfig config, @Nullable String namespace, @Nullable String device)
            throws CommandFailure {
        PinPaths pins = new PinPaths(config.bpffs());
        try {
            Asker.require(pins);
            Endpoint endpoint = endpoint(pins, namespace, device);
            Settings settings = Asker.settings(pins, endpoint.key())
                    .orElseGet(() -> Settings.of(endpoint.vantage(), config.otherL2()));
            Asker asker = Asker.open(pins, settings);
            Endpoints endpoints = Endpoints.read(asker.maps());
            return new WhyTarget(asker, endpoints, endpoint, notes(endpoints, endpoint, device, pins));
        } catch (Asker.Unanswerable e) {
            throw new CommandFailure(ExitCode.FAILED, String.valueOf(e.getMessage()), e);
        }
    }

    private static Endpoint endpoint(PinPaths pins, @Nullable String namespace, @Nullable String device)
            throws CommandFailure {
        try (WeirMaps maps = WeirMaps.openPinned(pins)) {
            return choose(Endpoints.read(maps), namespace, device);
        }
    }

    /// What the device is called by whoever looks at all vantages.
    String device() {
        return endpoints.called(endpoint);
    }

    /// Asks in the network namespace that the device is in.
    <T> T inside(NetworkNamespace.Task<T, CommandFailure> question) throws CommandFailure {
        if (endpoint.vantage() == DeviceKey.HOST) {
            return question.run();
        }
        Path name = Path.of("/run/netns", device().substring(0, device().indexOf('/')));
        try (NetworkNamespace vantage = NetworkNamespace.open(name)) {
            return vantage.call(question);
        } catch (NetException e) {
            throw new CommandFailure(
                    ExitCode.FAILED, "ask about %s in its vantage: %s".formatted(device(), e.getMessage()), e);
        }
    }

    /// What the kernel would do with a frame; one that leaves is sent from the MAC that may leave, if it has none of
    /// its
    /// own.
    Answer ask(Direction direction, byte[] frame) {
        byte[] sent = direction == Direction.EGRESS ? Frames.sentFrom(endpoint.guardMac(), frame) : frame;
        return asker.ask(direction, endpoint.ifindex(), sent);
    }

    /// An answer in the words of users.
    Judgement judgement(Answer answer) {
        State state = asker.maps().readState();
        long generation = state.generation(answer.epoch()).number();
        Judgement.Basis basis = switch (answer.basis()) {
            case RULES -> Judgement.Basis.NEW;
            case CACHED -> Judgement.Basis.CACHED;
            case KEPT -> Judgement.Basis.KEPT;
        };
        if (!answer.decided()) {
            DropReason reason = DropReason.of(answer.outcome()).orElse(null);
            Verdict verdict = reason == null ? Verdict.ALLOW : Verdict.DENY;
            return new Judgement(verdict, reason, "", null, null, basis, generation);
        }
        Verdict verdict = Verdict.of(answer.verdict());
        Optional<CellOwner> owner = asker.maps().owners().lookup(answer.cell());
        return new Judgement(
                verdict,
                verdict.passes() ? null : DropReason.POLICY,
                owner.map(CellOwner::policy).orElse(""),
                owner.map(CellOwner::rule).orElse(null),
                owner.map(CellOwner::direction).orElse(null),
                basis,
                generation);
    }

    @Override
    public void close() {
        asker.close();
    }

    private static Endpoint choose(Endpoints endpoints, @Nullable String namespace, @Nullable String device)
            throws CommandFailure {
        List<Endpoint> candidates = namespace == null ? endpoints.all() : endpoints.of(namespace);
        if (candidates.isEmpty()) {
            throw new CommandFailure(
                    ExitCode.FAILED,
                    "no device of " + (namespace == null ? "this host" : "a namespace called " + namespace)
                            + " is enforced; enforced are "
                            + (endpoints.namespaces().isEmpty() ? "none" : String.join(", ", endpoints.namespaces())));
        }
        return candidates.stream()
                .filter(candidate -> device == null
                        || candidate.device().equals(device)
                        || endpoints.called(candidate).equals(device))
                .findFirst()
                .orElseThrow(() -> new CommandFailure(
                        ExitCode.FAILED,
                        "no device " + device + (namespace == null ? "" : " that leads to " + namespace)
                                + " is enforced; expected "
                                + String.join(
                                        " or ",
                                        candidates.stream()
                                                .map(endpoints::called)
                                                .toList())));
    }

    private static List<String> notes(Endpoints endpoints, Endpoint chosen, @Nullable String device, PinPaths pins) {
        List<String> notes = new ArrayList<>();
        List<Endpoint> all = endpoints.of(chosen.namespaceName());
        if (device == null && all.size() > 1) {
            notes.add(chosen.namespaceName() + " has " + all.size() + " devices; this is " + endpoints.called(chosen)
                    + ", --device names another");
        }
        if (!new Links(pins).attachments().tcx().contains(chosen.key())) {
            notes.add("no live link is pinned for " + endpoints.called(chosen) + ", so nothing judges its packets now");
        }
        return notes;
    }

    /// What a kernel that refuses makes of a command.
    static CommandFailure failure(BpfException e) {
        boolean barred = e instanceof BpfException.NotPermitted || e instanceof BpfException.Unsupported;
        return new CommandFailure(barred ? ExitCode.NOT_PERMITTED : ExitCode.FAILED, String.valueOf(e.getMessage()), e);
    }
}
