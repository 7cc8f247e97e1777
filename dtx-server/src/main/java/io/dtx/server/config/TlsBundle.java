package io.dtx.server.config;

import io.dtx.server.config.ServerProperties.Ssl;
import io.dtx.server.config.ServerProperties.Ssl.ClientAuth;
import io.dtx.server.tls.CurrentKeys;
import io.dtx.server.tls.CurrentTrust;
import io.dtx.server.tls.Tls;
import java.util.Arrays;
import java.util.List;
import javax.net.ssl.X509ExtendedKeyManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.ssl.NoSuchSslBundleException;
import org.springframework.boot.ssl.SslBundle;
import org.springframework.boot.ssl.SslBundles;

/** The SSL bundle that {@code dtx.server.ssl.bundle} names, and whatever it is renewed to while the process runs. */
final class TlsBundle {

    private static final Logger log = LoggerFactory.getLogger(TlsBundle.class);

    private TlsBundle() {}

    /**
     * @param severalNodes whether other nodes have to be told by their certificates
     * @return null if there is to be no encryption
     * @throws StartException if it can not be had as it is set
     */
    static @Nullable Tls of(Ssl ssl, boolean severalNodes, SslBundles bundles) {
        boolean asksClients = ssl.clientAuth() == ClientAuth.NEED;
        String name = ssl.bundle();
        if (name == null || name.isBlank()) {
            if (asksClients) {
                throw new StartException(
                        "dtx.server.ssl.client-auth is need, and dtx.server.ssl.bundle is not set",
                        "Set dtx.server.ssl.bundle to the name of an SSL bundle, or take client-auth away.",
                        null);
            }
            return null;
        }
        SslBundle bundle = find(name, bundles);
        boolean trustNeeded = asksClients || severalNodes;
        CurrentKeys keys = new CurrentKeys(keys(name, bundle));
        CurrentTrust trust = new CurrentTrust(trust(name, bundle, trustNeeded));
        bundles.addBundleUpdateHandler(name, renewed -> {
            try {
                X509ExtendedKeyManager newKeys = keys(name, renewed);
                trust.set(trust(name, renewed, trustNeeded));
                keys.set(newKeys);
                log.info("The SSL bundle '{}' was renewed: new connections use it", name);
            } catch (RuntimeException e) {
                log.error("The SSL bundle '{}' was changed, and stays as it was: {}", name, e.getMessage());
            }
        });
        return new Tls(
                keys,
                trust,
                asksClients,
                list(bundle.getOptions().getEnabledProtocols()),
                list(bundle.getOptions().getCiphers()));
    }

    private static SslBundle find(String name, SslBundles bundles) {
        try {
            return bundles.getBundle(name);
        } catch (NoSuchSslBundleException e) {
            throw new StartException(
                    "dtx.server.ssl.bundle is '" + name + "', and there is no such SSL bundle",
                    "Define it under spring.ssl.bundle.pem." + name + " or spring.ssl.bundle.jks." + name
                            + ", or name one of " + bundles.getBundleNames() + ".",
                    e);
        }
    }

    private static X509ExtendedKeyManager keys(String name, SslBundle bundle) {
        try {
            if (bundle.getStores().getKeyStore() != null) {
                return first(bundle.getManagers().getKeyManagers(), X509ExtendedKeyManager.class);
            }
        } catch (RuntimeException e) {
            throw unusable(name, e);
        }
        throw new StartException(
                "the SSL bundle '" + name + "' has no key and certificate",
                "Give it a key store: this coordinator has to show a certificate.",
                null);
    }

    /** Where certificates are asked for, those of every public authority, which Java trusts by itself, would not do. */
    private static X509ExtendedTrustManager trust(String name, SslBundle bundle, boolean needed) {
        try {
            if (!needed || bundle.getStores().getTrustStore() != null) {
                return first(bundle.getManagers().getTrustManagers(), X509ExtendedTrustManager.class);
            }
        } catch (RuntimeException e) {
            throw unusable(name, e);
        }
        throw new StartException(
                "the SSL bundle '" + name
                        + "' has no trust store, and certificates have to be checked: of the other nodes,"
                        + " and of applications with dtx.server.ssl.client-auth=need",
                "Give it a trust store with the authority that signs them.",
                null);
    }

    private static <T> T first(Object[] managers, Class<T> type) {
        return Arrays.stream(managers)
                .filter(type::isInstance)
                .map(type::cast)
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("no " + type.getSimpleName()));
    }

    private static StartException unusable(String name, RuntimeException cause) {
        Throwable root = cause;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return new StartException(
                "the SSL bundle '" + name + "' can not be used: " + cause.getMessage()
                        + (root == cause ? "" : ": " + root.getMessage()),
                "Correct its files or its password under spring.ssl.bundle.",
                cause);
    }

    private static List<String> list(String @Nullable [] values) {
        return values == null ? List.of() : List.of(values);
    }
}
