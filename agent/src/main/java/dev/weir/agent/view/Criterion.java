// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.view;

import dev.weir.abi.Direction;
import dev.weir.abi.IpAddress;
import dev.weir.policy.Cidr;
import dev.weir.policy.Glob;
import java.util.List;
import java.util.function.Predicate;

/// What flows and events can be filtered by: the one list of it for HTTP, commands and the description
/// of both. The name of each, and that behind `not-`, is a parameter that may be given several times.
public enum Criterion {
    NAMESPACE("GLOB", "a namespace, or a pattern such as tenant-*") {
        @Override
        Predicate<Conversation> parse(String value) {
            Glob names = new Glob(value);
            return traffic -> names.matches(traffic.namespace());
        }
    },
    PEER("CIDR", "an outside address, or a prefix of some") {
        @Override
        Predicate<Conversation> parse(String value) {
            if (value.equals(ANY)) {
                return traffic -> true;
            }
            Cidr addresses = prefix(value);
            return traffic -> {
                IpAddress outside = traffic.outsideAddress();
                return outside != null && addresses.contains(outside);
            };
        }
    },
    SERVICE("SERVICE", "tcp, tcp/443, udp/8000-8099, icmp/8") {
        @Override
        Predicate<Conversation> parse(String value) {
            if (value.equals(ANY)) {
                return traffic -> true;
            }
            ServiceFilter services = ServiceFilter.parse(value);
            return services::matches;
        }
    },
    VERDICT("VERDICT", "allow, deny, reject or audit") {
        @Override
        Predicate<Conversation> parse(String value) {
            Verdict wanted = Words.constant(Verdict.class, value);
            return traffic -> traffic.verdict() == wanted;
        }
    },
    POLICY("GLOB", "a policy that decided, or a pattern") {
        @Override
        Predicate<Conversation> parse(String value) {
            Glob names = new Glob(value);
            return traffic -> names.matches(traffic.policy());
        }
    },
    RULE("GLOB", "a rule that decided, or a pattern; such as #1, default, unselected") {
        @Override
        Predicate<Conversation> parse(String value) {
            Glob names = new Glob(value);
            return traffic -> {
                String rule = traffic.rule();
                return rule != null && names.matches(rule);
            };
        }
    },
    DIRECTION("DIRECTION", "egress or ingress: who opened the flow, which way the packet went") {
        @Override
        Predicate<Conversation> parse(String value) {
            Direction wanted = Words.constant(Direction.class, value);
            return traffic -> traffic.direction() == wanted;
        }
    },
    PROTOCOL("PROTOCOL", "tcp, udp, sctp, icmp, icmpv6, proto/47") {
        @Override
        Predicate<Conversation> parse(String value) {
            String wanted = ServiceFilter.protocol(value);
            return traffic -> wanted.equals(traffic.protocol());
        }
    },
    PORT("PORT", "a port of either side, or a range such as 8000-8099") {
        @Override
        Predicate<Conversation> parse(String value) {
            return PortFilter.parse(value)::matches;
        }
    };

    private static final String ANY = "any";
    private static final String NOT = "not-";

    private final String word = Words.of(this);
    private final String form;
    private final String meaning;

    Criterion(String form, String meaning) {
        this.form = form;
        this.meaning = meaning;
    }

    /// Reads a value.
    /// @throws IllegalArgumentException says what is wrong with it, and what was expected
    abstract Predicate<Conversation> parse(String value);

    /// Its name as a parameter.
    public String word() {
        return word;
    }

    /// Its name as a parameter that turns away what it matches.
    public String negated() {
        return NOT + word;
    }

    /// What stands for a value in a help text.
    public String form() {
        return form;
    }

    /// What a value is.
    public String meaning() {
        return meaning;
    }

    /// The names of all parameters that filter.
    static List<String> names() {
        return List.of(values()).stream()
                .<String>mapMulti((each, names) -> {
                    names.accept(each.word());
                    names.accept(each.negated());
                })
                .toList();
    }

    /// An address, or `ADDRESS/LENGTH`; bits behind the prefix are ignored.
    private static Cidr prefix(String text) {
        int slash = text.indexOf('/');
        IpAddress address = IpAddress.parse(slash < 0 ? text : text.substring(0, slash));
        if (slash < 0) {
            return Cidr.of(address);
        }
        String digits = text.substring(slash + 1);
        if (!digits.matches("\\d{1,3}") || Integer.parseInt(digits) > Cidr.bits(address)) {
            throw new IllegalArgumentException(
                    "the prefix of '" + text + "' is not a number from 0 to " + Cidr.bits(address));
        }
        return Cidr.around(address, Integer.parseInt(digits));
    }
}
