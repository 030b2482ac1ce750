// SPDX-License-Identifier: Apache-2.0
package dev.weir.net;

import dev.weir.bpf.Errno;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Asks one question at a time over a wire, and gathers the answers to it. Not safe for several threads.
final class NetlinkClient {
    private static final int DUMP_ATTEMPTS = 16;
    private static final int MAX_ANSWERS = 65_536;

    private final Wire wire;
    private int sequence;

    NetlinkClient(Wire wire) {
        this.wire = wire;
    }

    /// Whole datagrams to the kernel and from it.
    interface Wire {
        /// Sends one datagram.
        ///
        /// @throws NetException if the kernel does not take it
        void send(String operation, byte[] message);

        /// The next datagram; valid until the next call.
        ///
        /// @throws NetException if none comes
        NetlinkMessages receive(String operation);
    }

    /// Every answer of type `answer` to a dump. The kernel says when what it walked has changed under it; the dump
    /// is then made again.
    ///
    /// @throws NetException if the kernel refuses, if no dump out of 16 was consistent (EINTR), or if there
    /// are more than 65,536 answers: whoever is root in a namespace can set addresses without end
    <T> List<T> dump(String operation, NetlinkRequest request, int answer, Function<ByteBuffer, T> decoder) {
        for (int attempt = 0; attempt < DUMP_ATTEMPTS; attempt++) {
            wire.send(operation, request.toBytes(++sequence));
            Dump<T> dump = new Dump<>(operation, sequence, answer, decoder);
            while (!dump.done) {
                dump.take(wire.receive(operation));
            }
            if (dump.failure != null) {
                throw dump.failure;
            }
            if (dump.consistent) {
                return dump.found;
            }
        }
        throw NetException.refused(operation, Errno.EINTR);
    }

    /// What has come of one dump. It is taken to its end even after a failure: the kernel refuses the next question
    /// on a socket whose dump is not over.
    private static final class Dump<T> {
        private final String operation;
        private final int sequence;
        private final int answer;
        private final Function<ByteBuffer, T> decoder;
        private final List<T> found = new ArrayList<>();
        private boolean consistent = true;
        private boolean done;
        private @Nullable NetException failure;

        Dump(String operation, int sequence, int answer, Function<ByteBuffer, T> decoder) {
            this.operation = operation;
            this.sequence = sequence;
            this.answer = answer;
            this.decoder = decoder;
        }

        void take(NetlinkMessages messages) {
            while (!done && messages.next()) {
                if (messages.sequence() == sequence) { // else left over from a question that was given up
                    try {
                        takeOne(messages);
                    } catch (NetException e) {
                        failure = failure == null ? e : failure;
                    }
                }
            }
        }

        private void takeOne(NetlinkMessages messages) {
            consistent &= (messages.flags() & Netlink.NLM_F_DUMP_INTR) == 0;
            int type = messages.type();
            if (type == answer && failure == null) {
                if (found.size() == MAX_ANSWERS) {
                    throw NetException.unusable(operation, "there are more than " + MAX_ANSWERS);
                }
                found.add(decoder.apply(messages.payload()));
            } else if (type == Netlink.NLMSG_DONE || type == Netlink.NLMSG_ERROR) {
                done = true;
                int error = messages.error();
                if (error != 0) {
                    throw NetException.refused(operation, error);
                }
            }
        }
    }

    /// The answer to one question, or the acknowledgement that stands for it.
    ///
    /// @return what `decoder` makes of the answer; null where there was only an acknowledgement
    /// @throws NetException if the kernel refuses
    <T> @Nullable T ask(String operation, NetlinkRequest request, int answer, Function<ByteBuffer, T> decoder) {
        wire.send(operation, request.toBytes(++sequence));
        while (true) {
            NetlinkMessages messages = wire.receive(operation);
            while (messages.next()) {
                if (messages.sequence() != sequence) {
                    continue;
                }
                if (messages.type() == answer) {
                    return decoder.apply(messages.payload());
                } else if (messages.type() == Netlink.NLMSG_ERROR) {
                    if (messages.error() != 0) {
                        throw NetException.refused(operation, messages.error());
                    }
                    return null;
                }
            }
        }
    }
}
