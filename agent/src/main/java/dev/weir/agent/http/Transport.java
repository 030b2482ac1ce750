// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.http;

import io.netty.channel.Channel;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.socket.DuplexChannel;

/// How HTTP travels: as it is, or through TLS.
interface Transport extends AutoCloseable {
    /// As it is.
    Transport PLAIN = new Transport() {
        @Override
        public void begin(ChannelPipeline client) {}

        @Override
        @SuppressWarnings("FutureReturnValueIgnored") // the client closes, or patience ends
        public void end(Channel client) {
            ((DuplexChannel) client).shutdownOutput();
        }

        @Override
        public void close() {}
    };

    /// Puts what it needs into the pipeline of a new connection, before what knows HTTP.
    void begin(ChannelPipeline client);

    /// Tells the client that nothing more will be sent. What the client sends is still read.
    void end(Channel client);

    /// When every connection has been closed.
    @Override
    void close();
}
