// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.config;

import static dev.weir.agent.config.Setting.bool;
import static dev.weir.agent.config.Setting.duration;
import static dev.weir.agent.config.Setting.listOf;
import static dev.weir.agent.config.Setting.mapOf;
import static dev.weir.agent.config.Setting.number;
import static dev.weir.agent.config.Setting.oneOf;
import static dev.weir.agent.config.Setting.text;
import static dev.weir.agent.config.Setting.word;

import dev.weir.abi.IpAddress;
import dev.weir.abi.Limits;
import dev.weir.abi.Verdict;
import dev.weir.agent.config.WeirConfig.Addresses;
import dev.weir.agent.config.WeirConfig.Flows;
import dev.weir.agent.config.WeirConfig.Hook;
import dev.weir.agent.config.WeirConfig.Idle;
import dev.weir.agent.config.WeirConfig.Ipfix;
import dev.weir.agent.config.WeirConfig.Namespaces;
import dev.weir.agent.config.WeirConfig.Tls;
import dev.weir.agent.config.WeirConfig.Transport;
import dev.weir.policy.Glob;
import dev.weir.policy.Target;
import dev.weir.yaml.Diagnostics;
import dev.weir.yaml.Fields;
import dev.weir.yaml.Source;
import dev.weir.yaml.Words;
import dev.weir.yaml.YamlReader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Reads weir.yaml.
public final class ConfigFile {
    private static final int MAX_BYTES = 1 << 20;
    private static final List<String> KEYS = List.of(
            "policies",
            "listen",
            "tls",
            "token-file",
            "bpffs",
            "vantages",
            "hook",
            "unselected",
            "other-l2",
            "spoof-guard",
            "namespaces",
            "ipfix",
            "flows");
    /// What `device:VANTAGE/NAME` leaves of a name field to the vantage.
    private static final int MAX_VANTAGE_BYTES =
            Limits.NAME_BYTES - Target.DEVICE_PREFIX.length() - Limits.DEVICE_BYTES - 1;

    private static final int MAX_FLOWS = 1 << 24;
    private static final int MAX_DOMAIN = Integer.MAX_VALUE;

    /// The path of a file, or nothing.
    private static final Setting<String> FILE =
            text("a path", value -> Path.of(value).toString());

    private ConfigFile() {}

