// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.cli;

import dev.weir.abi.Direction;
import dev.weir.abi.IpAddress;
import dev.weir.agent.config.WeirConfig;
import dev.weir.agent.view.AgentView;
import dev.weir.agent.view.CaptureView;
import dev.weir.agent.view.DiffView;
import dev.weir.agent.view.DoctorView;
import dev.weir.agent.view.ExplanationView;
import dev.weir.agent.view.FlowView;
import dev.weir.agent.view.LiveDiffView;
import dev.weir.agent.view.NamespaceView;
import dev.weir.agent.view.PoliciesView;
import dev.weir.agent.view.PolicyCheck;
import dev.weir.agent.view.StatusView;
import dev.weir.agent.view.WhyView;
import dev.weir.policy.Target;
import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What the commands do beyond reading arguments and printing: the parts that know policies and the kernel.
public record Wiring(
        AgentRunner agent,
        PolicyChecker checker,
        Explainer explainer,
        Asker asker,
        Differ differ,
        PinReader pins,
        Doctor doctor,
        Detacher detacher,
        Demo demo,
        Labs labs,
        Namespaces namespaces,
        WarmUp warmUp,
        OwnAddresses ownAddresses) {
    /// `weir run`.
    @FunctionalInterface
    public interface AgentRunner {
        /// Runs the agent until the process is told to stop.
        void run(WeirConfig config) throws CommandFailure;
    }

    /// `weir check`.
    @FunctionalInterface
    public interface PolicyChecker {
        /// Everything wrong or doubtful in these files, and in the policies of these directories.
        ///
        /// @param config gives namespaces their labels
        PolicyCheck check(List<Path> paths, WeirConfig config) throws CommandFailure;
    }

    /// `weir explain`.
    @FunctionalInterface
    public interface Explainer {
        /// What the policies of the configuration say.
        /// @param heldBy who holds the peer's address, `host` or a namespace; null: nobody
        ExplanationView explain(WeirConfig config, Question question, @Nullable String heldBy)
                throws CommandFailure, RefusedPolicies;
    }

    /// `weir why`.
    public interface Asker {
        /// What a capture is asked.
        /// @param namespace whose packets; null: those of the device, whatever is behind it
        /// @param device the host-side device; null: the namespace's first
        /// @param direction of all packets; null: the addresses tell
        /// @param limit packets at most
        record CaptureQuestion(
                @Nullable String namespace,
                @Nullable String device,
                @Nullable Direction direction,
                int limit) {}

        /// What the kernel would do with one opening of a flow.
        WhyView ask(WeirConfig config, Question question) throws CommandFailure;

        /// What the kernel would do with the packets of a capture.
        CaptureView replay(WeirConfig config, CaptureQuestion question, InputStream capture) throws CommandFailure;
    }

    /// `weir diff`.
    public interface Differ {
        /// Which traffic changes its verdict.
        /// @param was a directory of policies, or a file; `now` likewise
        /// @param only whose traffic; empty: all
        DiffView compare(WeirConfig config, Path was, Path now, Optional<Target> only)
                throws CommandFailure, RefusedPolicies;

        /// Judges flows as if these policies came into force.
        /// @param now a directory of policies, or a file
        /// @param namespaces all of them, for who holds which address
        /// @param inForce the policies that the flows were judged by
        FlowJudge candidate(WeirConfig config, Path now, List<NamespaceView> namespaces, PoliciesView inForce)
                throws CommandFailure, RefusedPolicies;
    }

    /// Judges flows that pass now.
    @FunctionalInterface
    public interface FlowJudge {
        /// What becomes of the flow; empty if it passes as before.
        Optional<LiveDiffView.Stopped> judge(FlowView flow) throws CommandFailure;
    }

    /// What commands that show something read when no agent runs.
    @FunctionalInterface
    public interface PinReader {
        /// The state that an agent left pinned under `bpffs`.
        AgentView read(Path bpffs) throws CommandFailure;
    }

    /// `weir doctor`.
    @FunctionalInterface
    public interface Doctor {
        /// What is wrong with the host.
        ///
        /// @param configFile where the configuration is; empty where it is that of no file
        /// @param status what the agent says; null where none runs
        DoctorView examine(WeirConfig config, Optional<Path> configFile, @Nullable StatusView status)
                throws CommandFailure;
    }

    /// `weir detach`.
    @FunctionalInterface
    public interface Detacher {
        /// Removes every link, pin and map under `bpffs`; returns a line for each thing that was removed.
        List<String> detach(Path bpffs) throws CommandFailure;
    }

    /// `weir demo`.
    @FunctionalInterface
    public interface Demo {
        /// Shows the main job step by step on `out`, and cleans up.
        void run(PrintWriter out) throws CommandFailure;
    }

    /// `weir lab`.
    public interface Labs {
        /// The commands that set up a topology, each a line for a shell.
        List<String> commands(Topology topology);

        /// Sets up a topology, or leaves everything as it was.
        void up(Topology topology) throws CommandFailure;

        /// Removes all that belongs to a topology.
        Removal down(Topology topology) throws CommandFailure;

        /// Whether this host routes IPv4.
        boolean forwards();
    }

    /// What the removal of things made by Weir did.
    /// @param removed what was removed
    /// @param leftAlone what has the name of one of them, and was made by others
    /// @param processes a sentence about each namespace that goes on without a name
    public record Removal(List<String> removed, List<String> leftAlone, List<String> processes) {
        public Removal {
            removed = List.copyOf(removed);
            leftAlone = List.copyOf(leftAlone);
            processes = List.copyOf(processes);
        }
    }

    /// `weir netns`.
    public interface Namespaces {
        /// A namespace to be made.
        /// @param bridge that it is to be a port of
        /// @param device the host's end of its veth
        record Wish(String name, String bridge, String device, List<HostAddress> addresses) {
            public Wish {
                addresses = List.copyOf(addresses);
            }
        }

        /// What has to be true before the namespace is let into the network.
        @FunctionalInterface
        interface Gate {
            /// Returns when it is.
            /// @throws CommandFailure when it does not come true
            void await() throws CommandFailure;
        }

        /// Makes a namespace, or leaves everything as it was.
        void add(Wish wish, Gate gate) throws CommandFailure;

        /// Removes a namespace that was so made, and all that belongs to it.
        Removal del(String name) throws CommandFailure;
    }

    /// `weir warm-up`.
    @FunctionalInterface
    public interface WarmUp {
        /// Does what an agent does as it starts.
        ///
        /// @param enforce as root and on a host where nothing else is; else nothing changes in the kernel
        void run(boolean enforce) throws CommandFailure;
    }

    /// `weir suggest`.
    @FunctionalInterface
    public interface OwnAddresses {
        /// The addresses of a vantage itself.
        /// @param vantage its name; empty: that of this process
        Set<IpAddress> of(String vantage) throws CommandFailure;
    }
}
