// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.enforce;

import dev.weir.abi.CellOwner;
import dev.weir.abi.DeviceKey;
import dev.weir.abi.Endpoint;
import dev.weir.abi.Handshakes;
import dev.weir.abi.Limits;
import dev.weir.abi.State;
import dev.weir.abi.Verdict;
import dev.weir.agent.owner.Guard;
import dev.weir.agent.pins.WeirMaps;
import dev.weir.policy.compile.ImageRule;
import dev.weir.policy.compile.PolicyChain;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;

/// What of Weir is in the kernel, and the way to change it: endpoints, images, counters and addresses, kept as the
/// maps hold them. The enforcer's own, for its one thread.
///
/// What is in force is a whole generation after every single store here: new images and tables are written
/// where no program reads, and [#switchTo] ends in the one store that makes all programs read them.
final class Installation {
    private final Kernel kernel;
    private final WeirMaps maps;
    private final ImageStore images;
    private final CellBook cells = new CellBook(Limits.MAX_CELLS, Verdict.values().length * Limits.MAX_ENDPOINTS);
    private final BitSet slots = new BitSet();
    private final Map<EndpointId, Slot> endpoints = new HashMap<>();
    private final Map<Integer, Integer> sharers = new HashMap<>(); // endpoints of each namespace, by its number
    private final AddressBook addresses;
    private final Map<DeviceKey, String> withoutXdp = new HashMap<>();
    private final VantageNumbers vantages;
    private boolean fresh = true;

    /// Takes note of everything that an earlier agent left; half-made endpoints are cleared away.
    Installation(Kernel kernel, NamespaceNumbers numbers) {
        this(kernel, numbers, Limits.IMAGES_BYTES);
    }

    /// As the other, but uses only the first `heapBytes` of the heap of images.
    Installation(Kernel kernel, NamespaceNumbers numbers, int heapBytes) {
        this.images = new ImageStore(kernel, heapBytes);
        this.kernel = kernel;
        this.maps = kernel.maps();
        this.vantages = new VantageNumbers(maps.vantages());
        State state = maps.readState();
        slots.set(0);
        maps.owners().own();
        maps.owners().all().forEach((owner, cell) -> cells.adopt(cell, owner));
        this.addresses = new AddressBook(maps.addresses());
        addresses.holders().values().forEach(numbers::reserve);
        maps.readEndpoints().forEach((slot, endpoint) -> {
            boolean published =
                    maps.devices().lookup(endpoint.key()).filter(slot::equals).isPresent();
            if (published || kernel.isUpgrading()) { // what is half-made is cleared once its counts are here
                slots.set(slot);
                ChainPlace place = images.adopt(endpoint.chain(state.epoch()));
                add(
                        EndpointId.of(endpoint),
                        new Slot(slot, endpoint.device(), endpoint.namespaceNumber(), guard(endpoint), null, place));
                numbers.adopt(endpoint.namespaceName(), endpoint.namespaceNumber());
                if (state.oldest() != state.epoch()) {
                    images.adopt(endpoint.chain(state.epoch() - 1));
                }
            } else {
                // flows that outlived their slot would later be taken from the count of whoever has it then
                kernel.purge(endpoint.key());
                clear(slot);
            }
        });
        cells.slots().stream().filter(slot -> !slots.get(slot)).forEach(this::clear);
    }

    /// What the kernel holds now; links are asked for anew, and pins of devices that are gone are removed.
    Actual actual() {
        Map<EndpointId, Actual.Installed> installed = new HashMap<>();
        endpoints.forEach((id, slot) -> installed.put(
                id,
                new Actual.Installed(
                        slot.number(), slot.device(), slot.namespaceNumber(), slot.guard(), slot.chain())));
        State state = maps.readState();
        return new Actual(
                installed,
                addresses.holders(),
                kernel.links().sweep(),
                state.generation(state.epoch()).hash(),
                state.oldest() == state.epoch(),
                fresh);
    }

    /// Writes every image that a plan needs where no program reads yet.
    ///
    /// @throws NoRoomException when they do not fit; nothing that is in force has changed
    void place(Collection<PolicyChain> chains) throws NoRoomException {
        if (maps.readState().oldest() != maps.readState().epoch()) {
            kernel.awaitRunningPrograms(); // what a device judged before the last switch has now reached the next
            // device
        }
        retire();
        images.placeImages(chains);
    }

    /// Ends the epoch before this one: no packet is judged by it any more, and its images make room.
    void retire() {
        State state = maps.readState();
        if (state.oldest() != state.epoch()) {
            maps.state().setInt(State.OLDEST, state.epoch());
            kernel.awaitRunningPrograms();
        }
        images.retain(endpoints.values().stream().map(Slot::place).toList());
    }

    /// Gives every endpoint these limits.
    void limit(FlowLimits limits) {
        for (Slot slot : endpoints.values()) {
            long endpoint = maps.endpoints().offset(slot.number());
            maps.endpoints().setInt(endpoint + Endpoint.FLOW_QUOTA, limits.quota());
            maps.endpoints().setLong(endpoint + Endpoint.OPENING_INTERVAL, limits.openingIntervalNanos());
        }
        shareOut();
    }

