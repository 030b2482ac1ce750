// SPDX-License-Identifier: Apache-2.0
package dev.weir.net;

import dev.weir.abi.IpAddress;
import dev.weir.bpf.Errno;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Asks the kernel about devices, addresses and routes over rtnetlink(7). It speaks for the namespace of the
/// thread that opened it ("this namespace" below), from whichever thread it is used: for another one,
/// `namespace.call(RouteNetlink::open)`. Safe for several threads, which take turns.
public final class RouteNetlink implements AutoCloseable {
    private final NetlinkSocket socket;
    private final NetlinkClient client;
    private boolean closed;

    private RouteNetlink(NetlinkSocket socket) {
        this.socket = socket;
        this.client = new NetlinkClient(socket);
    }

    /// Opens a socket to the kernel.
    ///
    /// @throws NetException if the kernel refuses the socket, such as for want of descriptors
    public static RouteNetlink open() {
        return new RouteNetlink(NetlinkSocket.open());
    }

    /// The identity of this namespace, which is never used again: its inode is, once it is gone.
    ///
    /// @throws NetException if the kernel does not tell it
    public synchronized long cookie() {
        client();
        return socket.cookie();
    }

    /// The devices of this namespace, by rising ifindex.
    ///
    /// @throws NetException if the kernel refuses, or if devices came and went all the while (EINTR: ask again)
    public synchronized List<NetDevice> links() {
        NetlinkRequest request = new NetlinkRequest(Netlink.RTM_GETLINK, Netlink.NLM_F_DUMP, Netlink.IFINFOMSG_BYTES)
                .with(Netlink.IFLA_EXT_MASK, Netlink.RTEXT_FILTER_SKIP_STATS);
        return client().dump("list the devices", request, Netlink.RTM_NEWLINK, RouteMessages::device);
    }

    /// What the devices of this namespace have carried, by ifindex. It asks for nothing else, and so costs a fraction
    /// of [#links()].
    ///
    /// @throws NetException as [#links()]
    public synchronized Map<Integer, LinkStatistics> statistics() {
        NetlinkRequest request = new NetlinkRequest(
                        Netlink.RTM_GETSTATS, Netlink.NLM_F_DUMP, Netlink.IF_STATS_MSG_BYTES)
                .fixed(Netlink.IF_STATS_MSG_FILTER, Netlink.IFLA_STATS_FILTER_LINK_64);
        Map<Integer, LinkStatistics> statistics = new HashMap<>();
        client().dump("list what the devices carried", request, Netlink.RTM_NEWSTATS, RouteMessages::carried)
                .forEach(each -> statistics.put(each.ifindex(), each.statistics()));
        return statistics;
    }

    /// What the devices of this namespace send by, by ifindex; of those that have nothing there is none.
    ///
    /// @throws NetException as [#links()]
    public synchronized Map<Integer, QueueDiscipline> disciplines() {
        NetlinkRequest request = new NetlinkRequest(Netlink.RTM_GETQDISC, Netlink.NLM_F_DUMP, Netlink.TCMSG_BYTES);
        Map<Integer, QueueDiscipline> roots = new HashMap<>();
        client().dump("list the queues", request, Netlink.RTM_NEWQDISC, QueueMessages.Discipline::of)
                .forEach(each -> {
                    if (each.root()) {
                        roots.put(each.ifindex(), each.told());
                    }
                });
        return roots;
    }

    /// How the devices of this namespace send, by ifindex.
    ///
    /// @throws NetException as [#links()]
    public synchronized Map<Integer, DeviceQueue> queues() {
        Map<Integer, QueueDiscipline> roots = disciplines();
        NetlinkRequest links = new NetlinkRequest(Netlink.RTM_GETLINK, Netlink.NLM_F_DUMP, Netlink.IFINFOMSG_BYTES)
                .with(Netlink.IFLA_EXT_MASK, Netlink.RTEXT_FILTER_SKIP_STATS);
        Map<Integer, DeviceQueue> queues = new HashMap<>();
        for (QueueMessages.Link link :
                client().dump("list the devices", links, Netlink.RTM_NEWLINK, QueueMessages.Link::of)) {
            QueueDiscipline root = roots.getOrDefault(link.ifindex(), QueueDiscipline.NONE);
            queues.put(link.ifindex(), new DeviceQueue(link.mtu(), link.length(), root));
        }
        return queues;
    }

