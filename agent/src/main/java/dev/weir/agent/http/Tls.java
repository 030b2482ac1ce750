// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.http;

import dev.weir.agent.Log;
import dev.weir.agent.secret.Identity;
import dev.weir.agent.secret.SecretException;
import dev.weir.agent.secret.SecretFile;
import io.netty.channel.Channel;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import javax.net.ssl.SSLException;

/// TLS 1.3 and 1.2 by the JDK. Its classes are loaded where TLS is configured, and not else.
///
/// What costs time in a handshake, the key's part above all, is done by a thread of its own, one after the other: a
/// crowd of clients that shake hands holds up nobody who has done so.
final class Tls implements Transport {
    private static final long SESSION_SECONDS = 3600;
    private static final long LAST_WORDS_MILLIS = 1000;

    static {
        // A client that asks for one handshake after the other on its connection gets none (JSSE reference guide).
        System.setProperty("jdk.tls.rejectClientInitiatedRenegotiation", "true");
    }

    private final Renewed<SslContext> context;
    private final HttpLimits limits;
    private final LongAdder failures = new LongAdder();
    private final ThreadPoolExecutor handshakes;

    private Tls(Renewed<SslContext> context, HttpLimits limits) {
        this.context = context;
        this.limits = limits;
        this.handshakes = new ThreadPoolExecutor(
                1,
                1,
                0,
                TimeUnit.SECONDS,
                new ArrayBlockingQueue<>(limits.connections()),
                new DefaultThreadFactory("weir-http-tls", true));
    }

    /// @throws SecretException when the files cannot be used
    static Tls of(SecretFile certificate, SecretFile key, HttpLimits limits) throws SecretException {
        return new Tls(
                new Renewed<>(
                        "the certificate with its key",
                        List.of(certificate, key),
                        texts -> context(certificate, key, texts, limits)),
                limits);
    }

    /// What new connections begin with.
    private static SslContext context(SecretFile certificate, SecretFile key, List<String> texts, HttpLimits limits)
            throws SecretException {
        Identity identity = Identity.of(certificate, texts.getFirst(), key, texts.getLast());
        try {
            identity.chain().getFirst().checkValidity();
        } catch (CertificateException e) { // no reason not to enforce, and it may be this host's clock
            Log.warn("clients will refuse the certificate in %s: %s".formatted(certificate.path(), e.getMessage()));
        }
        try {
            return SslContextBuilder.forServer(identity.key(), identity.chain().toArray(X509Certificate[]::new))
                    .sslProvider(SslProvider.JDK)
                    .protocols("TLSv1.3", "TLSv1.2")
                    // The JDK would keep 20,480 for clients without tickets.
                    .sessionCacheSize(limits.connections())
                    .sessionTimeout(SESSION_SECONDS)
                    .build();
        } catch (SSLException e) {
            throw certificate.wrong(String.valueOf(e.getMessage()));
        }
    }

    Renewed<SslContext> context() {
        return context;
    }

    @Override
    public void begin(ChannelPipeline client) {
        SslHandler tls = context.now().newHandler(client.channel().alloc(), handshakes);
        tls.setHandshakeTimeoutMillis(limits.patience().toMillis());
        tls.setCloseNotifyFlushTimeoutMillis(LAST_WORDS_MILLIS);
        client.addLast(new Handshake(tls, failures));
        client.addLast(tls);
    }

    /// Clients without a length to go by would take an end without these last words for one that an attacker made.
    @Override
    @SuppressWarnings("FutureReturnValueIgnored") // the client closes, or patience ends
    public void end(Channel client) {
        client.pipeline()
                .get(SslHandler.class)
                .closeOutbound()
                .addListener(sent -> ((DuplexChannel) client).shutdownOutput());
    }

    /// Handshakes that did not come about.
    long failures() {
        return failures.sum();
    }

    @Override
    public void close() {
        handshakes.shutdownNow();
    }
}
