// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.secret;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// As whom a server shows itself: a certificate, those behind it, and the key of the first.
public record Identity(PrivateKey key, List<X509Certificate> chain) {
    private static final int MAX_CERTIFICATES = 16;

    /// RFC 7468, section 10.
    private static final Pattern KEY =
            Pattern.compile("-----BEGIN PRIVATE KEY-----([A-Za-z0-9+/=\\s]*)-----END PRIVATE KEY-----");

    public Identity {
        chain = List.copyOf(chain);
    }

    /// What two files hold, if the key is that of the certificate.
    ///
    /// @param chain what was read of `certificate`
    /// @param pem what was read of `key`
    public static Identity of(SecretFile certificate, String chain, SecretFile key, String pem) throws SecretException {
        List<X509Certificate> certificates = certificates(certificate, chain);
        PublicKey known = certificates.getFirst().getPublicKey();
        PrivateKey secret = key(key, pem, known.getAlgorithm());
        if (!belong(secret, known)) {
            throw key.wrong("it is not the key of the certificate in " + certificate.path());
        }
        return new Identity(secret, certificates);
    }

    /// The certificates in a file, at least one, in their order.
    public static List<X509Certificate> certificates(SecretFile file, String pem) throws SecretException {
        try {
            List<X509Certificate> found = CertificateFactory.getInstance("X.509")
                    .generateCertificates(new ByteArrayInputStream(pem.getBytes(StandardCharsets.US_ASCII)))
                    .stream()
                    .map(X509Certificate.class::cast)
                    .toList();
            if (!found.isEmpty() && found.size() <= MAX_CERTIFICATES) {
                return found;
            }
            throw file.wrong("it holds %d certificates, expected 1 to %d".formatted(found.size(), MAX_CERTIFICATES));
        } catch (CertificateException e) {
            throw file.wrong("it is not a certificate in PEM: " + e.getMessage());
        }
    }

    private static PrivateKey key(SecretFile file, String pem, String algorithm) throws SecretException {
        Matcher matcher = KEY.matcher(pem);
        if (!matcher.find()) {
            throw file.wrong(
                    pem.contains("PRIVATE KEY-----")
                            ? "it is not an unencrypted PKCS#8 key; convert it with: openssl pkcs8 -topk8 -nocrypt -in %s"
                                    .formatted(file.path())
                            : "there is no line -----BEGIN PRIVATE KEY----- in it");
        }
        try {
            byte[] encoded = Base64.getMimeDecoder().decode(matcher.group(1));
            return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(encoded));
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            throw file.wrong("it is not a key of the algorithm %s, which its certificate is of: %s"
                    .formatted(algorithm, e.getMessage()));
        }
    }

    /// Whether one verifies what the other signed.
    private static boolean belong(PrivateKey key, PublicKey known) {
        try {
            String algorithm = switch (known.getAlgorithm()) {
                case "RSA" -> "SHA256withRSA";
                case "EC" -> "SHA256withECDSA";
                default -> known.getAlgorithm(); // Ed25519 and the like sign by themselves
            };
            byte[] text = "weir".getBytes(StandardCharsets.US_ASCII);
            Signature signature = Signature.getInstance(algorithm);
            signature.initSign(key);
            signature.update(text);
            byte[] signed = signature.sign();
            signature.initVerify(known);
            signature.update(text);
            return signature.verify(signed);
        } catch (GeneralSecurityException e) {
            return false;
        }
    }
}
