package io.dtx.test.tm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.dtx.context.CurrentTransaction;
import io.dtx.context.Participation;
import io.dtx.error.RolledBackException;
import io.dtx.model.BranchId;
import io.dtx.model.Outcome;
import io.dtx.model.Rollback;
import io.dtx.model.RollbackReason;
import io.dtx.model.TransactionStatus;
import io.dtx.model.Xid;
import io.dtx.test.EmbeddedCoordinator;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class VetoIT {

    private static final Duration MINUTE = Duration.ofSeconds(60);
    private static final Predicate<Throwable> ALL = Throwable.class::isInstance;

    private final EmbeddedCoordinator coordinator = EmbeddedCoordinator.start();
    private final Application bank1 = new Application("bank1", coordinator.address());
    private final Application bank2 = new Application("bank2", coordinator.address());

    @AfterEach
    void close() {
        bank1.close();
        bank2.close();
        coordinator.close();
    }

    @Test
    @DisplayName(
            "I10, T1: another application's veto that the caller swallows is not committed, and the caller told who and why")
    void t1_aSwallowedVetoIsNotCommitted() {
        assertThatThrownBy(() -> bank1.transactions.inNew("transfer", MINUTE, ALL, () -> {
                    Xid xid = Objects.requireNonNull(CurrentTransaction.xid());
                    BranchId debit = bank1.write(xid, "1");
                    assertThat(bank2.transactions.veto(bank2.transactions.participate(xid), "no such account"))
                            .isTrue();
                    await().until(() -> bank1.restored.contains(debit));
                    return "fallback";
                }))
                .isInstanceOfSatisfying(RolledBackException.class, raised -> {
                    assertThat(raised.reason()).isEqualTo(RollbackReason.VETO);
                    assertThat(raised.outcome().rollback())
                            .isEqualTo(new Rollback(RollbackReason.VETO, "bank2", "no such account"));
                })
                .hasMessageContaining("VETO by bank2: no such account");
    }

    @Test
    @DisplayName("T3: a veto that overtakes the begin stays the decision")
    void t3_aVetoThatOvertakesTheBeginStaysTheDecision() {
        Xid xid = bank1.client.newXid();
        assertThat(bank2.transactions.veto(new Participation(xid), "no money")).isTrue();
        bank1.client.begin(xid, "transfer", MINUTE);
        Outcome outcome = bank1.client.commit(xid).join();
        assertThat(outcome.status()).isEqualTo(TransactionStatus.ROLLED_BACK);
        assertThat(outcome.rollback()).isEqualTo(new Rollback(RollbackReason.VETO, "bank2", "no money"));
    }

    @Test
    @DisplayName("T2, I1: a veto and a commit that race give one decision, and both sides learn that one")
    void t2_aVetoAndACommitThatRaceGiveOneDecision() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(2);
        CyclicBarrier start = new CyclicBarrier(2);
        List<BranchId> committed = new ArrayList<>();
        List<BranchId> rolledBack = new ArrayList<>();
        try {
            for (int i = 0; i < 200; i++) {
                Xid xid = bank1.client.newXid();
                bank1.client.begin(xid, "race", MINUTE);
                BranchId branch = bank1.write(xid, "" + i);
                Future<Outcome> commit = threads.submit(() -> {
                    start.await();
                    return bank1.client.commit(xid).join();
                });
                Future<Boolean> veto = threads.submit(() -> {
                    start.await();
                    return bank2.transactions.veto(new Participation(xid), "race");
                });
                boolean isCommitted = commit.get().status() == TransactionStatus.COMMITTED;
                assertThat(veto.get()).isEqualTo(!isCommitted);
                (isCommitted ? committed : rolledBack).add(branch);
            }
            await().untilAsserted(() -> {
                assertThat(bank1.released).hasSameElementsAs(committed);
                assertThat(bank1.restored).hasSameElementsAs(rolledBack);
            });
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void aVetoDuringTheCoordinatorsRestartIsAcknowledgedWhenItIsBack() {
        Xid xid = bank1.client.newXid();
        bank1.client.begin(xid, "transfer", MINUTE);
        BranchId branch = bank1.write(xid, "1");
        coordinator.stop();
        CompletableFuture<Boolean> veto =
                CompletableFuture.supplyAsync(() -> bank2.transactions.veto(new Participation(xid), "no money"));
        assertThat(veto).isNotDone();
        coordinator.restart();
        assertThat(veto.join()).isTrue();
        await().untilAsserted(() -> assertThat(bank1.restored).containsExactly(branch));
        assertThat(bank1.client.commit(xid).join().status()).isEqualTo(TransactionStatus.ROLLED_BACK);
    }
}