    /// One device of the namespace that this one knows by `nsid`, such as the other end of a veth; empty where there
    /// is none, or where no namespace has that id any more. It costs the same however many devices a tenant makes.
    ///
    /// @param nsid from [NetDevice#peerNsid()] where that is not -1
    /// @param ifindex from [NetDevice#peerIfindex()]
    /// @throws NetException if the kernel refuses
    public synchronized Optional<NetDevice> link(int nsid, int ifindex) {
        requireId(nsid);
        NetlinkRequest request = new NetlinkRequest(Netlink.RTM_GETLINK, 0, Netlink.IFINFOMSG_BYTES)
                .fixed(Netlink.IFINFOMSG_INDEX, ifindex)
                .with(Netlink.IFLA_TARGET_NETNSID, nsid)
                .with(Netlink.IFLA_EXT_MASK, Netlink.RTEXT_FILTER_SKIP_STATS);
        String operation = "ask for device %d in the namespace with id %d".formatted(ifindex, nsid);
        try {
            return Optional.ofNullable(client().ask(operation, request, Netlink.RTM_NEWLINK, RouteMessages::device));
        } catch (NetException e) {
            if (e.errno() == Errno.ENODEV || (e.errno() == Errno.EINVAL && !exists(nsid))) {
                return Optional.empty();
            }
            throw e;
        }
    }

    private static void requireId(int nsid) {
        if (nsid < 0) {
            throw new IllegalArgumentException("no namespace has the id " + nsid + "; ids start at 0");
        }
    }

    /// Which way this namespace would send to `address`; empty where it would not: no route, or the address is its
    /// own.
    ///
    /// @throws NetException if the kernel fails otherwise
    public synchronized Optional<Route> routeTo(IpAddress address) {
        boolean v4 = address.isV4();
        byte[] bytes = address.toBytes();
        byte[] destination = v4 ? Arrays.copyOfRange(bytes, bytes.length - Integer.BYTES, bytes.length) : bytes;
        NetlinkRequest request = new NetlinkRequest(Netlink.RTM_GETROUTE, 0, Netlink.RTMSG_BYTES)
                .fixed(Netlink.RTMSG_FAMILY, (byte) (v4 ? Netlink.AF_INET : Netlink.AF_INET6))
                .fixed(Netlink.RTMSG_DST_LENGTH, (byte) (destination.length * Byte.SIZE))
                .with(Netlink.RTA_DST, destination);
        try {
            Optional<Route> route = client().ask(
                            "ask for the route to " + address, request, Netlink.RTM_NEWROUTE, RouteMessages::route);
            return route == null ? Optional.empty() : route;
        } catch (NetException e) {
            return switch (e.errno()) {
                // no route, and the types of route that stand for a refusal: `fib_props` in net/ipv4/fib_semantics.c
                case NetException.ENETUNREACH, NetException.EHOSTUNREACH, Errno.EACCES, Errno.EINVAL, Errno.EAGAIN ->
                    Optional.empty();
                default -> throw e;
            };
        }
    }

    /// The routes of this namespace's tables that send somewhere, of both families.
    ///
    /// @throws NetException if the kernel refuses, or if there are more than 65,536
    public synchronized List<RouteEntry> routes() {
        NetlinkRequest request = new NetlinkRequest(Netlink.RTM_GETROUTE, Netlink.NLM_F_DUMP, Netlink.RTMSG_BYTES)
                .fixed(Netlink.RTMSG_TYPE, (byte) Netlink.RTN_UNICAST);
        return client().dump("list the routes", request, Netlink.RTM_NEWROUTE, RouteMessages::entry).stream()
                .flatMap(Optional::stream)
                .toList();
    }

    /// The rules by which this namespace chooses a table of IPv4 routes.
    ///
    /// @throws NetException if the kernel refuses
    public synchronized List<RoutingRule> rules() {
        NetlinkRequest request = new NetlinkRequest(Netlink.RTM_GETRULE, Netlink.NLM_F_DUMP, Netlink.FIB_RULE_BYTES)
                .fixed(0, (byte) Netlink.AF_INET);
        return client().dump("list the rules of routing", request, Netlink.RTM_NEWRULE, RouteMessages::rule);
    }

