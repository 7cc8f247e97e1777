package io.dtx.spring.jpa;

import static org.assertj.core.api.Assertions.assertThat;

import io.dtx.model.Outcome;
import io.dtx.model.TransactionStatus;
import io.dtx.model.Xid;
import jakarta.persistence.EntityManager;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.orm.jpa.EntityManagerHolder;
import org.springframework.transaction.support.TransactionSynchronizationManager;

class OpenPersistenceContextsTests {

    private static final Xid XID = Xid.mint("cluster1", 1_000, new byte[10]);

    private final List<String> cleared = new ArrayList<>();
    private final List<Object> bound = new ArrayList<>();
    private final OpenPersistenceContexts contexts = new OpenPersistenceContexts();

    @BeforeEach
    void open() {
        bind("something else", "no holder");
        bind("closed", new EntityManagerHolder(context("closed")));
        bind("orders", new EntityManagerHolder(context("orders")));
        bind("bills", new EntityManagerHolder(context("bills")));
    }

    @AfterEach
    void unbind() {
        bound.forEach(TransactionSynchronizationManager::unbindResource);
    }

    @Test
    void whatIsRolledBackIsForgotten() {
        contexts.rolledBack(new Outcome(XID, TransactionStatus.ROLLING_BACK, null, false), "pay", Duration.ZERO);

        assertThat(cleared).containsExactlyInAnyOrder("orders", "bills");
    }

    @Test
    void whatIsInDoubtIsForgotten() {
        contexts.inDoubt(XID, "pay", Duration.ZERO);

        assertThat(cleared).containsExactlyInAnyOrder("orders", "bills");
    }

    @Test
    void whatIsCommittedStays() {
        contexts.began(XID, "pay");
        contexts.committed(XID, "pay", Duration.ZERO);

        assertThat(cleared).isEmpty();
    }

    private void bind(String key, Object resource) {
        TransactionSynchronizationManager.bindResource(key, resource);
        bound.add(key);
    }

    private EntityManager context(String name) {
        return (EntityManager) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {EntityManager.class}, (proxy, method, arguments) -> {
                    assertThat(method.getName()).isEqualTo("clear");
                    if (name.equals("closed")) {
                        throw new IllegalStateException(name);
                    }
                    cleared.add(name);
                    return null;
                });
    }
}
