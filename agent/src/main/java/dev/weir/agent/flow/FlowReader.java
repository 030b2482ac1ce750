// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.flow;

import dev.weir.abi.FlowBatch;
import dev.weir.agent.pins.WeirMaps;
import dev.weir.agent.view.FlowPart;
import dev.weir.agent.view.FlowRow;
import dev.weir.agent.view.FlowWalk;
import java.util.OptionalInt;
import java.util.function.Consumer;

/// Walks over the flow table and gives what it shows names, as of the moment when it began.
final class FlowReader implements FlowWalk {
    private final WeirMaps maps;
    private final TableRow row;
    private final FlowBatch[] batches = {new FlowBatch(), new FlowBatch()}; // one is read while the other is shown
    private int turn;
    private int position;

    FlowReader(WeirMaps maps, int position) {
        this.maps = maps;
        this.row = new TableRow(Snapshot.read(maps), FlowClock.read());
        this.position = position;
    }

    @Override
    public FlowPart read(int count) {
        turn ^= 1;
        FlowBatch batch = batches[turn];
        OptionalInt next = maps.flows().readFrom(position, count, batch);
        position = next.orElse(position);
        return new Part(batch, next.isEmpty());
    }

    @Override
    public int position() {
        return position;
    }

    private final class Part implements FlowPart {
        private final FlowBatch flows;
        private final boolean last;

        Part(FlowBatch flows, boolean last) {
            this.flows = flows;
            this.last = last;
        }

        @Override
        public void show(Consumer<? super FlowRow> action) {
            row.of(flows);
            for (int i = 0; i < flows.size(); i++) {
                if (row.at(i)) { // else its device went while we looked
                    action.accept(row);
                }
            }
        }

        @Override
        public boolean isLast() {
            return last;
        }
    }
}
