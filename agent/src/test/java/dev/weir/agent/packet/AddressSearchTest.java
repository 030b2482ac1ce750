// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.packet;

import static dev.weir.abi.Direction.INGRESS;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.weir.abi.IpAddress;
import dev.weir.abi.Verdict;
import dev.weir.agent.enforce.Judge;
import dev.weir.policy.Policy;
import dev.weir.policy.compile.ImageSearch;
import dev.weir.policy.compile.PolicyChain;
import dev.weir.policy.gen.Chains;
import dev.weir.policy.yaml.PolicyLoader;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The loaded program and the search in Java find each of many addresses and none of their neighbours, however close to
/// each other or far apart they are.
@Tag("kernel")
class AddressSearchTest {
    private static final BigInteger FIRST = number(IpAddress.parse("2001:db8::"));
    private static final BigInteger FIRST_V4 = number(IpAddress.parse("10.0.0.0"));
    private static final BigInteger LAST_V4 = number(IpAddress.parse("255.255.255.254"));
    private static final int MOST = 300;
    private static final int UDP = 17;
    private static final int LIMIT = 1 << 20;

    @ParameterizedTest
    @ValueSource(ints = {1, 4, 12, 30, 63, 64, 65, 80, 100, 127})
    void findsAddressesOfIpv6(int bits) {
        finds(bits, FIRST, FIRST.subtract(BigInteger.TWO.pow(70)), FIRST.add(BigInteger.TWO.pow(127)), "2001:db8::1");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 4, 12, 16, 17, 24, 31})
    void findsAddressesOfIpv4(int bits) {
        finds(bits, FIRST_V4, FIRST_V4.subtract(BigInteger.TEN), LAST_V4, "198.51.100.1");
    }

    /// @param bits that the addresses differ in
    private static void finds(int bits, BigInteger first, BigInteger below, BigInteger above, String inside) {
        Random random = new Random(bits);
        Set<BigInteger> chosen = new TreeSet<>(List.of(first));
        for (int i = 0; i < MOST; i++) {
            chosen.add(first.add(new BigInteger(bits, random)));
        }
        Set<BigInteger> probes = new LinkedHashSet<>(List.of(below, above));
        for (BigInteger one : chosen) {
            probes.addAll(List.of(one, one.subtract(BigInteger.ONE), one.add(BigInteger.ONE)));
            probes.add(first.add(new BigInteger(bits, random)));
        }
        StringBuilder policy = new StringBuilder("""
                policy: search
                applies-to: {namespaces: [blue]}
                ingress:
                  default: deny
                  rules:
                    - name: found
                      allow: udp
                      from:
                """);
        chosen.forEach(one -> policy.append("        - \"").append(address(one)).append("\"\n"));
        ImageSearch search = new ImageSearch(compiled(policy.toString()));
        try (Judge judge = new Judge().policies(policy.toString())) {
            for (BigInteger probe : probes) {
                IpAddress outside = address(probe);
                String expected =
                        chosen.contains(probe) ? "allow by search/ingress/found" : "deny by search/ingress/default";
                var rule = search.find(INGRESS, outside, ImageSearch.NO_HOLDER, UDP, 9);
                assertEquals(expected, rule.verdict() + " by " + rule.id(), outside::toString);
                byte[] packet = Packet.udpPacket(outside.toString(), 40_000, inside, 9);
                assertEquals(expected, judge.send(INGRESS, packet), outside::toString);
            }
        }
    }

    private static PolicyChain compiled(String policy) {
        List<Policy> policies = switch (PolicyLoader.parse("search.yaml", policy)) {
            case PolicyLoader.Loaded loaded -> loaded.policies().policies();
            case PolicyLoader.Refused refused -> throw new AssertionError(refused.diagnostics());
        };
        return Chains.compile(policies, Verdict.ALLOW, List.of(), LIMIT);
    }

    private static BigInteger number(IpAddress address) {
        byte[] bytes = ByteBuffer.allocate(IpAddress.BYTES)
                .putLong(address.high())
                .putLong(address.low())
                .array();
        return new BigInteger(1, bytes);
    }

    private static IpAddress address(BigInteger number) {
        return new IpAddress(number.shiftRight(Long.SIZE).longValue(), number.longValue());
    }
}