    private void add(EndpointId id, Slot slot) {
        remove(id);
        endpoints.put(id, slot);
        sharers.merge(slot.namespaceNumber(), 1, Integer::sum);
    }

    private void remove(EndpointId id) {
        Slot gone = endpoints.remove(id);
        if (gone != null) {
            sharers.computeIfPresent(gone.namespaceNumber(), (_, count) -> count == 1 ? null : count - 1);
        }
    }

    private void shareOut() {
        Shares.among(sharers.size()).write(maps.state());
    }

    /// Makes room for an endpoint, with its chain in both epochs; packets do not find it yet.
    ///
    /// @param chain that judges it until the next switch
    void introduce(EndpointId id, Desired.Spec spec, PolicyChain chain, FlowLimits limits) throws NoRoomException {
        if (spec.namespaceNumber() == 0) {
            throw new NoRoomException(id.namespace());
        }
        int slot = slots.nextClearBit(1);
        if (slot >= Limits.MAX_ENDPOINTS) {
            throw new NoRoomException(slot);
        }
        for (Verdict verdict : Verdict.values()) {
            cell(CellBook.other(slot, verdict));
        }
        ChainPlace place;
        try {
            place = place(slot, chain);
        } catch (NoRoomException e) {
            clear(slot); // else its counters would be the next one's
            throw e;
        }
        Endpoint endpoint = new Endpoint(
                place.offset(),
                place.offset(),
                spec.guard().word(),
                0,
                0,
                0,
                limits.openingIntervalNanos(),
                limits.quota(),
                spec.guard().segment().ifindex(),
                id.device().ifindex(),
                id.device().vantage(),
                spec.namespaceNumber(),
                (int) Instant.now().getEpochSecond(),
                id.inode(),
                id.namespace(),
                spec.device().name(),
                0,
                0);
        maps.counters().zero(slot);
        maps.endpoints().write(maps.endpoints().offset(slot), Endpoint.CODEC, endpoint);
        slots.set(slot);
        add(id, new Slot(slot, spec.device().name(), spec.namespaceNumber(), spec.guard(), chain, place));
        shareOut();
    }

    /// Lets the packets of a device find its endpoint, which [#introduce] made, and attaches the programs.
    void attach(EndpointId id) {
        Slot slot = endpoints.get(id);
        if (slot == null) {
            throw new IllegalStateException("attach " + id + ", which was never introduced");
        }
        maps.owners().write();
        maps.devices().update(id.device(), slot.number());
        kernel.attach(id.device())
                .ifPresentOrElse(why -> withoutXdp.put(id.device(), why), () -> withoutXdp.remove(id.device()));
    }

    /// The numbers of vantages.
    VantageNumbers vantages() {
        return vantages;
    }

    /// Makes those numbers of vantages free that nothing is left of, but of those that are looked at.
    void freeVantages(Collection<Integer> there) {
        Set<Integer> used = new HashSet<>(there);
        endpoints.keySet().forEach(id -> used.add(id.device().vantage()));
        addresses.holders().keySet().forEach(place -> used.add(place.segment().vantage()));
        vantages.retain(used);
    }

    /// The endpoints that there are.
    Set<EndpointId> ids() {
        return Set.copyOf(endpoints.keySet());
    }

    /// Why a device has no program in front though one is wanted.
    Map<DeviceKey, String> withoutXdp() {
        return Map.copyOf(withoutXdp);
    }

    void detach(DeviceKey device) {
        kernel.links().detach(device);
    }

    /// Removes endpoints whose devices carry no programs any more, or are about to lead to others. A program
    /// that has found one may still open a flow for it, count for it and read its image, so all wait, once,
    /// until none does.
    void forget(Collection<EndpointId> ids) {
        ids.forEach(id -> maps.devices().delete(id.device()));
        kernel.awaitRunningPrograms();
        for (EndpointId id : ids) {
            withoutXdp.remove(id.device());
            Slot slot = endpoints.get(id);
            if (slot != null) {
                kernel.purge(id.device());
                clear(slot.number());
                remove(id);
            }
        }
        shareOut();
    }

    void rename(EndpointId id, String device) {
        Slot slot = endpoints.get(id);
        if (slot != null) {
            long offset = maps.endpoints().offset(slot.number()) + Endpoint.DEVICE;
            maps.endpoints()
                    .copyIn(offset, Arrays.copyOf(device.getBytes(StandardCharsets.UTF_8), Limits.DEVICE_BYTES));
            endpoints.put(id, slot.named(device));
        }
    }

