package io.dtx.tm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.dtx.client.ClientSettings;
import io.dtx.client.CoordinatorClient;
import io.dtx.client.FakeCoordinator;
import io.dtx.context.CurrentTransaction;
import io.dtx.context.Participation;
import io.dtx.context.TransactionHeaders;
import io.dtx.error.CoordinatorUnavailableException;
import io.dtx.error.InDoubtException;
import io.dtx.error.RolledBackException;
import io.dtx.error.UsageException;
import io.dtx.model.Outcome;
import io.dtx.model.Rollback;
import io.dtx.model.RollbackReason;
import io.dtx.model.TransactionStatus;
import io.dtx.model.Xid;
import io.dtx.protocol.FailureKind;
import io.dtx.protocol.Reply;
import io.dtx.protocol.Reply.Failure;
import io.dtx.protocol.Request;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class GlobalTransactionsTests {

    private static final Predicate<Throwable> UNCHECKED = RuntimeException.class::isInstance;
    private static final Duration TIMEOUT = Duration.ofSeconds(60);
    private static final Duration ROLLBACK_WAIT = Duration.ofSeconds(2);

    private final FakeCoordinator coordinator = new FakeCoordinator().deciding();
    private final CoordinatorClient client = CoordinatorClient.start(new ClientSettings(
            "app", List.of(coordinator.address()), null, Duration.ofSeconds(1), Duration.ofSeconds(5)));
    private final RecordingListener listener = new RecordingListener();
    private final GlobalTransactions transactions = new GlobalTransactions(client, listener);
    private final GlobalTransactions waiting = new GlobalTransactions(client, listener, name -> {}, ROLLBACK_WAIT);

    @AfterEach
    void close() {
        assertThat(CurrentTransaction.get()).isNull();
        client.close();
        coordinator.close();
    }

    @Test
    void workThatReturnsIsCommittedAndItsResultHandedOn() {
        Xid[] seen = new Xid[1];
        String result = transactions.inNew("transfer", TIMEOUT, UNCHECKED, () -> {
            seen[0] = current().xid();
            return "done";
        });
        assertThat(result).isEqualTo("done");
        assertThat(coordinator.take(Request.Begin.class).request())
                .isEqualTo(new Request.Begin(seen[0], "transfer", TIMEOUT));
        assertThat(coordinator.take(Request.Commit.class).request())
                .isEqualTo(new Request.Commit(seen[0], OptionalInt.of(0)));
        assertThat(listener.heard).containsExactly("began transfer", "committed transfer");
    }

    @DisplayName("I10: a commit says how many branches the answers to calls account for, if all answers were seen")
    @Test
    void i10_aCommitSaysWhatTheAnswersAccountFor() {
        transactions.inNew("transfer", TIMEOUT, UNCHECKED, () -> {
            current().branchRegistered();
            current().callAnswered(OptionalInt.of(2));
            current().callAnswered(OptionalInt.of(1));
            return "its own branches are in the name of no call";
        });
        assertThat(coordinator.take(Request.Commit.class).request())
                .isInstanceOfSatisfying(
                        Request.Commit.class,
                        commit -> assertThat(commit.answeredBranches()).hasValue(3));

        transactions.inNew("transfer", TIMEOUT, UNCHECKED, () -> {
            current().callAnswered(OptionalInt.of(2));
            TransactionHeaders.inject((name, value) -> {});
            return "nobody sees that call's answer";
        });
        assertThat(coordinator.take(Request.Commit.class).request())
                .isInstanceOfSatisfying(
                        Request.Commit.class,
                        commit -> assertThat(commit.answeredBranches()).isEmpty());

        transactions.inNew("transfer", TIMEOUT, UNCHECKED, () -> {
            current().callAnswered(OptionalInt.empty());
            return "a participant that could not say";
        });
        assertThat(coordinator.take(Request.Commit.class).request())
                .isInstanceOfSatisfying(
                        Request.Commit.class,
                        commit -> assertThat(commit.answeredBranches()).isEmpty());
    }

    @Test
    void workThatThrowsIsRolledBackBeforeTheExceptionLeaves() {
        IllegalStateException failure = new IllegalStateException("no money");
        assertThatThrownBy(() -> transactions.inNew("transfer", TIMEOUT, UNCHECKED, () -> {
                    throw failure;
                }))
                .isSameAs(failure)
                .hasNoSuppressedExceptions();
        Request.RollBack asked =
                (Request.RollBack) coordinator.take(Request.RollBack.class).request();
        assertThat(asked.rollback().reason()).isEqualTo(RollbackReason.APPLICATION);
        assertThat(asked.rollback().detail()).isEqualTo("java.lang.IllegalStateException: no money");
        assertThat(listener.heard).containsExactly("began transfer", "rolled back transfer APPLICATION");
    }

    @Test
    @DisplayName("I10: whoever gets the exception finds nothing of what was rolled back")
    void i10_theExceptionLeavesWhenAllIsUndone() {
        IllegalStateException failure = new IllegalStateException("no money");
        coordinator.answer(request ->
                request instanceof Request.AskOutcome ask ? new Reply.Decided(restored(ask.xid())) : decision(request));

        assertThatThrownBy(() -> waiting.inNew("transfer", TIMEOUT, UNCHECKED, () -> {
                    throw failure;
                }))
                .isSameAs(failure)
                .hasNoSuppressedExceptions();

        coordinator.take(Request.RollBack.class);
        assertThat(((Request.AskOutcome)
                                coordinator.take(Request.AskOutcome.class).request())
                        .endWait())
                .isEqualTo(ROLLBACK_WAIT);
        assertThat(listener.heard).containsExactly("began transfer", "rolled back transfer APPLICATION");
    }

    @Test
    void aRefusedCommitSaysWhetherAllIsUndone() {
        coordinator.answer(request ->
                request instanceof Request.AskOutcome ask ? new Reply.Decided(restored(ask.xid())) : decision(request));
        assertThatThrownBy(() -> waiting.inNew("transfer", TIMEOUT, UNCHECKED, this::vetoed))
                .isInstanceOfSatisfying(
                        RolledBackException.class,
                        e -> assertThat(e.outcome().status()).isEqualTo(TransactionStatus.ROLLED_BACK))
                .hasMessageContaining("Nothing of it stays");

        coordinator.answer(request ->
                request instanceof Request.AskOutcome ask ? new Reply.NotKnown(ask.xid()) : decision(request));
        assertThatThrownBy(() -> waiting.inNew("transfer", TIMEOUT, UNCHECKED, this::vetoed))
                .as("forgotten, so it has ended")
                .hasMessageContaining("Nothing of it stays");

        coordinator.answer(request -> request instanceof Request.AskOutcome ask
                ? new Reply.Decided(FakeCoordinator.rolledBack(ask.xid(), RollbackReason.VETO, "no money"))
                : decision(request));
        assertThatThrownBy(() -> waiting.inNew("transfer", TIMEOUT, UNCHECKED, this::vetoed))
                .hasMessageContaining("It is being undone");

        coordinator.answer(request -> request instanceof Request.AskOutcome ask
                ? new Reply.Decided(new Outcome(ask.xid(), TransactionStatus.ROLLED_BACK, null, true))
                : decision(request));
        assertThatThrownBy(() -> waiting.inNew("transfer", TIMEOUT, UNCHECKED, this::vetoed))
                .hasMessageContaining("An operator has ended it");

        coordinator.answer(request ->
                request instanceof Request.AskOutcome ? new Failure(FailureKind.INVALID, "no") : decision(request));
        assertThatThrownBy(() -> waiting.inNew("transfer", TIMEOUT, UNCHECKED, this::vetoed))
                .hasMessageContaining("It is being undone")
                .hasNoCause();
    }

    @Test
    void aCoordinatorThatGoesAwayIsNotWaitedForLongerThanTheWait() {
        GlobalTransactions hasty = new GlobalTransactions(client, listener, name -> {}, Duration.ofMillis(10));
        coordinator.answer(GlobalTransactionsTests::decision);
        long begun = System.nanoTime();

        assertThatThrownBy(() -> hasty.inNew("transfer", TIMEOUT, UNCHECKED, this::vetoed))
                .hasMessageContaining("It is being undone");

        assertThat(Duration.ofNanos(System.nanoTime() - begun))
                .as("beside a request timeout of 5 s")
                .isLessThan(Duration.ofSeconds(3));
    }

    private String vetoed() {
        current().veto("no money");
        return "swallowed";
    }

    private static @Nullable Reply decision(Request request) {
        return request instanceof Request.RollBack rollBack
                ? new Reply.Decided(FakeCoordinator.rolledBack(
                        rollBack.xid(),
                        rollBack.rollback().reason(),
                        rollBack.rollback().detail()))
                : null;
    }

    private static Outcome restored(Xid xid) {
        return new Outcome(
                xid, TransactionStatus.ROLLED_BACK, new Rollback(RollbackReason.APPLICATION, "app", ""), false);
    }

    @Test
    void anExceptionThatDoesNotRollBackLeavesAfterTheCommit() {
        IOException failure = new IOException("by the way");
        assertThatThrownBy(() -> transactions.inNew("transfer", TIMEOUT, UNCHECKED, () -> {
                    throw failure;
                }))
                .isSameAs(failure);
        coordinator.take(Request.Commit.class);
        assertThat(listener.heard).containsExactly("began transfer", "committed transfer");
    }

    @Test
    void aRuleThatFailsRollsBack() {
        Throwable thrown = catchThrowable(() -> transactions.inNew(
                "transfer",
                TIMEOUT,
                failure -> {
                    throw new IllegalArgumentException("broken rule");
                },
                () -> {
                    throw new IOException("first");
                }));
        assertThat(thrown).isInstanceOf(IOException.class);
        assertThat(thrown.getSuppressed()).singleElement().isInstanceOf(IllegalArgumentException.class);
        coordinator.take(Request.RollBack.class);
    }

    @Test
    @DisplayName("I1: a commit that finds another decision raises, and says who decided and why")
    void i1_aCommitThatFindsAnotherDecisionRaises() {
        assertThatThrownBy(() -> transactions.inNew("transfer", TIMEOUT, UNCHECKED, () -> {
                    coordinator.decide(
                            FakeCoordinator.rolledBack(current().xid(), RollbackReason.TIMEOUT, "after 60 s"));
                    return "done";
                }))
                .isInstanceOfSatisfying(
                        RolledBackException.class,
                        raised -> assertThat(raised.reason()).isEqualTo(RollbackReason.TIMEOUT))
                .hasMessageContaining("TIMEOUT by app: after 60 s")
                .hasMessageContaining("transfer")
                .hasMessageContaining("may be run again");
        assertThat(listener.heard).containsExactly("began transfer", "rolled back transfer TIMEOUT");
    }

    @Test
    void aCommitThatIsRefusedAfterAnIgnoredExceptionKeepsThatException() {
        IOException ignored = new IOException("by the way");
        Throwable thrown = catchThrowable(() -> transactions.inNew("transfer", TIMEOUT, UNCHECKED, () -> {
            coordinator.decide(FakeCoordinator.rolledBack(current().xid(), RollbackReason.VETO, "no"));
            throw ignored;
        }));
        assertThat(thrown).isInstanceOf(RolledBackException.class);
        assertThat(thrown.getSuppressed()).containsExactly(ignored);
    }

    @Test
    @DisplayName("I10: an exception that does not roll back commits nothing once a local transaction has lost its work")
    void i10_anIgnoredExceptionDoesNotCommitWhatIsLeftOfLostWork() {
        IOException ignored = new IOException("by the way");
        Throwable thrown = catchThrowable(() -> transactions.inNew("transfer", TIMEOUT, UNCHECKED, () -> {
            current().workLost();
            throw ignored;
        }));
        assertThat(thrown)
                .isInstanceOf(RolledBackException.class)
                .hasMessageContaining("by the way")
                .hasMessageContaining("rollbackFor")
                .hasSuppressedException(ignored);
        assertThat(coordinator.untaken()).noneMatch(request -> request instanceof Request.Commit);
        assertThat(listener.heard).containsExactly("began transfer", "rolled back transfer APPLICATION");
        assertThat(transactions.<String, RuntimeException>inNew("transfer", TIMEOUT, UNCHECKED, () -> {
                    current().workLost();
                    return "handled inside";
                }))
                .isEqualTo("handled inside");
    }

    @Test
    @DisplayName("T1: a veto that is known is what is reported, whatever is still at work")
    void t1_aKnownVetoIsReportedBeforeWhatIsStillAtWork() {
        assertThatThrownBy(() -> transactions.inNew("transfer", TIMEOUT, UNCHECKED, () -> {
                    current().taskStarted();
                    current().veto("the call to bank2 had no answer");
                    return "swallowed";
                }))
                .isInstanceOf(RolledBackException.class)
                .hasMessageContaining("the call to bank2 had no answer");
    }

    @Test
    @DisplayName("T9: forgotten in answer to a commit is in doubt, neither committed nor failed")
    void t9_forgottenInAnswerToACommitIsInDoubt() {
        coordinator.answer(request -> request instanceof Request.Commit
                ? new Failure(FailureKind.FORGOTTEN, "not above the watermark")
                : null);
        assertThatThrownBy(() -> transactions.inNew("transfer", TIMEOUT, UNCHECKED, () -> "done"))
                .isInstanceOf(InDoubtException.class)
                .hasMessageContaining("do not repeat the operation before its outcome is known")
                .satisfies(raised -> assertThat(raised.getStackTrace())
                        .as("the trace of who asked")
                        .anyMatch(
                                frame -> frame.getClassName().equals(getClass().getName())));
        assertThat(listener.heard).containsExactly("began transfer", "in doubt transfer");
    }

    @Test
    void anOutcomeThatWasInDoubtCanBeAskedForLater() {
        coordinator.answer(request -> new Failure(FailureKind.FORGOTTEN, "not above the watermark"));
        InDoubtException doubt = (InDoubtException)
                catchThrowable(() -> transactions.inNew("transfer", TIMEOUT, UNCHECKED, () -> "done"));
        Xid xid = Objects.requireNonNull(doubt.xid());
        coordinator.deciding();
        assertThat(transactions.outcome(xid)).isEmpty();
        coordinator.decide(new Outcome(xid, TransactionStatus.COMMITTED, null, false));
        assertThat(transactions.outcome(xid)).map(Outcome::status).contains(TransactionStatus.COMMITTED);
    }

    @Test
    @DisplayName("T3: a transaction vetoed before its begin arrives is not committed")
    void t3_aTransactionThatIsVetoedBeforeItsBeginArrivesIsNotCommitted() {
        assertThatThrownBy(() -> transactions.inNew("transfer", TIMEOUT, UNCHECKED, () -> {
                    Xid xid = current().xid();
                    assertThat(transactions.veto(new Participation(xid), "no money"))
                            .isTrue();
                    client.begin(xid, "transfer", TIMEOUT);
                    return "swallowed";
                }))
                .isInstanceOf(RolledBackException.class)
                .hasMessageContaining("VETO")
                .hasMessageContaining("no money");
    }

    @Test
    @DisplayName("I10, T1: a joining method's failure that is swallowed turns the commit into a rollback")
    void t1_aSwallowedFailureOfAJoiningMethodIsNotCommitted() {
        assertThatThrownBy(() -> transactions.inNew("transfer", TIMEOUT, UNCHECKED, () -> {
                    Throwable thrown = catchThrowable(() -> transactions.joined(current(), UNCHECKED, () -> {
                        throw new IllegalStateException("no money");
                    }));
                    assertThat(thrown).isInstanceOf(IllegalStateException.class).hasNoSuppressedExceptions();
                    return "swallowed";
                }))
                .isInstanceOfSatisfying(
                        RolledBackException.class,
                        raised -> assertThat(raised.reason()).isEqualTo(RollbackReason.VETO))
                .hasMessageContaining("no money");
        List<FakeCoordinator.Received> asked = coordinator.takeUntil(Request.RollBack.class);
        assertThat(((Request.RollBack) asked.get(0).request()).rollback().reason())
                .isEqualTo(RollbackReason.VETO);
        assertThat(coordinator.untaken()).noneMatch(request -> request instanceof Request.Commit);
        assertThat(listener.heard).containsExactly("began transfer", "rolled back transfer VETO");
    }

    @Test
    void aJoiningMethodThatThrowsWhatDoesNotRollBackVetoesNothing() {
        String result = transactions.inNew("transfer", TIMEOUT, UNCHECKED, () -> {
            assertThatThrownBy(() -> transactions.joined(current(), UNCHECKED, () -> {
                        throw new IOException("by the way");
                    }))
                    .isInstanceOf(IOException.class);
            return "done";
        });
        assertThat(result).isEqualTo("done");
    }

    @Test
    @DisplayName("T1: a local veto turns the commit into a rollback even where the coordinator does not know of it")
    void t1_aLocalVetoIsNotCommitted() {
        assertThatThrownBy(() -> transactions.inNew("transfer", TIMEOUT, UNCHECKED, () -> {
                    current().veto("the call to bank2 had no answer");
                    current().veto("something later");
                    return "swallowed";
                }))
                .isInstanceOf(RolledBackException.class)
                .hasMessageContaining("the call to bank2 had no answer");
        assertThat(coordinator.untaken()).noneMatch(request -> request instanceof Request.Commit);
    }

    @Test
    @DisplayName("T1: a commit with a captured local transaction still open becomes a rollback")
    void t1_aCommitWithAnOpenCaptureBecomesARollback() {
        assertThatThrownBy(() -> transactions.inNew("transfer", TIMEOUT, UNCHECKED, () -> {
                    current().captureStarted();
                    return "too early";
                }))
                .isInstanceOf(RolledBackException.class)
                .hasMessageContaining("a local transaction with work for it is still open");
        assertThat(coordinator.untaken()).noneMatch(request -> request instanceof Request.Commit);
        transactions.inNew("transfer", TIMEOUT, UNCHECKED, () -> {
            current().captureStarted();
            current().captureEnded();
            return "in time";
        });
        coordinator.take(Request.Commit.class);
    }

    @Test
    void aRefusedCommitIsNoDoubtEvenWhereTheCoordinatorCanNotBeTold() {
        coordinator.answer(request -> new Failure(FailureKind.INVALID, "no"));
        assertThatThrownBy(() -> transactions.inNew("transfer", TIMEOUT, UNCHECKED, () -> {
                    current().veto("no money");
                    return "swallowed";
                }))
                .isInstanceOf(RolledBackException.class)
                .hasMessageContaining("no money")
                .hasMessageContaining("ends by its timeout")
                .hasCauseInstanceOf(InDoubtException.class);
    }

    @Test
    void aRollbackThatCanNotBeAskedForIsAddedToTheApplicationsException() {
        coordinator.answer(request -> new Failure(FailureKind.INVALID, "no"));
        IllegalStateException failure = new IllegalStateException("no money");
        assertThatThrownBy(() -> transactions.inNew("transfer", TIMEOUT, UNCHECKED, () -> {
                    throw failure;
                }))
                .isSameAs(failure);
        assertThat(failure.getSuppressed()).singleElement().isInstanceOf(InDoubtException.class);
        assertThat(listener.heard).containsExactly("began transfer", "in doubt transfer");
    }

    @Test
    void aVetoThatIsNotAcknowledgedIsAddedToTheApplicationsExceptionAndStays() {
        coordinator.answer(request -> new Failure(FailureKind.INVALID, "no"));
        Participation participation = new Participation(client.newXid());
        IllegalStateException failure = new IllegalStateException("no money");
        assertThatThrownBy(() -> transactions.joined(participation, UNCHECKED, () -> {
                    throw failure;
                }))
                .isSameAs(failure);
        assertThat(failure.getSuppressed()).singleElement().isInstanceOf(InDoubtException.class);
        assertThat(participation.vetoed()).contains("no money");
        assertThat(transactions.veto(participation, "again")).isFalse();
    }

    @Test
    @DisplayName("T2: a veto that comes after the commit changes nothing, and says so")
    void t2_aVetoThatComesAfterTheCommitIsNotAcknowledged() {
        Xid xid = client.newXid();
        coordinator.decide(new Outcome(xid, TransactionStatus.COMMITTED, null, false));
        assertThat(transactions.veto(new Participation(xid), "too late")).isFalse();
        assertThat(transactions.outcome(xid)).map(Outcome::status).contains(TransactionStatus.COMMITTED);
    }

    @Test
    void theCallersTransactionIsSuspendedByANewOneAndByNone() {
        transactions.inNew("outer", TIMEOUT, UNCHECKED, () -> {
            Participation outer = current();
            transactions.inNew("inner", TIMEOUT, UNCHECKED, () -> {
                assertThat(current().xid()).isNotEqualTo(outer.xid());
                return "";
            });
            assertThat(current()).isSameAs(outer);
            transactions.without(() -> {
                assertThat(CurrentTransaction.get()).isNull();
                return "";
            });
            assertThat(current()).isSameAs(outer);
            return "";
        });
        assertThat(listener.heard).containsExactly("began outer", "began inner", "committed inner", "committed outer");
    }

    @Test
    void aChildThatRollsBackLeavesItsSuspendedParentAlone() {
        transactions.inNew("outer", TIMEOUT, UNCHECKED, () -> {
            assertThatThrownBy(() -> transactions.inNew("inner", TIMEOUT, UNCHECKED, () -> {
                        throw new IllegalStateException("inner only");
                    }))
                    .hasMessage("inner only");
            return "";
        });
        assertThat(listener.heard)
                .containsExactly("began outer", "began inner", "rolled back inner APPLICATION", "committed outer");
    }

    @Test
    void aTimeoutOutOfRangeIsRefusedBeforeAnythingIsBegun() {
        for (Duration timeout :
                List.of(Duration.ZERO, Duration.ofSeconds(-1), Duration.ofNanos(1), Duration.ofDays(2))) {
            assertThatThrownBy(() -> transactions.inNew("transfer", timeout, UNCHECKED, () -> {
                        throw new AssertionError("ran");
                    }))
                    .isInstanceOf(UsageException.class)
                    .hasMessageContaining("dtx.transaction.timeout");
        }
        assertThat(listener.heard).isEmpty();
    }

    @Test
    void theWorkDoesNotRunWhereNoCoordinatorIsConnected() {
        coordinator.stop();
        CoordinatorClient absent = CoordinatorClient.start(coordinator.settings());
        try (absent) {
            assertThatThrownBy(() -> new GlobalTransactions(absent, listener).inNew("x", TIMEOUT, UNCHECKED, () -> {
                        throw new AssertionError("ran");
                    }))
                    .isInstanceOf(CoordinatorUnavailableException.class)
                    .hasMessageContaining(coordinator.address());
        }
        assertThat(listener.heard).isEmpty();
    }

    @Test
    void aListenerThatFailsChangesNothing() {
        GlobalTransactions deaf = new GlobalTransactions(client, new TransactionListener() {
            @Override
            public void began(Xid xid, String name) {
                throw new IllegalStateException("deaf");
            }

            @Override
            public void committed(Xid xid, String name, Duration took) {
                throw new IllegalStateException("deaf");
            }
        });
        assertThat(deaf.<String, RuntimeException>inNew("transfer", TIMEOUT, UNCHECKED, () -> "done"))
                .isEqualTo("done");
    }

    @Test
    void anInterruptedThreadStillLearnsTheDecision() {
        String result = transactions.inNew("transfer", TIMEOUT, UNCHECKED, () -> {
            Thread.currentThread().interrupt();
            return "done";
        });
        assertThat(result).isEqualTo("done");
        assertThat(Thread.interrupted()).isTrue();
        assertThat(listener.heard).containsExactly("began transfer", "committed transfer");
    }

    @Test
    void aTransactionOfAnotherClusterIsRefused() {
        client.newXid();
        Xid foreign = Xid.mint("Cluster2", 1, new byte[10]);
        assertThatThrownBy(() -> transactions.participate(foreign))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("Cluster2")
                .hasMessageContaining("Cluster1")
                .hasMessageContaining("dtx.coordinator.addresses");
        Xid own = client.newXid();
        assertThat(transactions.participate(own).xid()).isEqualTo(own);
    }

    @Test
    @DisplayName("I1: a commit survives the coordinator's restart, and its decision is learned")
    void i1_aDecisionIsLearnedFromACoordinatorThatCameBack() {
        coordinator.answer(request -> null);
        Thread restart = new Thread(() -> {
            coordinator.take(Request.Commit.class);
            coordinator.stop();
            coordinator.deciding().startAgain();
        });
        restart.start();
        assertThat(transactions.<String, RuntimeException>inNew("transfer", TIMEOUT, UNCHECKED, () -> "done"))
                .isEqualTo("done");
        assertThat(listener.heard).containsExactly("began transfer", "committed transfer");
    }

    private static Participation current() {
        return Objects.requireNonNull(CurrentTransaction.get());
    }
}