    /// The id by which this namespace knows `namespace`, as in [NetDevice#peerNsid()]. Where there is none yet, the
    /// kernel chooses one, which lasts as long as both namespaces; [NetlinkMonitor] hears only of namespaces that
    /// have one.
    ///
    /// @throws NetException if the kernel refuses
    /// @throws IllegalStateException if either was closed
    public synchronized int nsidOf(NetworkNamespace namespace) {
        NetlinkClient open = client();
        return namespace.withFd(fd -> {
            int known = idOf(open, namespace, fd);
            if (known != Netlink.NSID_NOT_ASSIGNED) {
                return known;
            }
            assignId(open, namespace, fd);
            int assigned = idOf(open, namespace, fd);
            if (assigned == Netlink.NSID_NOT_ASSIGNED) {
                throw NetException.unusable(
                        "give an id to " + namespace, "it has none although the kernel gave it one");
            }
            return assigned;
        });
    }

    /// As [#nsidOf], but nothing is changed: -1 where this namespace has no id for `namespace` yet. A device whose
    /// other end is there gives it one when it is listed.
    public synchronized int knownNsidOf(NetworkNamespace namespace) {
        NetlinkClient open = client();
        return namespace.withFd(fd -> idOf(open, namespace, fd));
    }

    private static int idOf(NetlinkClient client, NetworkNamespace namespace, int fd) {
        NetlinkRequest request =
                new NetlinkRequest(Netlink.RTM_GETNSID, 0, Netlink.RTGENMSG_BYTES).with(Netlink.NETNSA_FD, fd);
        return Optional.ofNullable(
                        client.ask("ask for the id of " + namespace, request, Netlink.RTM_NEWNSID, RouteMessages::nsid))
                .orElse(Netlink.NSID_NOT_ASSIGNED);
    }

    private static void assignId(NetlinkClient client, NetworkNamespace namespace, int fd) {
        NetlinkRequest request = new NetlinkRequest(Netlink.RTM_NEWNSID, Netlink.NLM_F_ACK, Netlink.RTGENMSG_BYTES)
                .with(Netlink.NETNSA_FD, fd)
                .with(Netlink.NETNSA_NSID, Netlink.NSID_NOT_ASSIGNED);
        try {
            client.ask("give an id to " + namespace, request, Netlink.RTM_NEWNSID, RouteMessages::nsid);
        } catch (NetException e) {
            if (e.errno() != Errno.EEXIST) { // somebody else was faster
                throw e;
            }
        }
    }

    /// The IPv4 and IPv6 addresses of this namespace's devices.
    ///
    /// @throws NetException if the kernel refuses, or if addresses came and went all the while (EINTR: ask again)
    public synchronized List<InterfaceAddress> addresses() {
        return dumpAddresses(client(), "list the addresses", addressRequest());
    }

    /// The addresses of the namespace that this one knows by `nsid`; none where no namespace has that id, such as
    /// after its deletion.
    ///
    /// @param nsid from [#nsidOf], or from [NetDevice#peerNsid()] where that is not -1
    /// @throws NetException as [#addresses()], or if there are more than 65,536: a tenant can set them without end
    public synchronized List<InterfaceAddress> addresses(int nsid) {
        requireId(nsid);
        String operation = "list the addresses in the namespace with id " + nsid;
        try {
            return dumpAddresses(client(), operation, addressRequest().with(Netlink.IFA_TARGET_NETNSID, nsid));
        } catch (NetException e) {
            // EINVAL says that there is no such namespace, and much else; an empty list must not hide the rest.
            if (e.errno() == Errno.EINVAL && !exists(nsid)) {
                return List.of();
            }
            throw e;
        }
    }

    private boolean exists(int nsid) {
        NetlinkRequest request =
                new NetlinkRequest(Netlink.RTM_GETNSID, 0, Netlink.RTGENMSG_BYTES).with(Netlink.NETNSA_NSID, nsid);
        try {
            client().ask("look for a namespace with id " + nsid, request, Netlink.RTM_NEWNSID, RouteMessages::nsid);
            return true;
        } catch (NetException e) {
            if (e.errno() == Errno.ENOENT) {
                return false;
            }
            throw e;
        }
    }

    private static NetlinkRequest addressRequest() {
        return new NetlinkRequest(Netlink.RTM_GETADDR, Netlink.NLM_F_DUMP, Netlink.IFADDRMSG_BYTES);
    }

    private static List<InterfaceAddress> dumpAddresses(
            NetlinkClient client, String operation, NetlinkRequest request) {
        return client.dump(operation, request, Netlink.RTM_NEWADDR, RouteMessages::address).stream()
                .flatMap(Optional::stream)
                .toList();
    }

    private NetlinkClient client() {
        if (closed) {
            throw new IllegalStateException("the rtnetlink socket is closed");
        }
        return client;
    }

    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            socket.close();
        }
    }
}
