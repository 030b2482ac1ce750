// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent;

import dev.weir.agent.wire.Barrage;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/// When datagrams of one kind came through, by what they say of themselves: kept as runs, within which none
/// of that kind is missing. For one writer; to be read when it has ended.
final class Runs {
    private final int[] rank; // by place in a round: which of its kind a datagram is
    private final int ofARound;
    private final List<Run> runs = new ArrayList<>();
    private long before = Long.MIN_VALUE; // the number of the last one among its kind

    /// @param round the kind of each datagram of a round, by their order
    Runs(List<Integer> round, int kind) {
        rank = new int[round.size()];
        int count = 0;
        for (int i = 0; i < rank.length; i++) {
            rank[i] = count;
            if (round.get(i) == kind) {
                count++;
            }
        }
        ofARound = count;
    }

    /// From the first to the last datagram, none missing.
    static final class Run {
        final Runs kind;
        final Barrage.Shot first;
        Barrage.Shot last;
        private Barrage.Shot second; // the first of a later round than the first one's, if there is one

        private Run(Runs kind, Barrage.Shot first) {
            this.kind = kind;
            this.first = first;
            this.last = first;
            this.second = first;
        }

        private void extend(Barrage.Shot shot) {
            last = shot;
            if (second.round() == first.round()) {
                second = shot;
            }
        }

        /// Whether a datagram of this run was sent between two of the other, or the other way round.
        boolean crosses(Run other) {
            return isBefore(first, other.last) && isBefore(other.first, last);
        }

        /// A time at which only this run was let through: when the first round began that is none of `other`.
        long nanosAfter(Run other) {
            return first.round() > other.last.round() ? first.nanos() : second.nanos();
        }

        @Override
        public String toString() {
            return first + " to " + last;
        }
    }

    void add(Barrage.Shot shot) {
        long number = shot.round() * ofARound + rank[shot.place()];
        if (number == before + 1) {
            runs.getLast().extend(shot);
        } else {
            runs.add(new Run(this, shot));
        }
        before = number;
    }

    static boolean isBefore(Barrage.Shot one, Barrage.Shot other) {
        return one.round() < other.round() || (one.round() == other.round() && one.place() < other.place());
    }

    /// The runs of two kinds in the order in which they were sent, of neighbours of one kind only the ends.
    static List<Run> merged(Runs one, Runs other) {
        List<Run> merged = new ArrayList<>();
        Stream.concat(one.runs.stream(), other.runs.stream())
                .sorted((left, right) -> isBefore(left.first, right.first) ? -1 : 1)
                .forEach(run -> {
                    if (!merged.isEmpty() && merged.getLast().kind == run.kind) {
                        Stream.of(run.first, run.second, run.last).forEach(merged.getLast()::extend);
                    } else {
                        merged.add(run);
                    }
                });
        return merged;
    }
}
