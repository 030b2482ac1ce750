// SPDX-License-Identifier: Apache-2.0
package dev.weir.policy.yaml;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ExactServiceTest {
    @ParameterizedTest
    @CsvSource({
        "tcp/443, 6, 443, tcp/443",
        "tcp/https, 6, 443, tcp/443",
        "udp/53-53, 17, 53, udp/53",
        "sctp/0, 132, 0, sctp/0",
        "icmp/echo-request, 1, 2048, icmp/8/0",
        "icmp/3/4, 1, 772, icmp/3/4",
        "icmp/0, 1, 0, icmp/0/0",
        "icmpv6/echo-request, 58, 32768, icmpv6/128/0",
        "proto/47, 47, 0, proto/47",
        "proto/0, 0, 0, proto/0",
    })
    void oneServiceIsProtocolAndPort(String text, int protocol, int port, String canonical) {
        ExactService service = ExactService.parse(text);
        assertEquals(new ExactService(protocol, port), service);
        assertEquals(canonical, service.toString());
        assertEquals(service, ExactService.parse(canonical));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"any", "tcp", "udp", "icmp", "icmpv6", "sctp", "proto/6", "proto/1", "tcp/80-81", "udp/0-65535"})
    void severalServicesAreRefusedWithAnExample(String text) {
        String message = String.valueOf(assertThrows(IllegalArgumentException.class, () -> ExactService.parse(text))
                .getMessage());
        assertTrue(message.startsWith("`" + text + "` is more than one service, expected "), message);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "tcp/", "tcp/http/s", "udp/65536", "icmp/256", "icmp/3/", "proto", "http", "tcp/-1"})
    void whatIsNoServiceIsRefused(String text) {
        assertThrows(IllegalArgumentException.class, () -> ExactService.parse(text));
    }
}
