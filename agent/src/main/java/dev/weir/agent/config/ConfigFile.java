// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.config;

import static dev.weir.agent.config.YamlReader.bool;
import static dev.weir.agent.config.YamlReader.duration;
import static dev.weir.agent.config.YamlReader.either;
import static dev.weir.agent.config.YamlReader.listOf;
import static dev.weir.agent.config.YamlReader.mapOf;
import static dev.weir.agent.config.YamlReader.number;
import static dev.weir.agent.config.YamlReader.text;
import static dev.weir.agent.config.YamlReader.word;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.weir.abi.IpAddress;
import dev.weir.abi.Verdict;
import dev.weir.agent.config.WeirConfig.Addresses;
import dev.weir.agent.config.WeirConfig.Flows;
import dev.weir.agent.config.WeirConfig.Hook;
import dev.weir.agent.config.WeirConfig.Idle;
import dev.weir.agent.config.WeirConfig.Ipfix;
import dev.weir.agent.config.WeirConfig.Namespaces;
import dev.weir.agent.config.WeirConfig.Tls;
import dev.weir.policy.Glob;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.Node;

/// Reads weir.yaml.
public final class ConfigFile {
    private static final int MAX_BYTES = 1 << 20;
    private static final int MAX_FLOWS = 1 << 24;
    private static final int MAX_DOMAIN = Integer.MAX_VALUE;

    private ConfigFile() {}

    /// The configuration in `named`, which must exist, or in the default file, which may be absent.
    /// @throws ConfigException with every error in the file, or the reason why it cannot be read
    public static WeirConfig load(@Nullable Path named) throws ConfigException {
        Path file = named == null ? WeirConfig.DEFAULT_FILE : named;
        byte[] bytes;
        try (InputStream in = Files.newInputStream(file)) {
            bytes = in.readNBytes(MAX_BYTES + 1);
        } catch (NoSuchFileException e) {
            if (named == null) {
                return WeirConfig.DEFAULT;
            }
            throw new ConfigException(List.of(file + ": there is no such file"));
        } catch (IOException e) {
            throw new ConfigException(List.of(file + ": it cannot be read: " + e.getMessage()));
        }
        if (bytes.length > MAX_BYTES) {
            throw new ConfigException(List.of(file + ": it is larger than " + MAX_BYTES + " bytes"));
        }
        try {
            return parse(
                    file.toString(),
                    UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString());
        } catch (CharacterCodingException e) {
            throw new ConfigException(List.of(file + ": it is not UTF-8"));
        }
    }

    /// The configuration that `yaml` says.
    /// @param name of the file, for errors
    static WeirConfig parse(String name, String yaml) throws ConfigException {
        Findings findings = new Findings(name);
        WeirConfig config = WeirConfig.DEFAULT;
        Optional<Node> root = compose(yaml, findings);
        if (root.isPresent()) {
            YamlReader<WeirConfig> whole = YamlMap.reader(map -> read(map, WeirConfig.DEFAULT));
            WeirConfig read = whole.readOrNote(root.get(), findings);
            config = read == null ? config : read;
        }
        findings.throwIfAny();
        return config;
    }

    private static Optional<Node> compose(String yaml, Findings findings) {
        LoadSettings settings = LoadSettings.builder()
                .setCodePointLimit(MAX_BYTES)
                .setAllowDuplicateKeys(true) // noted by YamlMap, with all other errors
                .build();
        try {
            return new Compose(settings).composeString(yaml);
        } catch (MarkedYamlEngineException e) {
            findings.add(e.getProblemMark(), "this is not YAML: " + e.getProblem());
        } catch (YamlEngineException e) {
            findings.add(Optional.empty(), "this is not YAML: " + e.getMessage());
        } catch (StackOverflowError e) {
            findings.add(Optional.empty(), "this is nested too deeply");
        }
        return Optional.empty();
    }

    private static WeirConfig read(YamlMap in, WeirConfig absent) {
        YamlReader<Path> path = word("a path", Path::of);
        boolean spoofGuard = in.get("spoof-guard", false, bool());
        if (spoofGuard) {
            in.unsupported("spoof-guard");
        }
        return new WeirConfig(
                in.get("policies", absent.policies(), path),
                in.get("listen", absent.listen(), text("ADDRESS:PORT", ListenAddress::parse)),
                in.section("tls", absent.tls(), ConfigFile::tls),
                in.fixed("token-file", absent.tokenFile(), text("a path", Function.identity())),
                in.get("bpffs", absent.bpffs(), path),
                in.fixed("vantages", absent.vantages(), listOf(word("a namespace", Function.identity()))),
                in.fixed("hook", absent.hook(), either(Hook.TCX, Hook.XDP)),
                in.get("unselected", absent.unselected(), either(Verdict.ALLOW, Verdict.DENY)),
                in.get("other-l2", absent.otherL2(), either(Verdict.ALLOW, Verdict.DENY)),
                absent.spoofGuard(),
                in.section("namespaces", absent.namespaces(), ConfigFile::namespaces),
                in.section("ipfix", absent.ipfix(), ConfigFile::ipfix),
                in.section("flows", absent.flows(), ConfigFile::flows));
    }

    private static Tls tls(YamlMap in, Tls absent) {
        YamlReader<String> path = text("a path", Function.identity());
        return new Tls(in.fixed("certificate", absent.certificate(), path), in.fixed("key", absent.key(), path));
    }

    private static Namespaces namespaces(YamlMap in, Namespaces absent) {
        YamlReader<List<Glob>> globs = listOf(word("a namespace or a glob", Glob::new));
        YamlReader<String> value = text("a text", Function.identity());
        return new Namespaces(
                in.get("include", absent.include(), globs),
                in.get("exclude", absent.exclude(), globs),
                in.fixed("labels", absent.labels(), mapOf(mapOf(value))),
                in.fixed("addresses", absent.addresses(), either(Addresses.LEARNED, Addresses.DECLARED)),
                in.fixed("declared", absent.declared(), mapOf(listOf(text("an IP address", IpAddress::parse)))),
                in.fixed("forwarders", absent.forwarders(), listOf(word("a namespace", Function.identity()))));
    }

    private static Ipfix ipfix(YamlMap in, Ipfix absent) {
        return new Ipfix(
                in.fixed("collector", absent.collector(), text("HOST:PORT, or nothing", Function.identity())),
                in.fixed("protocol", absent.protocol(), text("udp or tcp", Function.identity())),
                in.fixed("active-timeout", absent.activeTimeout(), duration()),
                in.fixed("idle-timeout", absent.idleTimeout(), duration()),
                in.fixed("domain", absent.domain(), number(0, MAX_DOMAIN)));
    }

    private static Flows flows(YamlMap in, Flows absent) {
        return new Flows(
                in.get("per-namespace", absent.perNamespace(), number(0, MAX_FLOWS)),
                in.fixed("new-per-second", absent.newPerSecond(), number(0, MAX_FLOWS)),
                in.section(
                        "idle",
                        absent.idle(),
                        (idle, none) -> new Idle(
                                idle.get("tcp", none.tcp(), duration()),
                                idle.get("udp", none.udp(), duration()),
                                idle.get("icmp", none.icmp(), duration()))));
    }
}