    /// The configuration in `named`, which must exist, or in the default file, which may be absent.
    /// @throws ConfigException with every error in the file, or the reason why it cannot be read
    public static WeirConfig load(@Nullable Path named) throws ConfigException {
        Path file = named == null ? WeirConfig.DEFAULT_FILE : named;
        Diagnostics diagnostics = new Diagnostics();
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(MAX_BYTES + 1);
            if (bytes.length <= MAX_BYTES) {
                return read(Source.decode(file.toString(), bytes, diagnostics), diagnostics);
            }
            unreadable(file, "the file is larger than " + (MAX_BYTES >> 20) + " MiB", diagnostics);
        } catch (NoSuchFileException e) {
            if (named == null) {
                return WeirConfig.DEFAULT;
            }
            unreadable(file, Source.problem(e), diagnostics);
        } catch (IOException e) {
            unreadable(file, Source.problem(e), diagnostics);
        }
        throw new ConfigException(diagnostics.sorted());
    }

    private static void unreadable(Path file, String problem, Diagnostics diagnostics) {
        new Source(file.toString(), "", diagnostics).error(1, 1, problem);
    }

    /// The configuration that `yaml` says.
    /// @param name of the file, for errors
    static WeirConfig parse(String name, String yaml) throws ConfigException {
        Diagnostics diagnostics = new Diagnostics();
        return read(Optional.of(new Source(name, yaml, diagnostics)), diagnostics);
    }

    private static WeirConfig read(Optional<Source> text, Diagnostics diagnostics) throws ConfigException {
        WeirConfig config = text.flatMap(source -> YamlReader.read(source)
                        .filter(root -> !root.isNothing())
                        .flatMap(root -> Fields.read(source, root, "the configuration", KEYS, List.of()))
                        .map(fields -> {
                            WeirConfig read = read(new Settings(source, fields), WeirConfig.DEFAULT);
                            if (ListenAddress.isOpenToOthers(read.listen())) {
                                fields.get("listen")
                                        .ifPresent(node -> read.unserved().ifPresent(why -> source.error(node, why)));
                            }
                            return read;
                        }))
                .orElse(WeirConfig.DEFAULT);
        if (diagnostics.anyError()) {
            throw new ConfigException(diagnostics.sorted());
        }
        return config;
    }

    private static WeirConfig read(Settings in, WeirConfig absent) {
        Setting<Path> path = word("a path", Path::of);
        return new WeirConfig(
                in.get("policies", absent.policies(), path),
                in.get("listen", absent.listen(), text(ListenAddress.EXPECTED, ListenAddress::parse)),
                in.section("tls", absent.tls(), List.of("certificate", "key"), ConfigFile::tls),
                in.get("token-file", absent.tokenFile(), FILE),
                in.get("bpffs", absent.bpffs(), path),
                in.get("vantages", absent.vantages(), vantages()),
                in.get("hook", absent.hook(), oneOf(Hook.TCX, Hook.XDP)),
                in.get("unselected", absent.unselected(), oneOf(Verdict.ALLOW, Verdict.DENY, Verdict.REJECT)),
                in.get("other-l2", absent.otherL2(), oneOf(Verdict.ALLOW, Verdict.DENY)),
                in.get("spoof-guard", absent.spoofGuard(), bool()),
                in.section(
                        "namespaces",
                        absent.namespaces(),
                        List.of("include", "exclude", "labels", "addresses", "declared", "forwarders"),
                        ConfigFile::namespaces),
                in.section(
                        "ipfix",
                        absent.ipfix(),
                        List.of("collector", "protocol", "active-timeout", "idle-timeout", "domain"),
                        ConfigFile::ipfix),
                in.section(
                        "flows",
                        absent.flows(),
                        List.of("per-namespace", "new-per-second", "idle"),
                        ConfigFile::flows));
    }

    /// Names of namespaces, each once; a device in one has a name of up to 63 bytes together with it.
    private static Setting<List<String>> vantages() {
        Setting<String> name = word("a namespace of at most %d bytes".formatted(MAX_VANTAGE_BYTES), value -> {
            if (value.contains("/")
                    || value.startsWith(".")
                    || value.getBytes(StandardCharsets.UTF_8).length > MAX_VANTAGE_BYTES) {
                throw new IllegalArgumentException("no vantage can be called `%s`".formatted(Words.shortened(value)));
            }
            return value;
        });
        return (source, what, node) -> listOf(name).read(source, what, node).filter(names -> {
            boolean fits =
                    names.size() <= Limits.MAX_VANTAGES && Set.copyOf(names).size() == names.size();
            if (!fits) {
                source.error(
                        node,
                        "%s has %d names, expected at most %d, each once"
                                .formatted(what, names.size(), Limits.MAX_VANTAGES));
            }
            return fits;
        });
    }

    private static Tls tls(Settings in, Tls absent) {
        return new Tls(in.get("certificate", absent.certificate(), FILE), in.get("key", absent.key(), FILE));
    }

    private static Namespaces namespaces(Settings in, Namespaces absent) {
        Setting<List<Glob>> globs = listOf(word("a namespace or a glob", Glob::new));
        Setting<String> value = text("a text", Function.identity());
        return new Namespaces(
                in.get("include", absent.include(), globs),
                in.get("exclude", absent.exclude(), globs),
                in.get("labels", absent.labels(), mapOf(mapOf(value))),
                in.get("addresses", absent.addresses(), oneOf(Addresses.LEARNED, Addresses.DECLARED)),
                in.get("declared", absent.declared(), mapOf(listOf(text("an IP address", ConfigFile::host)))),
                in.get("forwarders", absent.forwarders(), listOf(word("a namespace", Function.identity()))));
    }

    /// An address that a namespace can hold. One within `::ffff:0:0/96` would be taken for the IPv4 address in it.
    static IpAddress host(String text) {
        IpAddress address = IpAddress.parse(text);
        if (!Namespaces.canHold(address) || (address.isV4() && text.indexOf(':') >= 0)) {
            throw new IllegalArgumentException("no namespace can hold `" + text + "`");
        }
        return address;
    }

    private static Ipfix ipfix(Settings in, Ipfix absent) {
        return new Ipfix(
                in.get(
                        "collector",
                        absent.collector(),
                        text("HOST:PORT, such as 192.0.2.1:4739 or [2001:db8::1]:4739, or nothing", Collector::parse)),
                in.get("protocol", absent.protocol(), oneOf(Transport.UDP, Transport.TCP)),
                in.get("active-timeout", absent.activeTimeout(), duration()),
                in.get("idle-timeout", absent.idleTimeout(), duration()),
                in.get("domain", absent.domain(), number(MAX_DOMAIN)));
    }

    private static Flows flows(Settings in, Flows absent) {
        return new Flows(
                in.get("per-namespace", absent.perNamespace(), number(MAX_FLOWS)),
                in.get("new-per-second", absent.newPerSecond(), number(MAX_FLOWS)),
                in.section(
                        "idle",
                        absent.idle(),
                        List.of("tcp", "udp", "icmp"),
                        (idle, none) -> new Idle(
                                idle.get("tcp", none.tcp(), duration()),
                                idle.get("udp", none.udp(), duration()),
                                idle.get("icmp", none.icmp(), duration()))));
    }
}
