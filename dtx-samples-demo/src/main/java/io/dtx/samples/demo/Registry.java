package io.dtx.samples.demo;

import java.util.Map;
import org.springframework.boot.Banner;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.cloud.netflix.eureka.server.EnableEurekaServer;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;

/** A Eureka registry within the launcher: it belongs to the demo's surroundings and is not killed in any scenario. */
record Registry(ConfigurableApplicationContext context) implements AutoCloseable {

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @EnableEurekaServer
    static class Application {}

    static Registry start(int port) {
        SpringApplication application = new SpringApplication(Application.class);
        application.setBannerMode(Banner.Mode.OFF);
        application.setLogStartupInfo(false);
        application.setRegisterShutdownHook(false);
        application.setDefaultProperties(Map.ofEntries(
                Map.entry("spring.application.name", "registry"),
                Map.entry("server.address", "127.0.0.1"),
                Map.entry("server.port", port),
                // Its own address: it would take any other for that of a peer.
                Map.entry("eureka.instance.hostname", "localhost"),
                Map.entry("eureka.client.service-url.defaultZone", "http://localhost:" + port + "/eureka/"),
                Map.entry("eureka.client.register-with-eureka", false),
                Map.entry("eureka.client.fetch-registry", false),
                // One registry, alone: who has just come is answered at once, and who was killed comes again.
                Map.entry("eureka.server.use-read-only-response-cache", false),
                Map.entry("eureka.server.wait-time-in-ms-when-sync-empty", 0),
                Map.entry("eureka.server.enable-self-preservation", false)));
        return new Registry(application.run());
    }

    @Override
    public void close() {
        context.close();
    }
}
