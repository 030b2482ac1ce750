// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.enforce;

import static dev.weir.abi.DeviceKey.onHost;

import dev.weir.abi.AddressKey;
import dev.weir.abi.DeviceKey;
import dev.weir.abi.Direction;
import dev.weir.abi.Endpoint;
import dev.weir.abi.Flow;
import dev.weir.abi.Handshakes;
import dev.weir.abi.IpAddress;
import dev.weir.abi.Limits;
import dev.weir.abi.Settings;
import dev.weir.abi.Verdict;
import dev.weir.agent.config.WeirConfig.Hook;
import dev.weir.agent.netns.Vantages;
import dev.weir.agent.netns.World;
import dev.weir.agent.owner.Guard;
import dev.weir.agent.owner.Place;
import dev.weir.agent.pins.PinPaths;
import dev.weir.bpf.SkbContext;
import dev.weir.bpf.XdpContext;
import dev.weir.bpf.probe.BpfFs;
import dev.weir.policy.Holder;
import dev.weir.policy.Policy;
import dev.weir.policy.PolicySet;
import dev.weir.policy.Target;
import dev.weir.policy.compile.HolderRef;
import dev.weir.policy.compile.PolicyChain;
import dev.weir.policy.gen.Chains;
import dev.weir.policy.yaml.PolicyLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/// The loaded programs with one endpoint, namespace `blue` behind the loopback device (which is what a test run
/// pretends packets are on), so that a test reads: packet, direction, verdict. A second endpoint may stand beside
/// it.
public final class Judge implements AutoCloseable {
    /// Where its maps are pinned.
    public static final Path ROOT = Path.of("/sys/fs/bpf/judge");

    /// The device of `blue`, and the segment that it is alone on.
    public static final int LOOPBACK = 1;

    private static final int QUOTA = 1 << 19;

    private final Vantages vantages = new Vantages(List.of(World.Vantage.HOST));
    private final Kernel kernel;
    private final Hooks hooks;
    private final Settings settings;
    private final Installation installation;
    private final Map<Integer, Integer> slots = new HashMap<>();
    private final Map<EndpointId, PolicyChain> chains = new HashMap<>();
    private final Map<String, Integer> namespaces = new HashMap<>(Map.of("blue", Limits.HOST_NUMBER + 1));
    private final Map<Place, Integer> addresses = new HashMap<>();
    private final Map<Place, Integer> granted = new HashMap<>(); // those of them that the kernel has
    private PolicySet policies = PolicySet.EMPTY;
    private long generation;

    /// How a packet was counted.
    ///
    /// @param verdict as [#send] has it
    public record Seen(String verdict, long packets, long bytes) {}

    public Judge() {
        this(Verdict.ALLOW, QUOTA);
    }

    public Judge(Verdict otherL2, int flowQuota) {
        BpfFs.at(ROOT).removeAll();
        settings = Settings.of(0, otherL2);
        kernel = Kernel.open(new PinPaths(ROOT), settings, Hook.XDP, vantages, false);
        installation = new Installation(kernel, new NamespaceNumbers());
        introduce(LOOPBACK, "blue", flowQuota);
        hooks = new Hooks(kernel);
    }

    /// Puts namespace `name` behind another device; [#send] to it by the device's ifindex.
    public Judge introduce(int ifindex, String name, int flowQuota) {
        EndpointId id = new EndpointId(onHost(ifindex), name, 41 + ifindex);
        int number = number(name);
        PolicyChain chain = compile(policies.selecting(target(name)), Verdict.ALLOW, universe());
        place(List.of(chain));
        try {
            World.Device device =
                    new World.Device(id.device(), "device" + ifindex, name, id.inode(), id.device(), Optional.empty());
            installation.introduce(
                    id,
                    new Desired.Spec(device, number, new Guard(id.device(), Guard.OFF), chain),
                    chain,
                    FlowLimits.quota(flowQuota));
        } catch (NoRoomException e) {
            throw new IllegalStateException(e);
        }
        int slot = slots.size() + 1;
        slots.put(ifindex, slot);
        chains.put(id, chain);
        kernel.maps().devices().update(onHost(ifindex), slot);
        apply();
        return this;
    }

