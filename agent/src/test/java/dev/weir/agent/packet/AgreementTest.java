// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.packet;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.weir.abi.Direction;
import dev.weir.abi.IpAddress;
import dev.weir.abi.Limits;
import dev.weir.abi.Verdict;
import dev.weir.agent.enforce.Judge;
import dev.weir.policy.Decision;
import dev.weir.policy.PolicyEvaluator;
import dev.weir.policy.Service;
import dev.weir.policy.Traffic;
import dev.weir.policy.compile.ImageRule;
import dev.weir.policy.compile.ImageSearch;
import dev.weir.policy.compile.PolicyChain;
import dev.weir.policy.gen.Chains;
import dev.weir.policy.gen.Scenario;
import dev.weir.policy.gen.Scenarios;
import java.util.Optional;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;
import org.jspecify.annotations.Nullable;

/// The evaluator that walks the rules as written, the image searched in Java, and the loaded program give one
/// answer to every packet: the same verdict by the same rule.
@Tag("kernel")
class AgreementTest {
    private static final int ECHO_REPLY = 0;
    private static final int ECHO = 8 << 8;
    private static final int ECHO_REPLY6 = 129 << 8;
    private static final int ECHO6 = 128 << 8;

    private static @Nullable Judge judge;
    private static @Nullable Oracle oracle;
    private static int packets;

    @BeforeContainer
    static void load() {
        judge = new Judge();
        oracle = new Oracle();
    }

    @AfterContainer
    static void close() {
        oracle().close();
        judge().close();
    }

    private static Judge judge() {
        if (judge == null) {
            throw new IllegalStateException("the programs are not loaded");
        }
        return judge;
    }

    private static Oracle oracle() {
        if (oracle == null) {
            throw new IllegalStateException("the asking programs are not loaded");
        }
        return oracle;
    }

    @Provide
    Arbitrary<Scenario> scenarios() {
        return Scenarios.scenarios();
    }

    @Property(shrinking = ShrinkingMode.BOUNDED)
    void programSaysWhatTheEvaluatorSays(@ForAll("scenarios") Scenario scenario) {
        agrees(scenario, Judge.compile(scenario.policies(), scenario.unselected(), scenario.universe()));
    }

    @Property(tries = 500, shrinking = ShrinkingMode.BOUNDED)
    void chainOfManyImagesSaysTheSame(
            @ForAll("scenarios") Scenario scenario, @ForAll @IntRange(min = 1, max = 8) int heavy) {
        agrees(
                scenario,
                Chains.compile(
                        scenario.policies(),
                        scenario.unselected(),
                        scenario.universe(),
                        Limits.IMAGES_BYTES / 4,
                        heavy));
    }

    private static void agrees(Scenario scenario, PolicyChain chain) {
        judge().enforce(chain);
        for (Traffic generated : scenario.traffic()) {
            Optional<Traffic> sendable = asPacket(generated);
            if (sendable.isEmpty()) {
                continue;
            }
            Traffic traffic = sendable.get();
            int holder = scenario.holder(traffic);
            Decision decision = decide(scenario, traffic);
            assertEquals(decision, decide(chain, holder, traffic), traffic::toString);

            judge().hold(traffic.outside(), holder);
            byte[] packet = packet(traffic);
            String foretold = oracle().ask(traffic.direction(), packet);
            String seen = judge().send(traffic.direction(), packet);
            String known = oracle().ask(traffic.direction(), packet);
            judge().hold(traffic.outside(), 0);
            String expected = decision.verdict() + " by " + decision.id();
            assertEquals(expected, seen, traffic::toString);
            assertEquals(expected + ", new", foretold, traffic::toString);
            assertEquals(expected + (decision.verdict().passes() ? ", cached" : ", new"), known, traffic::toString);
        }
    }

