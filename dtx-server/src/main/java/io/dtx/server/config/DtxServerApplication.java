package io.dtx.server.config;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;

/** The coordinator's process. */
@SpringBootApplication(scanBasePackages = {"io.dtx.server.config", "io.dtx.server.console"})
public class DtxServerApplication {

    public static void main(String[] arguments) {
        application().run(arguments);
    }

    static SpringApplication application() {
        SpringApplication application = new SpringApplication(DtxServerApplication.class);
        application.setDefaultProperties(defaults());
        application.setLogStartupInfo(false);
        return application;
    }

    private static Properties defaults() {
        try (InputStream in = DtxServerApplication.class.getResourceAsStream("defaults.properties")) {
            if (in == null) {
                throw new IllegalStateException("defaults.properties is missing from this jar");
            }
            Properties defaults = new Properties();
            defaults.load(in);
            return defaults;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
