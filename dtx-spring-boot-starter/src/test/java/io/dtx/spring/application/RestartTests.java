package io.dtx.spring.application;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import io.dtx.spring.jdbc.ManagedDataSource;
import io.dtx.test.EmbeddedCoordinator;
import java.net.URL;
import java.util.HashSet;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.devtools.restart.classloader.RestartClassLoader;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;

/** Spring Boot's devtools: one context after another in one process, each with classes loaded anew. */
class RestartTests {

    private static final Pattern OURS = Pattern.compile("dtx-(client|resources|restore|release)");

    @Test
    void eachRestartRollsBackAndLeavesNoThreadBehind() throws Exception {
        Set<Thread> before = threads();
        try (EmbeddedCoordinator coordinator = EmbeddedCoordinator.start()) {
            for (int restart = 0; restart < 2; restart++) {
                // The starter is in the loader that is thrown away, pools and dtx-core are in the one that stays.
                URL[] restarted = {
                    ManagedDataSource.class
                            .getProtectionDomain()
                            .getCodeSource()
                            .getLocation(),
                    RestartTests.class.getProtectionDomain().getCodeSource().getLocation()
                };
                try (RestartClassLoader loader =
                        new RestartClassLoader(getClass().getClassLoader(), restarted)) {
                    runIn(loader).accept(coordinator, Accounts.freshUrl());
                }
            }
        }
        Awaitility.await().untilAsserted(() -> {
            Set<Thread> left = threads();
            left.removeAll(before);
            assertThat(left).isEmpty();
        });
    }

    @SuppressWarnings("unchecked")
    private static BiConsumer<EmbeddedCoordinator, String> runIn(ClassLoader loader) throws Exception {
        Class<?> run = Class.forName(Run.class.getName(), true, loader);
        assertThat(run).isNotSameAs(Run.class);
        return (BiConsumer<EmbeddedCoordinator, String>)
                run.getDeclaredConstructor().newInstance();
    }

    private static Set<Thread> threads() {
        Set<Thread> threads = new HashSet<>(Thread.getAllStackTraces().keySet());
        threads.removeIf(thread -> !OURS.matcher(thread.getName()).lookingAt());
        return threads;
    }

    /** The application, as the loader that is restarted sees it. */
    public static final class Run implements BiConsumer<EmbeddedCoordinator, String> {

        @Override
        public void accept(EmbeddedCoordinator coordinator, String url) {
            Shop.on(coordinator)
                    .withClassLoader(getClass().getClassLoader())
                    .withConfiguration(AutoConfigurations.of(DataSourceAutoConfiguration.class))
                    .withPropertyValues("spring.datasource.url=" + url, "spring.datasource.username=sa")
                    .run(application -> Shop.assertRollsBack(application, application.getBean(HikariDataSource.class)));
        }
    }
}
