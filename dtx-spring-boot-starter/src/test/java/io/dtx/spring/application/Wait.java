package io.dtx.spring.application;

import io.dtx.client.CoordinatorClient;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.awaitility.Awaitility;
import org.springframework.context.ApplicationContext;

final class Wait {

    private Wait() {}

    static void untilConnected(ApplicationContext application) {
        CoordinatorClient client = application.getBean(CoordinatorClient.class);
        until(client::connected);
    }

    /** Whatever other threads of this JVM die of meanwhile: some tests make that happen. */
    static void until(Callable<Boolean> condition) {
        Awaitility.await()
                .dontCatchUncaughtExceptions()
                .atMost(Duration.ofSeconds(30))
                .until(condition);
    }
}
