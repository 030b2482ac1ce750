// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.cli;

import java.io.IOException;
import java.net.Socket;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;

/// Trusts a server that shows exactly one certificate, under whatever name it is reached, or one that this has
/// signed for the name under which it is reached. Nobody else, whatever the JDK trusts.
final class PinnedTrust extends X509ExtendedTrustManager {
    private final X509Certificate pinned;
    private final Path file;
    private final X509ExtendedTrustManager signed;

    /// @param file where the certificate is from, for messages
    PinnedTrust(X509Certificate pinned, Path file) throws GeneralSecurityException, IOException {
        this.pinned = pinned;
        this.file = file;
        KeyStore anchors = KeyStore.getInstance(KeyStore.getDefaultType());
        anchors.load(null, null);
        anchors.setCertificateEntry("pinned", pinned);
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(anchors);
        this.signed = (X509ExtendedTrustManager) factory.getTrustManagers()[0];
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) throws CertificateException {
        if (chain[0].equals(pinned)) {
            return;
        }
        try {
            signed.checkServerTrusted(chain, type, socket);
        } catch (CertificateException e) {
            throw new CertificateException(
                    "the agent shows neither the certificate in %s nor one that it signed for this address: %s"
                            .formatted(file, e.getMessage()),
                    e);
        }
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) throws CertificateException {
        throw new CertificateException("this trusts servers on sockets only");
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) throws CertificateException {
        throw new CertificateException("this trusts servers on sockets only");
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) throws CertificateException {
        throw new CertificateException("this trusts no clients");
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) throws CertificateException {
        throw new CertificateException("this trusts no clients");
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) throws CertificateException {
        throw new CertificateException("this trusts no clients");
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
        return signed.getAcceptedIssuers();
    }
}
