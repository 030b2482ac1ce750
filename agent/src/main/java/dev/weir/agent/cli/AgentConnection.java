// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.cli;

import dev.weir.agent.secret.Identity;
import dev.weir.agent.secret.SecretException;
import dev.weir.agent.secret.SecretFile;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.UnixDomainSocketAddress;
import java.security.GeneralSecurityException;
import java.time.Duration;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;

/// A connection to an agent: over TCP, through TLS, or to a Unix socket. Each wait on it ends in time.
interface AgentConnection extends Closeable {
    Duration CONNECT = Duration.ofSeconds(2);

    InputStream input() throws IOException;

    OutputStream output() throws IOException;

    /// Connects.
    ///
    /// @param patience for each read; then there is a [java.net.SocketTimeoutException]
    /// @throws java.net.ConnectException when nobody listens there
    /// @throws IOException when no connection comes about, with the reason; the cause may be a [SecretException]
    static AgentConnection open(AgentAddress address, Duration patience) throws IOException {
        return address.socket() instanceof UnixDomainSocketAddress unix
                ? UnixConnection.open(unix, patience)
                : new Tcp(connect(address, patience));
    }

    /// Over TCP, perhaps through TLS.
    record Tcp(Socket socket) implements AgentConnection {
        @Override
        public InputStream input() throws IOException {
            return socket.getInputStream();
        }

        @Override
        public OutputStream output() throws IOException {
            return socket.getOutputStream();
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }

    private static Socket connect(AgentAddress address, Duration patience) throws IOException {
        Socket socket = new Socket();
        try {
            socket.connect(address.socket(), (int) CONNECT.toMillis());
            socket.setSoTimeout((int) patience.toMillis());
            return address.certificate() == null ? socket : tls(socket, address.certificate());
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }

    private static Socket tls(Socket plain, SecretFile certificate) throws IOException {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            PinnedTrust trust = new PinnedTrust(
                    Identity.certificates(certificate, certificate.read()).getFirst(), certificate.path());
            context.init(null, new TrustManager[] {trust}, null);
            InetSocketAddress peer = (InetSocketAddress) plain.getRemoteSocketAddress();
            SSLSocket socket = (SSLSocket) context.getSocketFactory()
                    .createSocket(plain, peer.getAddress().getHostAddress(), peer.getPort(), true);
            SSLParameters parameters = socket.getSSLParameters();
            parameters.setEndpointIdentificationAlgorithm("HTTPS");
            socket.setSSLParameters(parameters);
            socket.startHandshake();
            return socket;
        } catch (SecretException e) {
            throw new IOException(e.getMessage(), e);
        } catch (SSLException e) {
            throw new IOException("TLS does not come about: " + e.getMessage(), e);
        } catch (GeneralSecurityException e) {
            throw new IOException("prepare TLS: " + e.getMessage(), e);
        }
    }
}
