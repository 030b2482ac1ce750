// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.netns;

import dev.weir.abi.DeviceKey;
import dev.weir.net.NetException;
import dev.weir.net.NetworkNamespace;
import dev.weir.net.RouteNetlink;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// The network namespaces in which devices are judged: the host's, and those that weir.yaml names, each held open
/// for as long as its name stands for it. For one thread, in the host's namespace, which enters the others to do
/// one thing at a time.
public final class Vantages implements AutoCloseable {
    private static final Path NAMES = Path.of("/run/netns");

    private final List<String> names;
    private final NetworkNamespace own = NetworkNamespace.current();
    private final RouteNetlink host = RouteNetlink.open();
    private final Map<String, Held> held = new TreeMap<>();

    /// @param names `host`, and names of namespaces; they may not be there yet
    public Vantages(List<String> names) {
        this.names = List.copyOf(names);
    }

    /// Gives a vantage the number by which the programs know it.
    @FunctionalInterface
    public interface Numbers {
        /// The number of a namespace.
        ///
        /// @param cookie of the namespace, which no other ever has
        /// @return always the same for the same namespace; empty when all numbers are taken
        OptionalInt number(String name, long cookie);
    }

    /// What was to be done in a vantage that is not there any more.
    public static final class GoneException extends RuntimeException {
        private static final long serialVersionUID = 1;

        GoneException(int number) {
            super("vantage " + number + " has no name any more under " + NAMES + ", so it cannot be entered");
        }
    }

    /// One that is there.
    private record Held(int number, long cookie, NetworkNamespace namespace, RouteNetlink netlink) {
        void close() {
            netlink.close();
            namespace.close();
        }
    }

    /// What looks at a vantage.
    @FunctionalInterface
    interface Visitor {
        void visit(int number, String name, RouteNetlink netlink);
    }

    /// The host's own, for whoever has to look there whether it is a vantage or not.
    RouteNetlink host() {
        return host;
    }

    /// The host's namespace: that of the agent itself.
    NetworkNamespace own() {
        return own;
    }

    /// Lets go of vantages that have lost their names and opens those that have come.
    ///
    /// @return why one that is named is not there, by name
    Map<String, String> follow(Numbers numbers) {
        Map<String, String> unseen = new TreeMap<>();
        for (String name : names) {
            if (!name.equals(World.Vantage.HOST)) {
                try {
                    String why = follow(name, numbers);
                    if (why != null) {
                        unseen.put(name, why);
                    }
                } catch (NetException e) {
                    leave(name);
                    unseen.put(name, String.valueOf(e.getMessage()));
                }
            }
        }
        return unseen;
    }

    private @Nullable String follow(String name, Numbers numbers) {
        NetworkNamespace now;
        try {
            now = NetworkNamespace.open(NAMES.resolve(name));
        } catch (NetException e) {
            leave(name);
            return "no network namespace is called so under %s: %s".formatted(NAMES, e.getMessage());
        }
        Held before = held.get(name);
        if (before != null && before.namespace().inode() == now.inode()) { // held, so nobody else has its inode
            now.close();
            return null;
        }
        leave(name);
        RouteNetlink netlink = null;
        try {
            netlink = now.call(RouteNetlink::open);
            return open(name, numbers, now, netlink);
        } finally {
            if (!held.containsKey(name)) {
                if (netlink != null) {
                    netlink.close();
                }
                now.close();
            }
        }
    }

    /// @return why it cannot be one
    private @Nullable String open(String name, Numbers numbers, NetworkNamespace namespace, RouteNetlink netlink) {
        long cookie = netlink.cookie();
        if (cookie == host.cookie()) {
            return "it is the namespace of the agent itself, which is the vantage `%s`".formatted(World.Vantage.HOST);
        }
        for (Map.Entry<String, Held> each : held.entrySet()) {
            if (each.getValue().cookie() == cookie) {
                return "it is vantage %s under another name".formatted(each.getKey());
            }
        }
        OptionalInt number = numbers.number(name, cookie);
        if (number.isEmpty()) {
            return "all numbers are taken, as long as vantages that lost their names live on";
        }
        held.put(name, new Held(number.getAsInt(), cookie, namespace, netlink));
        return null;
    }

    private void leave(String name) {
        Held gone = held.remove(name);
        if (gone != null) {
            gone.close();
        }
    }

    /// Shows all that are there, the host's first.
    void forEach(Visitor visitor) {
        if (names.contains(World.Vantage.HOST)) {
            visitor.visit(DeviceKey.HOST, World.Vantage.HOST, host);
        }
        held.forEach((name, each) -> visitor.visit(each.number(), name, each.netlink()));
    }

    /// The namespaces of all that are there but the host's; they stay open for as long as their names stand for
    /// them.
    public Collection<NetworkNamespace> namespaces() {
        List<NetworkNamespace> namespaces = new ArrayList<>();
        held.values().forEach(each -> namespaces.add(each.namespace()));
        return namespaces;
    }

    /// Whether the vantage of this number can be entered.
    public boolean isThere(int number) {
        return number == DeviceKey.HOST || held.values().stream().anyMatch(each -> each.number() == number);
    }

    /// Whether weir.yaml wants a vantage of this name to be looked at.
    public boolean isWanted(String name) {
        return names.contains(name);
    }

    /// Does something in a vantage: here in that of the host, on a thread of its own in any other.
    ///
    /// @throws GoneException when it is not there
    /// @throws NetException when it cannot be entered
    public <T extends @Nullable Object, E extends Exception> T in(int number, NetworkNamespace.Task<T, E> task)
            throws E {
        if (number == DeviceKey.HOST) {
            return task.run();
        }
        for (Held each : held.values()) {
            if (each.number() == number) {
                return each.namespace().call(task);
            }
        }
        throw new GoneException(number);
    }

    @Override
    public void close() {
        held.values().forEach(Held::close);
        held.clear();
        host.close();
        own.close();
    }
}
