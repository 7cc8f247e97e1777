package io.dtx.server.config;

import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.actuate.autoconfigure.web.server.ManagementPortType;
import org.springframework.core.env.Environment;

/**
 * How Spring Boot was told to serve HTTP.
 *
 * @param managementAddress where health and metrics have a port of their own; empty for every address, null if they have none
 */
record HttpSide(String address, boolean encrypted, @Nullable String managementAddress) {

    static HttpSide of(Environment environment) {
        boolean bundle = Stream.of("bundle", "key-store", "certificate")
                .anyMatch(name ->
                        !environment.getProperty("server.ssl." + name, "").isBlank());
        boolean own = ManagementPortType.get(environment) == ManagementPortType.DIFFERENT;
        return new HttpSide(
                environment.getRequiredProperty("server.address"),
                bundle && environment.getProperty("server.ssl.enabled", Boolean.class, true),
                own ? environment.getProperty("management.server.address", "").strip() : null);
    }

    String scheme() {
        return encrypted ? "https" : "http";
    }
}