    /// Moves every endpoint to its new chain and guard, and addresses to their new holders, in a new epoch.
    ///
    /// @param policyHash of the policies that the chains were made from
    void switchTo(Plan.Switch change, String policyHash) throws NoRoomException {
        Map<EndpointId, Slot> renewed = renewed(change); // may find no room: nothing has changed until here
        fresh = true; // if this fails half-way, the next turn switches again
        maps.owners().write();
        State state = maps.readState();
        int next = state.epoch() + 1;
        int parity = next & 1;
        for (Slot slot : renewed.values()) {
            long chains = maps.endpoints().offset(slot.number()) + Endpoint.CHAIN;
            long before = chains + (parity ^ 1) * (long) Integer.BYTES;
            maps.endpoints()
                    .setInt(chains + parity * (long) Integer.BYTES, slot.place().offset());
            if (maps.endpoints().getInt(before) == 0) { // in new maps; programs over older ones stamp that epoch
                maps.endpoints().setInt(before, slot.place().offset());
            }
        }
        maps.state().setLong(State.PROGRAMS, kernel.programs());
        change.guards().forEach(this::guard);
        addresses.revoke(change.revoked());
        addresses.grant(change.granted());
        State.Generation before = state.generation(state.epoch());
        writeGeneration(
                parity,
                change.newPolicies()
                        ? new State.Generation(before.number() + 1, nanos(Instant.now()), policyHash)
                        : before);
        maps.state().setInt(State.EPOCH, next);
        endpoints.putAll(renewed); // not before: what is in force must not look unused
        fresh = false;
    }

    private void guard(EndpointId id, Guard guard) {
        Slot slot = endpoints.get(id);
        if (slot != null) {
            long endpoint = maps.endpoints().offset(slot.number());
            maps.endpoints().setInt(endpoint + Endpoint.SEGMENT, guard.segment().ifindex());
            maps.endpoints().setLong(endpoint + Endpoint.GUARD_MAC, guard.word());
        }
    }

    private static Guard guard(Endpoint endpoint) {
        return new Guard(new DeviceKey(endpoint.segment(), endpoint.vantage()), endpoint.guardMac());
    }

    /// The endpoints as they will be, their chains already written where no program reads.
    private Map<EndpointId, Slot> renewed(Plan.Switch change) throws NoRoomException {
        Map<EndpointId, Slot> renewed = new HashMap<>();
        for (Map.Entry<EndpointId, PolicyChain> wanted : change.chains().entrySet()) {
            Slot slot = endpoints.get(wanted.getKey());
            if (slot != null) {
                ChainPlace place = place(slot.number(), wanted.getValue());
                renewed.put(
                        wanted.getKey(),
                        slot.guarded(change.guards().getOrDefault(wanted.getKey(), slot.guard()))
                                .judgedBy(wanted.getValue(), place));
            }
        }
        return renewed;
    }

    private void writeGeneration(int parity, State.Generation generation) {
        maps.state().setLong(State.GENERATION + parity * (long) Long.BYTES, generation.number());
        maps.state().setLong(State.APPLIED + parity * (long) Long.BYTES, generation.appliedNanos());
        maps.state()
                .copyIn(
                        State.HASH + parity * (long) Limits.HASH_BYTES,
                        HexFormat.of().parseHex(generation.hash()));
    }

    /// Writes the chain of a slot, with the cells that its rules have for it.
    private ChainPlace place(int slot, PolicyChain chain) throws NoRoomException {
        return images.placeChain(
                chain,
                image -> image.rules().stream()
                        .mapToInt(rule -> cell(slot, rule))
                        .toArray());
    }

    /// The cell of a rule; 0 for one that never decides because its policy only audits, and it would let pass.
    private int cell(int slot, ImageRule rule) {
        return rule.audit() && rule.verdict() != Verdict.AUDIT
                ? 0
                : cell(new CellOwner(
                        slot,
                        rule.id().direction(),
                        rule.verdict(),
                        rule.id().policy(),
                        rule.id().rule()));
    }

    /// The cell of a rule: its own, or where none is free the one for all such rules of its slot.
    private int cell(CellOwner owner) {
        OptionalInt found = cells.find(owner);
        if (found.isEmpty()) {
            found = cells.take(owner);
            found.ifPresent(cell -> maps.owners().put(cell, owner));
        }
        if (found.isEmpty()) {
            found = cells.find(CellBook.other(owner.slot(), owner.verdict()));
        }
        return found.orElseThrow(
                () -> new IllegalStateException("all " + Limits.MAX_CELLS + " rule counters are taken"));
    }

    /// How full the maps are that the enforcer fills.
    FullMaps.Fill fill() {
        return new FullMaps.Fill(slots.cardinality(), addresses.holders().size(), cells.isFull());
    }

    /// Lets go of the images once a turn has written what it had to.
    void unmapImages() {
        images.unmap();
    }

    /// A cell is zeroed before it loses its owner, so that one without an owner always is zero.
    private void clear(int slot) {
        Collection<Integer> released = cells.release(slot);
        released.forEach(maps.cells()::zero);
        maps.owners().delete(released);
        maps.counters().zero(slot);
        maps.handshakes().copyIn(maps.handshakes().offset(slot), new byte[Handshakes.CODEC.byteSize()]);
        maps.endpoints().copyIn(maps.endpoints().offset(slot), new byte[Endpoint.CODEC.byteSize()]);
        slots.clear(slot);
    }

    private static long nanos(Instant instant) {
        return instant.getEpochSecond() * 1_000_000_000L + instant.getNano();
    }
}
