package io.dtx.spring.application;

import static org.assertj.core.api.Assertions.assertThat;

import io.dtx.test.EmbeddedCoordinator;
import java.util.ArrayList;
import java.util.List;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.jdbc.core.simple.JdbcClient;

/** A running application with two accounts, 1 and 2, of 100 each, and its coordinator. */
final class Bank implements AutoCloseable {

    private final EmbeddedCoordinator coordinator;
    private final ConfigurableApplicationContext application;

    /** @param application whose data source is one of {@link Accounts#database} */
    static Bank start(Class<?> application, String... properties) {
        EmbeddedCoordinator coordinator = EmbeddedCoordinator.start();
        List<String> all = new ArrayList<>(List.of(properties));
        all.add("dtx.coordinator.addresses=" + coordinator.address());
        Bank bank = new Bank(
                coordinator,
                new SpringApplicationBuilder(application)
                        .web(WebApplicationType.NONE)
                        .properties(all.toArray(String[]::new))
                        .run());
        Wait.untilConnected(bank.application);
        return bank;
    }

    private Bank(EmbeddedCoordinator coordinator, ConfigurableApplicationContext application) {
        this.coordinator = coordinator;
        this.application = application;
    }

    ConfigurableApplicationContext application() {
        return application;
    }

    <T> T bean(Class<T> type) {
        return application.getBean(type);
    }

    void refill() {
        Accounts.reset(accounts());
        accounts().sql("INSERT INTO account VALUES (2, 100)").update();
    }

    /** One more, on the thread's connection. */
    String addOneTo(int account) {
        accounts()
                .sql("UPDATE account SET balance = balance + 1 WHERE id = ?")
                .param(account)
                .update();
        return "added";
    }

    String balances() {
        return Accounts.balances(accounts());
    }

    /** When all that is to be undone is undone. */
    void assertBalances(String expected) {
        Wait.until(() -> Accounts.undoRows(accounts()) == 0);
        assertThat(balances()).isEqualTo(expected);
    }

    private JdbcClient accounts() {
        return bean(JdbcClient.class);
    }

    @Override
    public void close() {
        application.close();
        coordinator.close();
    }
}
