// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.cli;

import dev.weir.agent.config.ConfigException;
import dev.weir.agent.view.StatusView;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.TypeConversionException;

/// `weir netns`.
@Command(name = "netns", description = "Make namespaces that are enforced before their first packet, and delete them.")
final class NetnsCommand extends Verb {
    /// Words for `ip`, and names of files; a namespace's has room in the kernel's maps.
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,62}");

    /// `IFNAMSIZ` of `linux/if.h`, without its NUL.
    private static final Pattern DEVICE = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,14}");

    @Override
    ExitCode run() {
        throw new ParameterException(spec().commandLine(), "say what to do: weir netns add, or weir netns del");
    }

    /// `weir netns add`.
    @Command(
            name = "add",
            description = "Make a namespace behind a port of a bridge, enforced before its link goes up.",
            footer = {
                "",
                "Its device is eth0. It gets a default route by the bridge, where that has an",
                "address in its subnet. If anything fails, nothing is left of it."
            })
    static final class Add extends Verb {
        private final Wiring wiring;

        @Mixin
        AgentOptions agent;

        @Mixin
        TimeoutOption wait = new TimeoutOption();

        @Parameters(paramLabel = "NAME", description = "Of the namespace.", converter = Name.class)
        String name = "";

        @Option(
                names = "--bridge",
                required = true,
                paramLabel = "NAME",
                converter = Device.class,
                description = "The bridge of this host.")
        String bridge = "";

        @Option(
                names = "--address",
                required = true,
                paramLabel = "ADDRESS/LENGTH",
                converter = Address.class,
                description = "An address that it gets, such as 10.0.0.2/24; may be repeated.")
        List<HostAddress> addresses = new ArrayList<>();

        @Option(
                names = "--device",
                paramLabel = "NAME",
                converter = Device.class,
                description = "The host's end of its veth; veth-NAME when absent.")
        @Nullable
        String device;

        Add(Wiring wiring) {
            this.wiring = wiring;
            this.agent = new AgentOptions(wiring);
        }

        @Override
        ExitCode run() throws CommandFailure, ConfigException {
            String end = device == null ? "veth-" + name : device;
            if (!DEVICE.matcher(end).matches()) {
                throw new ParameterException(
                        spec().commandLine(), "`%s` is too long for a device; say --device NAME".formatted(end));
            }
            agent.askAgent("/api/v1/status", StatusView.class); // before anything is made
            Enforced enforced = new Enforced(
                    agent,
                    end,
                    name,
                    addresses.stream().map(HostAddress::address).toList());
            wiring.namespaces().add(new Wiring.Namespaces.Wish(name, bridge, end, addresses), () -> {
                try {
                    enforced.await(wait.timeout);
                } catch (ConfigException e) {
                    throw new CommandFailure(ExitCode.USAGE, String.valueOf(e.getMessage()), e);
                }
            });
            out().println("namespace %s is enforced: %s behind %s on %s"
                    .formatted(
                            name,
                            addresses.stream().map(HostAddress::toString).collect(Collectors.joining(", ")),
                            end,
                            bridge));
            return ExitCode.OK;
        }
    }

    /// `weir netns del`.
    @Command(
            name = "del",
            description = "Delete a namespace that `weir netns add` has made, with all that belongs to it.")
    static final class Del extends Verb {
        private final Wiring wiring;

        @Parameters(paramLabel = "NAME", description = "Of the namespace.", converter = Name.class)
        String name = "";

        Del(Wiring wiring) {
            this.wiring = wiring;
        }

        @Override
        ExitCode run() throws CommandFailure {
            Wiring.Removal removal = wiring.namespaces().del(name);
            removal.removed().forEach(thing -> out().println("removed " + thing));
            removal.processes().forEach(sentence -> err().println("weir: " + sentence));
            removal.leftAlone().forEach(thing -> err().println("weir: left alone: " + thing));
            return ExitCode.OK;
        }
    }

    private static String matching(Pattern pattern, String value, String what) {
        if (!pattern.matcher(value).matches()) {
            throw new TypeConversionException(
                    "`%s` cannot be the name of a %s, expected letters, digits, `.`, `_` and `-`, not too many"
                            .formatted(value, what));
        }
        return value;
    }

    static final class Name implements ITypeConverter<String> {
        @Override
        public String convert(String value) {
            return matching(NAME, value, "namespace");
        }
    }

    static final class Device implements ITypeConverter<String> {
        @Override
        public String convert(String value) {
            return matching(DEVICE, value, "device");
        }
    }

    static final class Address implements ITypeConverter<HostAddress> {
        @Override
        public HostAddress convert(String value) {
            try {
                return HostAddress.parse(value);
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException(e.getMessage());
            }
        }
    }
}
