// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.ipfix;

import dev.weir.abi.Flow;
import dev.weir.abi.FlowKey;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/// What was told last of each flow that lives on, so that the next record tells the rest: a hash table
/// outside the heap, 48 bytes a flow, that grows and shrinks with what it holds up to [#LIMIT]. A flow is
/// known by a hash of its key and of when it was opened, under a secret, so that nobody can choose flows
/// that are taken for one another; among a full table it happens by chance once in some hundred million
/// times. Not for several threads.
final class FlowMemory {
    /// Flows that it remembers, at most: a table of 24 MiB.
    static final int LIMIT = 393_216;

    /// Where a flow is not remembered.
    static final int NONE = -1;

    private static final int SMALLEST = 1024;
    private static final int ENTRY = 48;
    private static final int ID = 0; // 0: the place is free
    private static final int EGRESS_PACKETS = 8;
    private static final int INGRESS_PACKETS = 16;
    private static final int EGRESS_BYTES = 24;
    private static final int INGRESS_BYTES = 32;
    private static final int TOLD_AT = 40; // milliseconds since the exporter started, as 32 bits
    private static final int SEEN_IN = 44; // the walk that saw it last

    private final long secret;
    private final int limit;
    private ByteBuffer table;
    private int places; // a power of two
    private int size;

    /// @param secret that nobody else knows
    FlowMemory(long secret) {
        this(secret, LIMIT);
    }

    /// As the other, for so many flows.
    FlowMemory(long secret, int limit) {
        this.secret = secret;
        this.limit = limit;
        this.places = SMALLEST;
        this.table = room(places);
    }

    private static ByteBuffer room(int places) {
        return ByteBuffer.allocateDirect(places * ENTRY).order(ByteOrder.nativeOrder());
    }

    /// By what a flow is known; never 0.
    long id(FlowKey key, Flow flow) {
        long hash = secret;
        hash = mix(hash ^ key.inside().high());
        hash = mix(hash ^ key.inside().low());
        hash = mix(hash ^ key.outside().high());
        hash = mix(hash ^ key.outside().low());
        hash = mix(hash ^ ((long) key.ifindex() << 32 | (long) key.insidePort() << 16 | key.outsidePort()));
        hash = mix(hash ^ ((long) key.vantage() << 8 | key.protocol()));
        hash = mix(hash ^ flow.openedNanos());
        return hash == 0 ? 1 : hash;
    }

    /// A bijection whose every bit depends on every bit, with the secret in each round.
    private long mix(long bits) {
        long mixed = (bits ^ bits >>> 32) * 0xd6e8feb86659fd93L + secret;
        mixed = (mixed ^ mixed >>> 32) * 0xd6e8feb86659fd93L;
        return mixed ^ mixed >>> 32;
    }

    /// Where the flow is, until something is added or removed; [#NONE]: nowhere.
    int find(long id) {
        for (int place = home(id); ; place = next(place)) {
            long there = at(place);
            if (there == id) {
                return place;
            }
            if (there == 0) {
                return NONE;
            }
        }
    }

    /// Whether one more would be remembered.
    boolean hasRoom() {
        return size < limit;
    }

    int size() {
        return size;
    }

    long egressPackets(int place) {
        return table.getLong(place * ENTRY + EGRESS_PACKETS);
    }

    long ingressPackets(int place) {
        return table.getLong(place * ENTRY + INGRESS_PACKETS);
    }

    long egressBytes(int place) {
        return table.getLong(place * ENTRY + EGRESS_BYTES);
    }

    long ingressBytes(int place) {
        return table.getLong(place * ENTRY + INGRESS_BYTES);
    }

    /// When it was told of last, as [#remember] was given it.
    int toldAt(int place) {
        return table.getInt(place * ENTRY + TOLD_AT);
    }

    /// Says that a walk has seen it.
    void see(int place, int walk) {
        table.putInt(place * ENTRY + SEEN_IN, walk);
    }

    /// Remembers that all that the flow has counted was told. Where there is no room and it is not there, nothing
    /// happens.
    ///
    /// @param toldAt milliseconds since whenever
    void remember(long id, Flow flow, int toldAt, int walk) {
        int place = find(id);
        if (place == NONE) {
            if (!hasRoom()) {
                return;
            }
            if ((size + 1) * 4L > places * 3L) {
                resize(places * 2);
            }
            place = free(id);
            table.putLong(place * ENTRY + ID, id);
            size++;
        }
        int entry = place * ENTRY;
        table.putLong(entry + EGRESS_PACKETS, flow.egressPackets());
        table.putLong(entry + INGRESS_PACKETS, flow.ingressPackets());
        table.putLong(entry + EGRESS_BYTES, flow.egressBytes());
        table.putLong(entry + INGRESS_BYTES, flow.ingressBytes());
        table.putInt(entry + TOLD_AT, toldAt);
        table.putInt(entry + SEEN_IN, walk);
    }

    /// Forgets the flow, if it is there.
    void forget(long id) {
        int place = find(id);
        if (place != NONE) {
            remove(place);
        }
    }

    /// Forgets all that neither this walk has seen nor the one before it.
    void forgetUnseen(int walk) {
        int place = 0;
        while (place < places) {
            if (at(place) != 0 && walk - table.getInt(place * ENTRY + SEEN_IN) > 1) {
                remove(place); // another may have come in its place
            } else {
                place++;
            }
        }
        if (places > SMALLEST && size * 8L < places) {
            resize(places / 2);
        }
    }

    /// Moves up those behind it, so that a search from their homes meets no gap.
    private void remove(int place) {
        int gap = place;
        for (int later = next(gap); at(later) != 0; later = next(later)) {
            int home = home(at(later));
            boolean reachable = gap <= later ? home > gap && home <= later : home > gap || home <= later;
            if (!reachable) {
                copy(table, later, gap);
                gap = later;
            }
        }
        table.putLong(gap * ENTRY + ID, 0);
        size--;
    }

    private void resize(int newPlaces) {
        ByteBuffer old = table;
        int oldPlaces = places;
        table = room(newPlaces);
        places = newPlaces;
        for (int place = 0; place < oldPlaces; place++) {
            long id = old.getLong(place * ENTRY + ID);
            if (id != 0) {
                copy(old, place, free(id));
            }
        }
    }

    private void copy(ByteBuffer from, int place, int to) {
        table.put(to * ENTRY, from, place * ENTRY, ENTRY);
    }

    private int free(long id) {
        int place = home(id);
        while (at(place) != 0) {
            place = next(place);
        }
        return place;
    }

    private long at(int place) {
        return table.getLong(place * ENTRY + ID);
    }

    private int home(long id) {
        return (int) id & places - 1;
    }

    private int next(int place) {
        return place + 1 & places - 1;
    }
}
