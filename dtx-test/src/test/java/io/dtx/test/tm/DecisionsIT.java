package io.dtx.test.tm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.dtx.context.CurrentTransaction;
import io.dtx.context.Participation;
import io.dtx.error.InDoubtException;
import io.dtx.error.LockConflictException;
import io.dtx.error.RolledBackException;
import io.dtx.error.UsageException;
import io.dtx.model.BranchId;
import io.dtx.model.Outcome;
import io.dtx.model.Rollback;
import io.dtx.model.RollbackReason;
import io.dtx.model.TransactionStatus;
import io.dtx.model.Xid;
import io.dtx.server.runtime.LeaderSettings;
import io.dtx.test.EmbeddedCoordinator;
import io.dtx.test.TcpProxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class DecisionsIT {

    private static final Duration MINUTE = Duration.ofSeconds(60);
    private static final Predicate<Throwable> ALL = Throwable.class::isInstance;
    /** The wait for re-attachment stays as shipped: the clients' own pauses between attempts are as they are shipped too. */
    private static final LeaderSettings QUICK = new LeaderSettings(
            Duration.ofSeconds(60),
            Duration.ofMillis(200),
            LeaderSettings.STANDARD.reattachWait(),
            Duration.ofHours(1));

    private final EmbeddedCoordinator coordinator = EmbeddedCoordinator.start(null, QUICK);
    private final Application bank1 = new Application("bank1", coordinator.address());
    private final Application bank2 = new Application("bank2", coordinator.address());

    @AfterEach
    void close() {
        assertThat(CurrentTransaction.get()).isNull();
        bank1.close();
        bank2.close();
        coordinator.close();
    }

    @Test
    void aTransferOverTwoApplicationsIsCommittedAndItsUndoReleasedInBoth() {
        List<BranchId> branches = new ArrayList<>();
        transfer(() -> {
            branches.add(bank1.write(xid(), "1"));
            branches.add(bank2.write(xid(), "2"));
        });
        await().untilAsserted(() -> {
            assertThat(bank1.released).containsExactly(branches.get(0));
            assertThat(bank2.released).containsExactly(branches.get(1));
        });
        assertThat(bank1.restored).isEmpty();
    }

    @Test
    @DisplayName("I4: a rollback restores in reverse order per resource, in every application")
    void i4_aRollbackRestoresInReverseOrder() {
        List<BranchId> branches = new ArrayList<>();
        assertThatThrownBy(() -> transfer(() -> {
                    branches.add(bank1.write(xid(), "1"));
                    branches.add(bank1.write(xid(), "2"));
                    branches.add(bank2.write(xid(), "1"));
                    throw new IllegalStateException("no money");
                }))
                .hasMessage("no money")
                .hasNoSuppressedExceptions();
        Xid xid = branches.get(0).xid();
        await().until(() -> status(xid) == TransactionStatus.ROLLED_BACK);
        assertThat(bank1.restored).containsExactly(branches.get(1), branches.get(0));
        assertThat(bank2.restored).containsExactly(branches.get(2));
        Outcome outcome = bank2.transactions.outcome(xid).orElseThrow();
        assertThat(outcome.rollback())
                .isEqualTo(
                        new Rollback(RollbackReason.APPLICATION, "bank1", "java.lang.IllegalStateException: no money"));
    }

    @Test
    @DisplayName(
            "I2, I11: a commit asked for while the coordinator is away is decided when it is back, by reports told again")
    void i11_aCommitSurvivesTheCoordinatorsRestart() {
        List<BranchId> branches = new ArrayList<>();
        AtomicReference<CompletableFuture<Void>> restart = new AtomicReference<>();
        transfer(() -> {
            branches.add(bank1.write(xid(), "1"));
            branches.add(bank2.write(xid(), "2"));
            coordinator.stop();
            restart.set(CompletableFuture.runAsync(() -> {
                await().until(() -> !bank1.client.connected() && !bank2.client.connected());
                coordinator.restart();
            }));
        });
        Objects.requireNonNull(restart.get()).join();
        await().untilAsserted(() -> assertThat(bank2.released).containsExactly(branches.get(1)));
        assertThat(bank1.restored).isEmpty();
    }

    @Test
    @DisplayName("I1: a decision whose answer was lost is asked for again, and is the same")
    void i1_aDecisionWhoseAnswerWasLostIsLearned() {
        int port = Integer.parseInt(coordinator.address().substring("127.0.0.1:".length()));
        try (TcpProxy network = TcpProxy.to(port);
                Application remote = new Application("remote", "127.0.0.1:" + network.port())) {
            Xid xid = remote.client.newXid();
            remote.client.begin(xid, "transfer", MINUTE);
            remote.write(xid, "1");
            network.holdAnswers();
            CompletableFuture<Outcome> commit = remote.client.commit(xid);
            await().until(() -> status(xid) == TransactionStatus.COMMITTED);
            assertThat(commit).isNotDone();
            network.cut();
            network.release();
            assertThat(commit.join().status()).isEqualTo(TransactionStatus.COMMITTED);
        }
    }

    @Test
    void aTransactionThatTimesOutIsRolledBackAndItsCommitSaysSo() {
        assertThatThrownBy(() -> bank1.transactions.inNew("slow", Duration.ofMillis(300), ALL, () -> {
                    BranchId branch = bank1.write(xid(), "1");
                    await().until(() -> bank1.restored.contains(branch));
                    return "late";
                }))
                .isInstanceOfSatisfying(
                        RolledBackException.class,
                        raised -> assertThat(raised.reason()).isEqualTo(RollbackReason.TIMEOUT));
    }

    @Test
    @DisplayName("I3: a branch that comes after the timeout is refused, and the refusal says why")
    void i3_aLateBranchIsRefused() {
        assertThatThrownBy(() -> bank1.transactions.inNew("slow", Duration.ofMillis(200), ALL, () -> {
                    Xid xid = xid();
                    await().until(() -> status(xid) == TransactionStatus.ROLLED_BACK);
                    return bank2.client
                            .register(Application.newBranch(xid), bank2.resource(), bank2.locks("1"))
                            .join();
                }))
                .hasCauseInstanceOf(RolledBackException.class)
                .hasMessageContaining("TIMEOUT");
    }

    @Test
    @DisplayName("I11, T1: a registered branch that never reported its local commit turns the commit into a rollback")
    void i11_anUnreportedBranchIsNotCommitted() {
        List<BranchId> unreported = new ArrayList<>();
        assertThatThrownBy(() -> transfer(() -> {
                    bank1.write(xid(), "1");
                    unreported.add(bank2.register(xid(), "2"));
                }))
                .isInstanceOfSatisfying(
                        RolledBackException.class,
                        raised -> assertThat(raised.reason()).isEqualTo(RollbackReason.BRANCH_UNREPORTED))
                .hasMessageContaining("bank2");
        await().untilAsserted(() -> assertThat(bank2.restored).isEqualTo(unreported));
    }

    @Test
    void aLockThatAnotherTransactionHoldsIsRefusedNamingKeyAndHolder() {
        Xid holder = bank1.client.newXid();
        bank1.write(holder, "1");
        Xid other = bank1.client.newXid();
        BranchId branch = Application.newBranch(other);
        assertThatThrownBy(bank1.client.register(branch, bank1.resource(), bank1.locks("1"))::join)
                .hasCauseInstanceOf(LockConflictException.class)
                .hasMessageContaining("account_info(1)")
                .hasMessageContaining(holder.toString());
        CompletableFuture<Void> patient =
                bank1.client.register(branch, bank1.resource(), bank1.locks("1"), Duration.ofSeconds(30));
        CompletableFuture<Void> reader = bank2.client.checkLocks(null, bank1.locks("1"), Duration.ofSeconds(30));
        assertThat(patient).isNotDone();
        assertThat(reader).isNotDone();
        bank1.client.commit(holder).join();
        patient.join();
        bank1.client.reportCommitted(branch);
        bank1.client.commit(other).join();
        reader.join();
    }

    @Test
    @DisplayName("T4, T9: a forgotten outcome is in doubt, and the XID is not created anew")
    void t4_aForgottenOutcomeIsInDoubt() {
        LeaderSettings forgetful = QUICK.withOutcomeRetention(Duration.ofMillis(1));
        try (EmbeddedCoordinator short_ = EmbeddedCoordinator.start(null, forgetful);
                Application app = new Application("app", short_.address())) {
            Xid xid = app.client.newXid();
            app.client.begin(xid, "transfer", MINUTE);
            app.write(xid, "1");
            app.client.commit(xid).join();
            await().until(() -> app.client.outcome(xid).join().isEmpty());
            assertThat(app.client.ended(List.of(xid)).join().unknown()).containsExactly(xid);
            assertThatThrownBy(app.client.commit(xid)::join).hasCauseInstanceOf(InDoubtException.class);
            assertThatThrownBy(() -> app.register(xid, "1")).hasCauseInstanceOf(InDoubtException.class);
            assertThat(app.client.outcome(xid).join()).isEmpty();
        }
    }

    @Test
    @DisplayName("T13: after a new cluster id nothing of the old cluster can be decided")
    void t13_nothingOfTheOldClusterIsDecidedByTheNew() {
        Xid old = bank1.client.newXid();
        bank1.write(old, "1");
        coordinator.restartAsNewCluster();
        await().until(() -> bank1.client.connected() && !old.cluster().equals(bank1.client.cluster()));
        assertThatThrownBy(bank1.client.commit(old)::join).hasCauseInstanceOf(InDoubtException.class);
        assertThatThrownBy(bank1.client.ended(List.of(old))::join).hasCauseInstanceOf(UsageException.class);
        assertThat(bank1.client.newXid().cluster()).isNotEqualTo(old.cluster());
        assertThat(bank1.released).isEmpty();
    }

    @Test
    void aWrongTokenIsRefusedAndTheRightOneServed() {
        try (EmbeddedCoordinator guarded = EmbeddedCoordinator.startWithToken("right-token");
                Application wrong = new Application("app", guarded.address(), "wrong-token");
                Application none = new Application("app", guarded.address());
                Application right = new Application("app", guarded.address(), "right-token")) {
            for (Application refused : List.of(wrong, none)) {
                assertThatThrownBy(refused.client::newXid)
                        .isInstanceOf(UsageException.class)
                        .hasMessageContaining("dtx.coordinator.token")
                        .hasMessageNotContaining("wrong-token");
            }
            Xid xid = right.client.newXid();
            right.write(xid, "1");
            assertThat(right.client.commit(xid).join().status()).isEqualTo(TransactionStatus.COMMITTED);
        }
    }

    private void transfer(Runnable work) {
        bank1.transactions.inNew("transfer", MINUTE, ALL, () -> {
            work.run();
            return "done";
        });
    }

    private TransactionStatus status(Xid xid) {
        return bank2.transactions.outcome(xid).map(Outcome::status).orElse(TransactionStatus.ACTIVE);
    }

    private static Xid xid() {
        Participation current = Objects.requireNonNull(CurrentTransaction.get());
        return current.xid();
    }
}
