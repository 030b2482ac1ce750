// SPDX-License-Identifier: Apache-2.0
package dev.weir.net;

import static dev.weir.net.Messages.done;
import static dev.weir.net.Messages.error;
import static dev.weir.net.Messages.join;
import static dev.weir.net.Messages.message;
import static dev.weir.net.Messages.veth;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.bpf.Errno;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.junit.jupiter.api.Test;

class NetlinkClientTest {
    private static final int INTERRUPTED = 0x10;

    private final Deque<byte[]> answers = new ArrayDeque<>();
    private final NetlinkClient client = new NetlinkClient(new Script());
    private int sent;

    @Test
    void dumpIsGatheredOverSeveralDatagrams() {
        answers.add(join(veth(2, 1), veth(2, 1)));
        answers.add(veth(2, 1));
        answers.add(done(2, 1, 0));
        assertEquals(3, dump().size());
    }

    @Test
    void interruptedDumpIsMadeAgain() {
        answers.add(join(veth(2, 1), veth(2 | INTERRUPTED, 1)));
        answers.add(done(2, 1, 0));
        answers.add(join(veth(2, 2), done(2, 2, 0)));
        assertEquals(1, dump().size());
        assertEquals(2, sent);
    }

    @Test
    void dumpThatIsAlwaysInterruptedIsGivenUp() {
        for (int i = 1; i <= 16; i++) {
            answers.add(done(2 | INTERRUPTED, i, 0));
        }
        assertEquals(Errno.EINTR, assertThrows(NetException.class, this::dump).errno());
        assertEquals(16, sent);
    }

    @Test
    void answersToAnEarlierQuestionAreDropped() {
        answers.add(join(veth(2, 0), error(0, -1), done(2, 0, 0), veth(2, 1)));
        answers.add(done(2, 1, 0));
        assertEquals(1, dump().size());
    }

    @Test
    void errorIsThrownWhereverItStands() {
        answers.add(error(1, -Errno.EPERM));
        NetException refused = assertThrows(NetException.class, this::dump);
        assertEquals(Errno.EPERM, refused.errno());
        assertTrue(String.valueOf(refused.getMessage()).startsWith("list the devices: EPERM"), refused.getMessage());
        answers.add(join(veth(2, 2), done(2, 2, -Errno.ENOBUFS)));
        assertEquals(Errno.ENOBUFS, assertThrows(NetException.class, this::dump).errno());
    }

    @Test
    void malformedAnswerIsReportedOnceTheDumpIsOver() {
        answers.add(join(message(16, 2, 1, new byte[4]), veth(2, 1)));
        answers.add(join(veth(2, 1), done(2, 1, 0)));
        assertThrows(NetException.class, this::dump);
        assertTrue(answers.isEmpty());
    }

    @Test
    void dumpWithoutEndIsRefused() {
        byte[] four = join(veth(2, 1), veth(2, 1), veth(2, 1), veth(2, 1));
        for (int i = 0; i < 16_384; i++) {
            answers.add(four);
        }
        byte[] end = done(2, 1, 0);
        answers.add(end);
        assertEquals(65_536, dump().size());
        for (int i = 0; i < 16_384; i++) {
            answers.add(veth(2, 2));
            answers.add(join(veth(2, 2), veth(2, 2), veth(2, 2)));
        }
        answers.add(veth(2, 2));
        answers.add(done(2, 2, 0));
        assertThrows(NetException.class, this::dump);
        assertTrue(answers.isEmpty());
    }

    @Test
    void acknowledgementIsNoAnswer() {
        answers.add(error(1, 0));
        assertNull(client.ask(
                "ask", new NetlinkRequest(Netlink.RTM_GETNSID, 0, 4), Netlink.RTM_NEWNSID, RouteMessages::nsid));
    }

    private List<NetDevice> dump() {
        NetlinkRequest request = new NetlinkRequest(Netlink.RTM_GETLINK, Netlink.NLM_F_DUMP, Netlink.IFINFOMSG_BYTES);
        return client.dump("list the devices", request, Netlink.RTM_NEWLINK, RouteMessages::device);
    }

    private final class Script implements NetlinkClient.Wire {
        @Override
        public void send(String operation, byte[] message) {
            sent++;
        }

        @Override
        public NetlinkMessages receive(String operation) {
            byte[] next = answers.remove();
            return new NetlinkMessages(next, next.length);
        }
    }
}
