// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.pins;

import dev.weir.abi.Account;
import dev.weir.abi.AddressKey;
import dev.weir.abi.Cell;
import dev.weir.abi.Codecs;
import dev.weir.abi.Counters;
import dev.weir.abi.DeviceKey;
import dev.weir.abi.Endpoint;
import dev.weir.abi.Flow;
import dev.weir.abi.FlowKey;
import dev.weir.abi.Limits;
import dev.weir.abi.Peer;
import dev.weir.abi.PeerKey;
import dev.weir.abi.State;
import dev.weir.abi.Vantage;
import dev.weir.agent.netns.World;
import dev.weir.bpf.BpfException;
import dev.weir.bpf.BpfMap;
import dev.weir.bpf.MappedArray;
import dev.weir.bpf.PerCpuArray;
import dev.weir.bpf.RingBuffer;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/// The pinned maps, open and typed, but for the images, which only the enforcer writes, and the ring of
/// events; purposes and sizes are told in `bpf/include/weir/maps.h`.
public record WeirMaps(
        MappedArray state,
        MappedArray endpoints,
        MappedArray accounts,
        MappedArray handshakes,
        BpfMap<DeviceKey, Integer> devices,
        BpfMap<FlowKey, Flow> flows,
        PerCpuArray<Counters> counters,
        PerCpuArray<Cell> cells,
        CellOwners owners,
        BpfMap<AddressKey, Integer> addresses,
        BpfMap<PeerKey, Peer> peers,
        BpfMap<Integer, Vantage> vantages)
        implements AutoCloseable {
    public static final String STATE = "weir_state";
    public static final String ENDPOINTS = "weir_endpoints";
    public static final String ACCOUNTS = "weir_accounts";
    public static final String IMAGES = "weir_images";
    public static final String FLOWS = "weir_flows";
    public static final String PEERS = "weir_peers";
    static final String EVENTS = "weir_events";

    /// The names of all maps, also of those that only programs use.
    public static final List<String> NAMES = List.of(
            STATE,
            ENDPOINTS,
            ACCOUNTS,
            "weir_handshakes",
            IMAGES,
            "weir_devices",
            FLOWS,
            "weir_counters",
            "weir_cells",
            "weir_cell_owners",
            "weir_addresses",
            PEERS,
            "weir_vantages",
            "weir_fragments",
            EVENTS);

    /// Opens what is pinned.
    ///
    /// @throws BpfException when a map is missing, or is not as this version makes it
    public static WeirMaps openPinned(PinPaths pins) {
        return new WeirMaps(
                MappedArray.openPinned(pins.map(STATE)),
                MappedArray.openPinned(pins.map(ENDPOINTS)),
                MappedArray.openPinned(pins.map(ACCOUNTS)),
                MappedArray.openPinned(pins.map("weir_handshakes")),
                BpfMap.openPinned(pins.map("weir_devices"), DeviceKey.CODEC, Codecs.U32),
                BpfMap.openPinned(pins.map(FLOWS), FlowKey.CODEC, Flow.CODEC),
                PerCpuArray.openPinned(pins.map("weir_counters"), Counters.CODEC),
                PerCpuArray.openPinned(pins.map("weir_cells"), Cell.CODEC),
                CellOwners.openPinned(pins),
                BpfMap.openPinned(pins.map("weir_addresses"), AddressKey.CODEC, Codecs.U32),
                BpfMap.openPinned(pins.map(PEERS), PeerKey.CODEC, Peer.CODEC),
                BpfMap.openPinned(pins.map("weir_vantages"), Codecs.U32, Vantage.CODEC));
    }

    /// Maps the heap of images and cell tables.
    public static MappedArray openImages(PinPaths pins) {
        return MappedArray.openPinned(pins.map(IMAGES));
    }

    /// Maps the ring of events, which only one reader takes out.
    public static RingBuffer openEvents(PinPaths pins) {
        return RingBuffer.openPinned(pins.map(EVENTS));
    }

    /// The layout of what is pinned, 0 where its maker has not come so far. No other map is looked at: they may
    /// be as another version makes them, or missing where an agent died between two.
    public static int layout(PinPaths pins) {
        try (MappedArray state = MappedArray.openPinned(pins.map(STATE))) {
            return state.getInt(State.VERSION);
        }
    }

    /// Makes sure that what is pinned is whole and of this version, before any map is read as if it were.
    ///
    /// @throws WrongLayoutException when it is not
    public static void requireLayout(PinPaths pins) {
        int layout = layout(pins);
        if (layout != Limits.LAYOUT) {
            throw WrongLayoutException.unreadable(pins, layout, Limits.LAYOUT);
        }
    }

    /// What is in force, read as one.
    public State readState() {
        return state.read(0, State.CODEC);
    }

    /// All endpoints in use, by slot.
    public SortedMap<Integer, Endpoint> readEndpoints() {
        SortedMap<Integer, Endpoint> found = new TreeMap<>();
        for (int slot = 1; slot < Limits.MAX_ENDPOINTS; slot++) {
            long offset = endpoints.offset(slot);
            if (endpoints.getInt(offset + Endpoint.IFINDEX) != 0) {
                found.put(slot, endpoints.read(offset, Endpoint.CODEC));
            }
        }
        return found;
    }

    /// What each vantage is called, by number: `host`, and those that have one.
    public SortedMap<Integer, String> readVantageNames() {
        SortedMap<Integer, String> names = new TreeMap<>();
        vantages.forEach((number, vantage) -> {
            if (vantage.cookie() != 0) {
                names.put(number, vantage.name());
            }
        });
        names.put(DeviceKey.HOST, World.Vantage.HOST);
        return names;
    }

    /// What a device is called by whoever looks at all vantages, as [World#called].
    ///
    /// @param vantages their names
    public static String called(Endpoint endpoint, Map<Integer, String> vantages) {
        String vantage = vantages.getOrDefault(endpoint.vantage(), "?");
        return World.called(vantage, endpoint.vantage(), endpoint.device());
    }

    /// Entries of the flow table, of all namespaces.
    public long readFlowCount() {
        return accounts.read(accounts.offset(0), Account.CODEC).flows();
    }

    @Override
    public void close() {
        List.<AutoCloseable>of(
                        state,
                        endpoints,
                        accounts,
                        handshakes,
                        devices,
                        flows,
                        counters,
                        cells,
                        owners,
                        addresses,
                        peers,
                        vantages)
                .forEach(WeirMaps::close);
    }

    private static void close(AutoCloseable map) {
        try {
            map.close();
        } catch (Exception e) {
            throw new IllegalStateException("close " + map, e);
        }
    }
}
