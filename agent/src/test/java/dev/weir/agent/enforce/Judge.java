// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.enforce;

import dev.weir.abi.Cell;
import dev.weir.abi.CellOwner;
import dev.weir.abi.Count;
import dev.weir.abi.Direction;
import dev.weir.abi.Endpoint;
import dev.weir.abi.IpAddress;
import dev.weir.abi.Limits;
import dev.weir.abi.Outcome;
import dev.weir.abi.Settings;
import dev.weir.abi.Verdict;
import dev.weir.agent.netns.World;
import dev.weir.agent.pins.PinPaths;
import dev.weir.bpf.TestRun;
import dev.weir.policy.Policy;
import dev.weir.policy.PolicySet;
import dev.weir.policy.compile.Compilation;
import dev.weir.policy.compile.NamespaceRef;
import dev.weir.policy.compile.PolicyCompiler;
import dev.weir.policy.compile.PolicyImage;
import dev.weir.policy.yaml.PolicyLoader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// The loaded programs with one endpoint, namespace `blue` behind the loopback device (which is what a test run
/// pretends packets are on), so that a test reads: packet, direction, verdict.
public final class Judge implements AutoCloseable {
    private static final Path ROOT = Path.of("/sys/fs/bpf/judge");
    private static final int TCX_NEXT = -1;
    private static final int TCX_DROP = 2;
    private static final EndpointId BLUE = new EndpointId(1, "blue", 42);

    private final Kernel kernel;
    private final Installation installation;
    private final Map<String, Integer> namespaces = new HashMap<>();
    private final Map<IpAddress, Integer> addresses = new HashMap<>();
    private PolicySet policies = PolicySet.EMPTY;
    private long generation;

    public Judge() {
        this(Verdict.ALLOW, 1000);
    }

    public Judge(Verdict otherL2, int flowQuota) {
        remove();
        kernel = Kernel.open(new PinPaths(ROOT), new Settings(0, otherL2));
        installation = new Installation(kernel, new NamespaceNumbers());
        namespaces.put("blue", 1);
        try {
            PolicyImage image = image();
            installation.place(List.of(image));
            installation.introduce(BLUE, new Desired.Spec(new World.Device(1, "lo", "blue", 42), 1, image), flowQuota);
        } catch (NoRoomException e) {
            throw new IllegalStateException(e);
        }
        kernel.maps().devices().update(new dev.weir.abi.DeviceKey(1, 0), 1);
        apply();
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
        namespaces.computeIfAbsent(namespace, name -> namespaces.size() + 1);
        addresses.put(IpAddress.parse(address), namespaces.get(namespace));
        apply();
        return this;
    }

    /// What becomes of a frame: `allow` or `deny` and the rule that says so (`deny by policy0/ingress/web`), or
    /// `pass` or `drop` and the reason (`drop malformed`).
    public String send(Direction direction, byte[] frame) {
        Map<String, Long> before = counts(direction);
        TestRun run = (direction == Direction.EGRESS ? kernel.egress() : kernel.ingress()).testRun(frame, 1);
        Map<String, Long> after = counts(direction);
        after.entrySet().removeAll(before.entrySet());
        if (after.size() != 1) {
            throw new AssertionError("a packet was counted in " + after.keySet() + ", not in one place");
        }
        String verdict = after.keySet().iterator().next();
        boolean passes = verdict.startsWith("allow") || verdict.startsWith("pass");
        if (run.verdict() != (passes ? TCX_NEXT : TCX_DROP)) {
            throw new AssertionError("counted as " + verdict + ", but the program returned " + run.verdict());
        }
        return verdict;
    }

    Kernel kernel() {
        return kernel;
    }

    Installation installation() {
        return installation;
    }

    /// Flows of `blue` now.
    long flows() {
        return endpoint().flows();
    }

    long untracked() {
        return endpoint().flowsUntracked();
    }

    private Endpoint endpoint() {
        return kernel.maps().endpoints().read(kernel.maps().endpoints().offset(1), Endpoint.CODEC);
    }

    @Override
    public void close() {
        installation.unmapImages();
        kernel.close();
        remove();
    }

    private void apply() {
        PolicyImage image = image();
        try {
            installation.place(List.of(image));
        } catch (NoRoomException e) {
            throw new IllegalStateException(e);
        }
        generation++;
        installation.switchTo(
                new Plan.Switch(true, Map.of(BLUE, image), addresses, java.util.Set.of()),
                "%064x".formatted(generation));
    }

    private PolicyImage image() {
        List<NamespaceRef> universe = namespaces.entrySet().stream()
                .map(entry -> new NamespaceRef(entry.getValue(), entry.getKey()))
                .toList();
        return switch (PolicyCompiler.compile(
                policies.selecting("blue"), Verdict.ALLOW, universe, Limits.IMAGES_BYTES / 2)) {
            case Compilation.Compiled compiled -> compiled.image();
            case Compilation.TooLarge tooLarge -> throw new IllegalStateException(tooLarge.message());
        };
    }

    private Map<String, Long> counts(Direction direction) {
        Map<String, Long> counts = new HashMap<>();
        for (Outcome outcome : Outcome.values()) {
            Count count = kernel.maps().counters().sum(1).count(direction, outcome);
            counts.put(
                    outcome == Outcome.PASS
                            ? "pass"
                            : outcome.name().toLowerCase(java.util.Locale.ROOT).replace('_', ' '),
                    count.packets());
        }
        kernel.maps().owners().forEach((index, owner) -> {
            Cell cell = kernel.maps().cells().sum(index);
            counts.put(name(owner), direction == Direction.EGRESS ? cell.egressPackets() : cell.ingressPackets());
        });
        return counts;
    }

    private static String name(CellOwner owner) {
        String rule =
                owner.policy().isEmpty() ? owner.rule() : owner.policy() + "/" + owner.direction() + "/" + owner.rule();
        return owner.verdict() + " by " + rule + (owner.policy().isEmpty() ? "/" + owner.direction() : "");
    }

    private static void remove() {
        if (!Files.exists(ROOT)) {
            return;
        }
        try (Stream<Path> paths = Files.walk(ROOT)) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
