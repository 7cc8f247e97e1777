package io.dtx.spring.autoconfigure;

import io.dtx.client.Tls;
import io.dtx.spring.diagnostics.InvalidConfigurationException;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.ssl.NoSuchSslBundleException;
import org.springframework.boot.ssl.SslBundle;
import org.springframework.boot.ssl.SslBundles;

/** The SSL bundle that {@code dtx.coordinator.ssl.bundle} names; each new connection uses what it has been renewed to. */
final class EncryptedConnection {

    private EncryptedConnection() {}

    /** @throws InvalidConfigurationException if there is no such bundle, or it can not be used */
    static Supplier<Tls> by(String name, @Nullable SslBundles bundles) {
        if (bundles == null) {
            throw noSuch(name, List.of());
        }
        tls(name, bundles); // so that what is wrong with it shows at the start
        return () -> tls(name, bundles);
    }

    private static Tls tls(String name, SslBundles bundles) {
        try {
            SslBundle bundle = bundles.getBundle(name);
            return new Tls(
                    bundle.createSslContext(),
                    list(bundle.getOptions().getEnabledProtocols()),
                    list(bundle.getOptions().getCiphers()));
        } catch (NoSuchSslBundleException e) {
            throw noSuch(name, bundles.getBundleNames());
        } catch (RuntimeException e) {
            Throwable root = e;
            while (root.getCause() != null) {
                root = root.getCause();
            }
            throw new InvalidConfigurationException(
                    "The SSL bundle '" + name
                            + "', which the property 'dtx.coordinator.ssl.bundle' names, can not be used: "
                            + e.getMessage() + (root == e ? "." : ": " + root.getMessage() + "."),
                    "Correct its files or its password under spring.ssl.bundle.");
        }
    }

    private static InvalidConfigurationException noSuch(String name, List<String> present) {
        return new InvalidConfigurationException(
                "The property 'dtx.coordinator.ssl.bundle' is '" + name + "', and there is no such SSL bundle.",
                "Define it under spring.ssl.bundle.pem." + name + " or spring.ssl.bundle.jks." + name
                        + (present.isEmpty() ? "." : ", or name one of " + present + "."));
    }

    private static List<String> list(String @Nullable [] values) {
        return values == null ? List.of() : List.of(values);
    }
}
