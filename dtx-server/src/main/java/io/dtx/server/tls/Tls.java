package io.dtx.server.tls;

import java.security.GeneralSecurityException;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedKeyManager;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * How this node's ports are encrypted.
 *
 * @param keys this node's certificate, which names the hosts that it is reached by
 * @param trust whose certificates are taken: of the other nodes, and of applications where they are asked for one
 * @param applicationsNeedCertificate whether applications have to show one; nodes always do
 * @param protocols the versions that may be spoken, such as {@code TLSv1.3}; empty for those of the platform
 * @param ciphers the cipher suites that may be used; empty for those of the platform
 */
public record Tls(
        X509ExtendedKeyManager keys,
        X509ExtendedTrustManager trust,
        boolean applicationsNeedCertificate,
        List<String> protocols,
        List<String> ciphers) {

    public Tls {
        protocols = List.copyOf(protocols);
        ciphers = List.copyOf(ciphers);
    }

    public SSLContext context() {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(new KeyManager[] {keys}, new TrustManager[] {trust}, null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this Java platform has no TLS", e);
        }
    }
}
