// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.cli;

import dev.weir.agent.config.ListenAddress;
import dev.weir.agent.config.WeirConfig;
import dev.weir.agent.secret.SecretFile;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import org.jspecify.annotations.Nullable;

/// Where and how an agent is asked.
///
/// @param certificate that the agent has to show, through TLS; null: there is none
/// @param token that it is shown; null: none
record AgentAddress(
        SocketAddress socket,
        @Nullable SecretFile certificate,
        @Nullable SecretFile token) {
    /// What `--agent` says.
    ///
    /// @param tls whether through TLS; null: as the configuration says
    record Named(SocketAddress socket, @Nullable Boolean tls) {
        /// Reads what [ListenAddress#parse] does, or a URL of `http` or `https` with nothing behind the port.
        /// @throws IllegalArgumentException for all else
        static Named parse(String text) {
            String socket = text.replaceFirst("^https?://([^/]*)/?$", "$1");
            return new Named(ListenAddress.parse(socket), socket.equals(text) ? null : text.startsWith("https:"));
        }
    }

    /// The agent that a configuration is for.
    static AgentAddress of(WeirConfig config) {
        return of(config, config.listen(), config.tls().isOn());
    }

    /// An agent by its address, to be asked with the certificate and the token of a configuration. One that is asked in
    /// another way than that says is not the one whose token it names.
    static AgentAddress of(WeirConfig config, Named named) throws CommandFailure {
        boolean tls = named.tls() == null ? config.tls().isOn() : named.tls();
        if (tls && !config.tls().isOn()) {
            throw refused(named, "name the certificate that it has to show, as `tls.certificate`");
        }
        if (!tls && ListenAddress.isOpenToOthers(named.socket())) {
            throw refused(
                    named,
                    "others can reach it, so it is asked through TLS and with a token: name both, as"
                            + " `tls.certificate` and `token-file`");
        }
        AgentAddress usual = of(config, named.socket(), tls);
        return tls == config.tls().isOn() ? usual : new AgentAddress(usual.socket, null, null);
    }

    private static AgentAddress of(WeirConfig config, SocketAddress socket, boolean tls) {
        if (socket instanceof UnixDomainSocketAddress) {
            return new AgentAddress(socket, null, null);
        }
        String token = config.tokenFile();
        return new AgentAddress(
                reached(socket),
                tls ? SecretFile.certificate(config.tls().certificate()) : null,
                token.isEmpty() ? null : SecretFile.token(token));
    }

    /// Who listens on all addresses of this host is asked on loopback.
    private static SocketAddress reached(SocketAddress listen) {
        if (listen instanceof InetSocketAddress inet && inet.getAddress().isAnyLocalAddress()) {
            boolean v4 = inet.getAddress().getAddress().length == 4;
            return new InetSocketAddress(InetAddress.ofLiteral(v4 ? "127.0.0.1" : "::1"), inet.getPort());
        }
        return listen;
    }

    private static CommandFailure refused(Named named, String what) {
        return new CommandFailure(
                ExitCode.USAGE,
                "ask the agent at %s: %s in the configuration (--config)"
                        .formatted(ListenAddress.text(named.socket()), what));
    }

    @Override
    public String toString() {
        return ListenAddress.text(socket);
    }
}
