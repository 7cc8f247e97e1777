package io.dtx.client;

import java.util.List;
import javax.net.ssl.SSLContext;

/**
 * How a stream to the coordinator is encrypted. The coordinator's certificate must be trusted by the context, and name the
 * host of the address that it is reached by.
 *
 * @param context with a key and certificate of this application, if the coordinator asks for one
 * @param protocols the versions that may be spoken, such as {@code TLSv1.3}; empty for those of the platform
 * @param ciphers the cipher suites that may be used; empty for those of the platform
 */
public record Tls(SSLContext context, List<String> protocols, List<String> ciphers) {

    public Tls {
        protocols = List.copyOf(protocols);
        ciphers = List.copyOf(ciphers);
    }

    /** With the platform's protocols and ciphers. */
    public static Tls of(SSLContext context) {
        return new Tls(context, List.of(), List.of());
    }
}