    /// Makes these the policies in force.
    public Judge policies(String... yamls) {
        List<Policy> all = new ArrayList<>();
        for (int i = 0; i < yamls.length; i++) {
            switch (PolicyLoader.parse("policy" + i + ".yaml", yamls[i])) {
                case PolicyLoader.Loaded loaded -> all.addAll(loaded.policies().policies());
                case PolicyLoader.Refused refused ->
                    throw new IllegalArgumentException(
                            refused.diagnostics().getFirst().render());
            }
        }
        return policies(new PolicySet(all));
    }

    /// Makes these the policies in force.
    public Judge policies(PolicySet set) {
        policies = set;
        apply();
        return this;
    }

    /// Lets a namespace hold an address.
    public Judge holds(String namespace, String address) {
        addresses.put(new Place(IpAddress.parse(address), Place.anywhere(DeviceKey.HOST)), number(namespace));
        apply();
        return this;
    }

    /// Lets a namespace hold an address in one segment only, from the next epoch on. A device that
    /// [#introduce] made is a segment of its own.
    public Judge holds(String namespace, String address, int segment) {
        kernel.maps().addresses().update(new AddressKey(IpAddress.parse(address), 0, segment), number(namespace));
        apply();
        return this;
    }

    /// Takes an address away in one segment, from the next epoch on.
    public Judge loses(String address, int segment) {
        kernel.maps().addresses().delete(new AddressKey(IpAddress.parse(address), 0, segment));
        apply();
        return this;
    }

    /// Puts a device behind a bridge, together with others.
    public Judge bridged(int ifindex, int bridge) {
        kernel.maps().endpoints().setInt(offset(ifindex) + Endpoint.SEGMENT, bridge);
        return this;
    }

    /// Holds what leaves a device to this source MAC, its first byte lowest; 0: to none.
    public Judge guard(int ifindex, long mac) {
        kernel.maps().endpoints().setLong(offset(ifindex) + Endpoint.GUARD_MAC, mac);
        return this;
    }

    /// Makes this chain judge `blue`; who holds which address is said by [#hold].
    public void enforce(PolicyChain chain) {
        chains.replaceAll((id, old) -> chain);
        switchTo();
    }

    /// Says who holds an address, 0 for nobody, without a new epoch: flows that are known keep their
    /// verdict.
    public void hold(IpAddress address, int number) {
        AddressKey key = new AddressKey(address, 0, Limits.ANYWHERE);
        if (number == 0) {
            kernel.maps().addresses().delete(key);
        } else {
            kernel.maps().addresses().update(key, number);
        }
    }

    /// What becomes of a frame of `blue`: `allow`, `deny`, `reject` or `audit` and the rule that says so (`deny by
    /// policy0/ingress/web`), or `pass` or `drop` and the reason (`drop malformed`).
    public String send(Direction direction, byte[] frame) {
        return send(LOOPBACK, direction, frame);
    }

    /// What becomes of a frame on a device.
    public String send(int ifindex, Direction direction, byte[] frame) {
        Seen seen = observe(direction, frame, SkbContext.on(ifindex));
        if (seen.packets != 1 || seen.bytes != frame.length) {
            throw new AssertionError("one packet of " + frame.length + " bytes was counted as " + seen);
        }
        return seen.verdict;
    }

    /// Runs the program of a direction on a frame, once, and holds it to its promise: counted in exactly one place,
    /// of the right endpoint and direction, and let through or dropped as that place says.
    /// What leaves meets the program in front first, which has to agree.
    public Seen observe(Direction direction, byte[] frame, SkbContext context) {
        return hooks.observe(slots.getOrDefault(context.ifindex(), 0), direction, frame, context);
    }

    /// What the program in front makes of a frame that leaves `blue`, of which it can read the first `linear` bytes
    /// directly: a verdict as [#send] has it, or `goes on`.
    public String front(byte[] frame, int linear) {
        return hooks.front(frame, new XdpContext(LOOPBACK, linear));
    }

    /// The frame that the last packet was answered with; empty when it was not.
    public Optional<byte[]> answer() {
        return hooks.answer();
    }

    /// By what the programs know their own answers.
    public long secret() {
        return settings.secret();
    }