    /// What the evaluator says. An echo reply that nobody is known to have asked for is judged as if that side had
    /// opened its flow for which it fares better.
    private static Decision decide(Scenario scenario, Traffic traffic) {
        Decision asSent = anonymous(PolicyEvaluator.evaluate(scenario.policies(), scenario.unselected(), traffic));
        Optional<Traffic> request = request(traffic);
        if (request.isEmpty()) {
            return asSent;
        }
        return better(
                asSent, anonymous(PolicyEvaluator.evaluate(scenario.policies(), scenario.unselected(), request.get())));
    }

    private static Decision decide(PolicyChain chain, int holder, Traffic traffic) {
        Decision asSent = search(chain, holder, traffic);
        Optional<Traffic> request = request(traffic);
        return request.isEmpty() ? asSent : better(asSent, search(chain, holder, request.get()));
    }

    private static Decision better(Decision asSent, Decision asAsked) {
        return rank(asAsked.verdict()) > rank(asSent.verdict()) ? asAsked : asSent;
    }

    private static int rank(Verdict verdict) {
        return switch (verdict) {
            case ALLOW -> 2;
            case AUDIT -> 1;
            case DENY, REJECT -> 0;
        };
    }

    private static Decision search(PolicyChain chain, int holder, Traffic traffic) {
        ImageRule rule = new ImageSearch(chain)
                .find(traffic.direction(), traffic.outside(), holder, traffic.protocol(), traffic.port());
        return new Decision(rule.verdict(), rule.id(), rule.log(), Optional.empty());
    }

    private static Decision anonymous(Decision decision) {
        return new Decision(decision.verdict(), decision.id(), decision.log(), Optional.empty());
    }

    /// The request from the other side that this traffic would answer.
    private static Optional<Traffic> request(Traffic traffic) {
        boolean reply4 = traffic.protocol() == Service.ICMP && traffic.port() == ECHO_REPLY;
        boolean reply6 = traffic.protocol() == Service.ICMPV6 && traffic.port() == ECHO_REPLY6;
        if (!reply4 && !reply6) {
            return Optional.empty();
        }
        Direction other = traffic.direction() == Direction.EGRESS ? Direction.INGRESS : Direction.EGRESS;
        return Optional.of(
                new Traffic(other, traffic.outside(), traffic.holder(), traffic.protocol(), reply4 ? ECHO : ECHO6));
    }

    /// The traffic as a packet can say it; empty where a parser answers before any rule.
    private static Optional<Traffic> asPacket(Traffic traffic) {
        int protocol = traffic.protocol();
        if (protocol == 0 && !traffic.outside().isV4()) {
            return Optional.empty(); // the number of a header with options
        }
        if (protocol == Service.ICMPV6 && traffic.port() >> 8 == 134 && traffic.direction() == Direction.EGRESS) {
            return Optional.empty(); // a router advertisement
        }
        boolean says = Service.hasPorts(protocol) || Service.isIcmp(protocol);
        return Optional.of(new Traffic(
                traffic.direction(), traffic.outside(), traffic.holder(), protocol, says ? traffic.port() : 0));
    }

    /// A packet that opens a flow of its own: no two have the same inside.
    private static byte[] packet(Traffic traffic) {
        packets++;
        IpAddress inside = traffic.outside().isV4()
                ? IpAddress.ofV4(0x0a00_0000 + packets)
                : new IpAddress(0x2001_0db8_0001_0000L, packets);
        String outside = traffic.outside().toString();
        boolean leaves = traffic.direction() == Direction.EGRESS;
        int port = traffic.port();
        byte[] payload = switch (traffic.protocol()) {
            case Service.TCP -> Packet.tcp(40_000, port, Packet.SYN);
            case Service.UDP -> Packet.udp(40_000, port, new byte[4]);
            case Service.SCTP -> Packet.join(Packet.u16(40_000), Packet.u16(port), new byte[8]);
            case Service.ICMP, Service.ICMPV6 -> Packet.icmp(port >> 8, port & 0xff, 7, new byte[8]);
            default -> new byte[8];
        };
        return leaves
                ? Packet.ip(inside.toString(), outside, traffic.protocol(), payload)
                : Packet.ip(outside, inside.toString(), traffic.protocol(), payload);
    }
}
