// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.http;

import dev.weir.agent.config.WeirConfig;
import dev.weir.agent.secret.BearerToken;
import dev.weir.agent.secret.SecretException;
import dev.weir.agent.secret.SecretFile;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.net.UnixDomainSocketAddress;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// How clients come in, and which of them are answered, as weir.yaml says.
final class Access implements AutoCloseable {
    private final @Nullable Tls tls;
    private final @Nullable Renewed<BearerToken> token;
    private final Guard guard;
    private final AtomicBoolean looking = new AtomicBoolean();

    /// @throws SecretException when a file that it needs cannot be used
    Access(WeirConfig config, HttpLimits limits) throws SecretException {
        boolean unix = config.listen() instanceof UnixDomainSocketAddress;
        this.token = unix || config.tokenFile().isEmpty() ? null : token(SecretFile.token(config.tokenFile()));
        this.tls = unix || !config.tls().isOn()
                ? null
                : Tls.of(
                        SecretFile.certificate(config.tls().certificate()),
                        SecretFile.key(config.tls().key()),
                        limits);
        this.guard = new Guard(token, unix || token != null, new LongAdder());
    }

    private static Renewed<BearerToken> token(SecretFile file) throws SecretException {
        return new Renewed<>("the token", List.of(file), texts -> BearerToken.of(file, texts.getFirst()));
    }

    Guard guard() {
        return guard;
    }

    Transport transport() {
        return tls == null ? Transport.PLAIN : tls;
    }

    /// Of URLs.
    String scheme() {
        return tls == null ? "http" : "https";
    }

    /// Whether there are files that may change.
    boolean hasFiles() {
        return tls != null || token != null;
    }

    /// Takes what has changed in them. Returns at once where that is being done.
    void look() {
        if (looking.compareAndSet(false, true)) {
            try {
                files().forEach(Renewed::look);
            } finally {
                looking.set(false);
            }
        }
    }

    private Stream<Renewed<?>> files() {
        return Stream.<@Nullable Renewed<?>>of(token, tls == null ? null : tls.context())
                .<Renewed<?>>mapMulti((each, next) -> {
                    if (each != null) {
                        next.accept(each);
                    }
                });
    }

    void register(MeterRegistry registry) {
        if (token != null) {
            FunctionCounter.builder(
                            "weir.http.unauthorized",
                            guard,
                            each -> each.refusals().sum())
                    .description("Requests that were not answered because they came without the token.")
                    .register(registry);
        }
        if (tls != null) {
            FunctionCounter.builder("weir.http.handshakes.failed", tls, Tls::failures)
                    .description("Connections that ended before TLS was agreed on.")
                    .register(registry);
        }
        Gauge.builder(
                        "weir.http.credentials.refused",
                        this,
                        each -> each.files().filter(Renewed::isRefused).count())
                .description("Of the certificate with its key, and the token: those whose files cannot be used as they"
                        + " are, so that what was in use before stays in use.")
                .register(registry);
    }

    @Override
    public void close() {
        transport().close();
    }
}
