// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.flow;

import dev.weir.abi.FlowBatch;
import dev.weir.agent.pins.WeirMaps;
import dev.weir.agent.view.FlowRow;
import dev.weir.agent.view.FlowWalk;
import java.util.OptionalInt;
import java.util.function.Consumer;

/// Walks over the flow table and gives what it shows names, as of the moment when it began.
final class FlowReader implements FlowWalk {
    private final WeirMaps maps;
    private final FlowBatch batch = new FlowBatch();
    private final TableRow row;
    private int position;

    FlowReader(WeirMaps maps, int position) {
        this.maps = maps;
        this.row = new TableRow(batch, Snapshot.read(maps), FlowClock.read());
        this.position = position;
    }

    @Override
    public boolean show(int count, Consumer<? super FlowRow> action) {
        OptionalInt next = maps.flows().readFrom(position, count, batch);
        for (int i = 0; i < batch.size(); i++) {
            if (row.at(i)) { // else its device went while we looked
                action.accept(row);
            }
        }
        position = next.orElse(position);
        return next.isPresent();
    }

    @Override
    public int position() {
        return position;
    }
}