    /// Refused packets of `blue` that were not answered because there were too many.
    public long suppressed() {
        return endpoint().answersSuppressed();
    }

    /// Mean duration of a run of the program on a frame of `blue`, in nanoseconds, as the kernel measures it.
    public long nanos(Direction direction, byte[] frame, int repeat) {
        return hooks.nanos(direction, frame, repeat);
    }

    /// Everything that all maps hold, as one hash each.
    public Map<String, String> dump() {
        return MapContents.read(new PinPaths(ROOT), kernel.maps());
    }

    /// Flows of `blue` now.
    public long flows() {
        return endpoint().flows();
    }

    /// Flows of `blue` that were ever opened.
    public long opened() {
        return endpoint().flowsOpened();
    }

    /// Flows of `blue` that are over.
    public long closed() {
        return endpoint().flowsClosed();
    }

    /// What stands in the slot of a device.
    public Endpoint endpoint(int ifindex) {
        return kernel.maps().endpoints().read(offset(ifindex), Endpoint.CODEC);
    }

    /// The flow table, and what namespaces may take of it.
    public FlowTable table() {
        return new FlowTable(kernel, installation, this::number);
    }

    /// How long handshakes of `blue` took.
    public Handshakes handshakes() {
        long offset = kernel.maps().handshakes().offset(slots.getOrDefault(LOOPBACK, 0));
        return kernel.maps().handshakes().read(offset, Handshakes.CODEC);
    }

    /// Packets of `blue` that were judged without a flow.
    public long untracked() {
        return endpoint().flowsUntracked();
    }

    /// The flow, when there is exactly one on all devices.
    public Flow flow() {
        List<Flow> all = new ArrayList<>();
        kernel.maps().flows().forEach((key, flow) -> all.add(flow));
        if (all.size() != 1) {
            throw new AssertionError("expected one flow, not " + all);
        }
        return all.getFirst();
    }

    /// Ends every flow of `blue`.
    public void forgetFlows() {
        forgetFlows(LOOPBACK);
    }

    /// Ends every flow of a device.
    public void forgetFlows(int ifindex) {
        kernel.purge(onHost(ifindex));
    }

    public static PolicyChain compile(List<Policy> policies, Verdict unselected, List<HolderRef> universe) {
        return Chains.compile(policies, unselected, universe, Limits.IMAGES_BYTES / 2);
    }

    @Override
    public void close() {
        installation.unmapImages();
        kernel.close();
        vantages.close();
        BpfFs.at(ROOT).removeAll();
    }

    Kernel kernel() {
        return kernel;
    }

    private Endpoint endpoint() {
        return endpoint(LOOPBACK);
    }

    private long offset(int ifindex) {
        return kernel.maps().endpoints().offset(slots.getOrDefault(ifindex, 0));
    }

    private void apply() {
        chains.replaceAll((id, old) -> compile(policies.selecting(target(id.namespace())), Verdict.ALLOW, universe()));
        switchTo();
    }

    private void switchTo() {
        place(List.copyOf(chains.values()));
        generation++;
        Map<Place, Integer> news = new HashMap<>(addresses);
        news.entrySet().removeAll(granted.entrySet());
        granted.putAll(news);
        try {
            installation.switchTo(
                    new Plan.Switch(true, chains, Map.of(), news, Set.of()), "%064x".formatted(generation));
        } catch (NoRoomException e) {
            throw new IllegalStateException(e);
        }
    }

    private void place(List<PolicyChain> wanted) {
        try {
            installation.place(wanted);
        } catch (NoRoomException e) {
            throw new IllegalStateException(e);
        }
    }

    private int number(String namespace) {
        return namespaces.computeIfAbsent(namespace, absent -> Limits.HOST_NUMBER + 1 + namespaces.size());
    }

    private List<HolderRef> universe() {
        return Stream.concat(
                        Stream.of(HolderRef.HOST),
                        namespaces.entrySet().stream()
                                .map(entry -> new HolderRef(entry.getValue(), Holder.Namespace.of(entry.getKey()))))
                .toList();
    }

    private static Target target(String namespace) {
        return Target.of(namespace, "veth-" + namespace);
    }
}
