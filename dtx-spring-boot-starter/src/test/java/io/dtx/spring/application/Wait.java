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
        Awaitility.await().atMost(Duration.ofSeconds(30)).until(client::connected);
    }

    static void until(Callable<Boolean> condition) {
        Awaitility.await().atMost(Duration.ofSeconds(30)).until(condition);
    }
}
