// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.http;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.util.concurrent.atomic.AtomicInteger;

/// Takes in no more connections while too many are open. Who has lost its seat closes in the turn of its own event
/// loop; a crowd could come in faster through another one, and each holds a descriptor until then.
final class Door extends ChannelInboundHandlerAdapter {
    /// For those that come in while others leave. As long as it is used up, somebody is leaving: the door opens again.
    private static final int ROOM_TO_TURN = 16;

    private final int limit;
    private final AtomicInteger open = new AtomicInteger();

    /// @param seats that there are
    Door(int seats) {
        this.limit = seats + ROOM_TO_TURN;
    }

    @Override
    public void channelRead(ChannelHandlerContext server, Object newcomer) {
        if (newcomer instanceof Channel connection) {
            if (open.incrementAndGet() >= limit) {
                server.channel().config().setAutoRead(false);
            }
            connection.closeFuture().addListener(closed -> left(server.channel()));
        }
        server.fireChannelRead(newcomer);
    }

    private void left(Channel server) {
        if (open.decrementAndGet() < limit) {
            server.config().setAutoRead(true);
        }
    }
}
