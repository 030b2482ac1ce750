// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent;

import dev.weir.abi.IpAddress;
import dev.weir.agent.view.AgentView;
import dev.weir.agent.view.Build;
import dev.weir.agent.view.EventPage;
import dev.weir.agent.view.EventQuery;
import dev.weir.agent.view.FlowPart;
import dev.weir.agent.view.FlowRow;
import dev.weir.agent.view.FlowWalk;
import dev.weir.agent.view.InterfaceView;
import dev.weir.agent.view.MeterSnapshot;
import dev.weir.agent.view.MeterTally;
import dev.weir.agent.view.NamespaceView;
import dev.weir.agent.view.PeerPage;
import dev.weir.agent.view.PeerQuery;
import dev.weir.agent.view.PoliciesView;
import dev.weir.agent.view.StatusView;
import java.time.Instant;
import java.util.List;
import java.util.function.Consumer;

/// What is served from the moment the address is taken until the first generation is in force: nothing, and not
/// ready. The address is taken first, so that a start that fails for want of it has changed nothing in the kernel.
final class StartingView implements AgentView {
    private static final FlowPart NO_PART = new FlowPart() {
        @Override
        public void show(Consumer<? super FlowRow> action) {}

        @Override
        public boolean isLast() {
            return true;
        }
    };

    private static final FlowWalk NO_FLOWS = new FlowWalk() {
        @Override
        public FlowPart read(int count) {
            return NO_PART;
        }

        @Override
        public int position() {
            return 0;
        }
    };

    private final String policyDirectory;
    private final Instant startedAt = Instant.now();
    private volatile AgentView started = this;

    StartingView(String policyDirectory) {
        this.policyDirectory = policyDirectory;
    }

    Instant startedAt() {
        return startedAt;
    }

    /// From now on `view` answers.
    void become(AgentView view) {
        started = view;
    }

    @Override
    public StatusView status() {
        return started != this
                ? started.status()
                : new StatusView(
                        Build.current().version(),
                        StatusView.State.NOT_ENFORCING,
                        List.of("the agent is starting"),
                        0,
                        null,
                        null,
                        startedAt,
                        ProcessHandle.current().pid(),
                        policyDirectory,
                        List.of(),
                        List.of(),
                        List.of(),
                        List.of(),
                        0,
                        "the agent is starting");
    }

    @Override
    public List<InterfaceView> interfaces(String namespace) {
        return started != this ? started.interfaces(namespace) : List.of();
    }

    @Override
    public List<NamespaceView> namespaces() {
        return started != this ? started.namespaces() : List.of();
    }

    @Override
    public List<IpAddress> hostAddresses() {
        return started != this ? started.hostAddresses() : List.of();
    }

    @Override
    public PoliciesView policies() {
        return started != this ? started.policies() : new PoliciesView(0, null, null, List.of(), List.of(), List.of());
    }

    @Override
    public PoliciesView policies(String namespace) {
        return started != this ? started.policies(namespace) : policies();
    }

    @Override
    public FlowWalk walk(int position) {
        return started != this ? started.walk(position) : NO_FLOWS;
    }

    @Override
    public EventPage events(EventQuery query) {
        return started != this ? started.events(query) : EventPage.EMPTY;
    }

    @Override
    public PeerPage peers(PeerQuery query) {
        return started != this ? started.peers(query) : PeerPage.EMPTY;
    }

    @Override
    public MeterSnapshot meters() {
        return started != this
                ? started.meters()
                : new MeterSnapshot(
                        new MeterTally(),
                        List.of(),
                        List.of(),
                        List.of(),
                        new MeterSnapshot.Policy(0, 0, 0, 0, false, null),
                        List.of(),
                        List.of(),
                        List.of(),
                        List.of(),
                        0,
                        Build.current());
    }
}
