// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.lab;

import dev.weir.agent.cli.CommandFailure;
import dev.weir.agent.cli.ExitCode;
import dev.weir.agent.cli.HostAddress;
import dev.weir.agent.cli.Wiring;
import dev.weir.agent.config.NamespaceRecord;
import dev.weir.net.InterfaceAddress;
import dev.weir.net.NetDevice;
import dev.weir.net.NetException;
import dev.weir.net.NetworkNamespace;
import dev.weir.net.RouteNetlink;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// `weir netns`. The host's end of the veth stays down until the gate lets the namespace in, so that no packet passes
/// before.
public final class NamespaceMaker implements Wiring.Namespaces {
    private static final Path NAMES = Path.of("/run/netns");
    private static final String MARK = "weir-netns";

    @Override
    public void add(Wish wish, Gate gate) throws CommandFailure {
        List<String> gateways = new ArrayList<>();
        refuseIfImpossible(wish, gateways);
        try {
            Construction.<IOException>all(construction -> make(wish, gateways, gate, construction));
        } catch (CommandFailure e) {
            throw new CommandFailure(
                    e.exitCode(),
                    "add namespace %s: %s; nothing is left of it".formatted(wish.name(), e.getMessage()),
                    e);
        } catch (IOException e) {
            throw new CommandFailure(
                    ExitCode.FAILED,
                    "add namespace %s: write %s: %s; nothing is left of it"
                            .formatted(wish.name(), NamespaceRecord.DIRECTORY.resolve(wish.name()), e),
                    e);
        }
    }

    private static void make(Wish wish, List<String> gateways, Gate gate, Construction construction)
            throws CommandFailure, IOException {
        String name = wish.name();
        String device = wish.device();
        construction.run(Step.making(new Made.Namespace(name), "ip netns add " + name));
        construction.undoBy(() -> forget(name));
        try (NetworkNamespace made = NetworkNamespace.open(NAMES.resolve(name))) {
            new NamespaceRecord(
                            made.inode(),
                            device,
                            wish.addresses().stream().map(HostAddress::address).toList())
                    .write(name);
        }
        construction.run(Step.making(
                new Made.Device(device), "ip link add %s type veth peer name eth0 netns %s".formatted(device, name)));
        construction.run(Step.of("ip link set %s alias %s master %s".formatted(device, MARK, wish.bridge())));
        construction.run(Step.of("ip -n %s link set lo up".formatted(name)));
        for (HostAddress address : wish.addresses()) {
            String nodad = address.address().isV4() ? "" : " nodad"; // the agent knows who holds it
            construction.run(Step.of("ip -n %s address add %s dev eth0%s".formatted(name, address, nodad)));
        }
        construction.run(Step.of("ip -n %s link set eth0 up".formatted(name)));
        for (String gateway : gateways) {
            construction.run(Step.of("ip -n %s route add default via %s".formatted(name, gateway)));
        }
        gate.await();
        construction.run(Step.of("ip link set %s up".formatted(device)));
    }

    /// @param gateways gets the bridge's address in the subnet of the first address of each family
    private static void refuseIfImpossible(Wish wish, List<String> gateways) throws CommandFailure {
        if (Files.exists(NAMES.resolve(wish.name()), LinkOption.NOFOLLOW_LINKS)) {
            throw new CommandFailure(ExitCode.FAILED, "namespace %s is there already".formatted(wish.name()));
        }
        try (RouteNetlink netlink = RouteNetlink.open()) {
            List<NetDevice> links = netlink.links();
            if (links.stream().anyMatch(link -> link.name().equals(wish.device()))) {
                throw new CommandFailure(ExitCode.FAILED, "device %s is there already".formatted(wish.device()));
            }
            NetDevice bridge = links.stream()
                    .filter(link ->
                            link.name().equals(wish.bridge()) && link.kind().equals("bridge"))
                    .findFirst()
                    .orElseThrow(() -> new CommandFailure(
                            ExitCode.FAILED,
                            "there is no bridge %1$s; make it: ip link add %1$s type bridge".formatted(wish.bridge())));
            List<InterfaceAddress> own = netlink.addresses();
            for (boolean v4 : List.of(true, false)) {
                gateway(wish, v4, bridge, own).ifPresent(gateways::add);
            }
        } catch (NetException e) {
            throw new CommandFailure(ExitCode.FAILED, String.valueOf(e.getMessage()), e);
        }
    }

    private static Optional<String> gateway(Wish wish, boolean v4, NetDevice bridge, List<InterfaceAddress> own) {
        return wish.addresses().stream()
                .filter(address -> address.address().isV4() == v4)
                .flatMap(address -> own.stream()
                        .filter(each -> each.ifindex() == bridge.ifindex())
                        .filter(each -> address.subnet().contains(each.address())))
                .map(each -> each.address().toString())
                .findFirst();
    }

    @Override
    public Wiring.Removal del(String name) throws CommandFailure {
        NamespaceRecord record = recorded(name);
        List<String> removed = new ArrayList<>();
        List<String> leftAlone = new ArrayList<>();
        List<String> processes = new ArrayList<>();
        Made.Device device = new Made.Device(record.device());
        if (device.mark().filter(MARK::equals).isPresent()) {
            Demolition.remove(device);
            removed.add(device.toString());
        }
        Made.Namespace namespace = new Made.Namespace(name);
        Optional<Long> inode = inode(name);
        if (inode.filter(found -> found == record.inode()).isPresent()) {
            Demolition.remove(namespace).ifPresent(processes::add);
            removed.add(namespace.toString());
        } else if (inode.isPresent()) {
            leftAlone.add(namespace + ", which is another one than `weir netns add` has made");
        }
        try {
            NamespaceRecord.delete(name);
        } catch (IOException e) {
            throw new CommandFailure(
                    ExitCode.FAILED, "remove %s: %s".formatted(NamespaceRecord.DIRECTORY.resolve(name), e), e);
        }
        return new Wiring.Removal(removed, leftAlone, processes);
    }

    private static NamespaceRecord recorded(String name) throws CommandFailure {
        try {
            return NamespaceRecord.read(name)
                    .orElseThrow(() -> new CommandFailure(
                            ExitCode.FAILED,
                            "`weir netns add` has made no namespace %1$s; one that others have made is deleted by: ip netns del %1$s"
                                    .formatted(name)));
        } catch (IOException e) {
            throw new CommandFailure(ExitCode.FAILED, "delete namespace %s: %s".formatted(name, e.getMessage()), e);
        }
    }

    private static Optional<Long> inode(String name) {
        try (NetworkNamespace namespace = NetworkNamespace.open(NAMES.resolve(name))) {
            return Optional.of(namespace.inode());
        } catch (NetException e) {
            return Optional.empty(); // gone, or a leftover file that `ip netns` tells of
        }
    }

    private static void forget(String name) {
        try {
            NamespaceRecord.delete(name);
        } catch (IOException e) {
            // what could not be written is not there; and what is of no living namespace counts for nothing
        }
    }
}
