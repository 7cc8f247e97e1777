package io.dtx.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dtx.error.CoordinatorUnavailableException;
import io.dtx.error.DtxException;
import io.dtx.error.InDoubtException;
import io.dtx.error.LockConflictException;
import io.dtx.error.RolledBackException;
import io.dtx.error.UsageException;
import io.dtx.model.BranchId;
import io.dtx.model.Lock;
import io.dtx.model.LockKey;
import io.dtx.model.LockMode;
import io.dtx.model.Outcome;
import io.dtx.model.Rollback;
import io.dtx.model.RollbackReason;
import io.dtx.model.TransactionStatus;
import io.dtx.model.Xid;
import io.dtx.protocol.FailureKind;
import io.dtx.protocol.Reply;
import io.dtx.protocol.Reply.Failure;
import io.dtx.protocol.Request;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Timeout(60)
class RequestTests {

    private static final LockKey KEY =
            LockKey.on("r1", "bank1", "", "account_info", "").number("1").build();
    private static final List<Lock> LOCKS = List.of(new Lock(KEY, LockMode.EXCLUSIVE));

    private final FakeCoordinator coordinator = new FakeCoordinator();
    private final CoordinatorClient client = CoordinatorClient.start(coordinator.settings());
    private final Xid xid = client.newXid();
    private final BranchId branch = new BranchId(xid, 7);

    @AfterEach
    void close() {
        client.close();
        coordinator.close();
    }

    @Test
    void manyRequestsAreInFlightAndEachGetsItsOwnAnswer() {
        List<BranchId> branches = LongStream.rangeClosed(1, 50)
                .mapToObj(i -> new BranchId(xid, i))
                .toList();
        List<CompletableFuture<Void>> grants =
                branches.stream().map(id -> client.register(id, "r1", LOCKS)).toList();
        List<FakeCoordinator.Received> received = new ArrayList<>();
        branches.forEach(id -> received.add(coordinator.take(Request.RegisterBranch.class)));
        Collections.reverse(received);
        for (FakeCoordinator.Received each : received) {
            BranchId id = ((Request.RegisterBranch) each.request()).branch();
            coordinator.reply(
                    each,
                    id.number() % 2 == 0
                            ? new Reply.Registered()
                            : new Failure(FailureKind.INVALID, "odd " + id.number()));
        }
        for (int i = 0; i < branches.size(); i++) {
            if (branches.get(i).number() % 2 == 0) {
                grants.get(i).join();
            } else {
                assertThatThrownBy(grants.get(i)::join)
                        .hasMessageContaining("odd " + branches.get(i).number());
            }
        }
    }

    @Test
    @DisplayName("I11: on a new stream resources and reports go before decisions, whatever was asked first")
    void i11_reportsAreToldAgainBeforeADecisionIs() {
        client.attach(new FakeAgent("r1"));
        client.begin(xid, "transfer", Duration.ofSeconds(60));
        CompletableFuture<Outcome> commit = client.commit(xid);
        coordinator.take(Request.Commit.class);
        client.reportCommitted(branch);
        coordinator.take(Request.BranchCommitted.class);
        coordinator.drop();
        List<FakeCoordinator.Received> again = coordinator.takeUntil(Request.Commit.class);
        assertThat(again)
                .extracting(FakeCoordinator.Received::request)
                .element(1)
                .isInstanceOf(Request.Hello.class);
        assertThat(again.subList(2, again.size()))
                .extracting(FakeCoordinator.Received::request)
                .containsExactly(
                        new Request.Attach("r1", "label of r1"),
                        new Request.Begin(xid, "transfer", Duration.ofSeconds(60)),
                        new Request.BranchCommitted(branch));
        coordinator.reply(again.get(0), ConnectionTests.committed(xid));
        assertThat(commit.join().status()).isEqualTo(TransactionStatus.COMMITTED);
    }

    @Test
    void whatMayWaitForAnotherMessageLeavesBeforeIt() {
        client.begin(xid, "transfer", Duration.ofSeconds(60));
        var unanswered = client.register(branch, "r1", LOCKS);
        List<FakeCoordinator.Received> first = coordinator.takeUntil(Request.RegisterBranch.class);
        assertThat(first.get(first.size() - 1).request())
                .isEqualTo(new Request.Begin(xid, "transfer", Duration.ofSeconds(60)));
        client.reportCommitted(branch, true);
        var undecided = client.commit(xid);
        assertThat(coordinator.takeUntil(Request.Commit.class))
                .extracting(FakeCoordinator.Received::request)
                .containsExactly(new Request.Commit(xid), new Request.BranchCommitted(branch));
        assertThat(unanswered).isNotDone();
        assertThat(undecided).isNotDone();
    }

    @Test
    void whatMayWaitForAnotherMessageLeavesSoonWithoutOne() {
        client.begin(xid, "transfer", Duration.ofSeconds(60));
        coordinator.take(Request.Begin.class);
        client.reportCommitted(branch, true);
        assertThat(coordinator.take(Request.BranchCommitted.class).request())
                .isEqualTo(new Request.BranchCommitted(branch));
    }

    @Test
    void aReportIsNotRepeatedOnceAnOrderShowsTheDecision() {
        BranchId restored = new BranchId(client.newXid(), 8);
        BranchId open = new BranchId(client.newXid(), 9);
        client.attach(new FakeAgent("r1"));
        client.reportCommitted(branch);
        client.reportCommitted(restored);
        client.reportCommitted(open);
        coordinator.take(Request.BranchCommitted.class);
        coordinator.order(new Reply.ReleaseUndo("r1", List.of(branch)));
        coordinator.order(new Reply.RestoreOrder(restored, "r1", 1, false));
        coordinator.take(Request.RestoreReport.class);
        coordinator.drop();
        // Or the Commit could still go on the old stream, on which nothing is told again.
        coordinator.takeUntil(Request.Hello.class);
        coordinator.answer(request -> ConnectionTests.committed(xid));
        client.commit(xid).join();
        assertThat(coordinator.takeUntil(Request.Commit.class).stream()
                        .map(FakeCoordinator.Received::request)
                        .filter(Request.BranchCommitted.class::isInstance))
                .containsExactly(new Request.BranchCommitted(open));
    }

    @Test
    void whatIsAskedWhileNobodyServesIsSentWhenTheCoordinatorIsBack() {
        coordinator.stop();
        CompletableFuture<Void> grant = client.register(branch, "r1", LOCKS);
        client.reportCommitted(branch);
        CompletableFuture<Outcome> commit = client.commit(xid);
        coordinator.startAgain();
        assertThat(coordinator.poll().request()).isInstanceOf(Request.Hello.class);
        FakeCoordinator.Received next = coordinator.poll();
        while (next.request() instanceof Request.Hello) {
            next = coordinator.poll();
        }
        assertThat(next.request()).isEqualTo(new Request.BranchCommitted(branch));
        coordinator.reply(coordinator.take(Request.RegisterBranch.class), new Reply.Registered());
        coordinator.reply(coordinator.take(Request.Commit.class), ConnectionTests.committed(xid));
        grant.join();
        assertThat(commit.join().status()).isEqualTo(TransactionStatus.COMMITTED);
    }

    @Test
    void whatWasAnsweredIsNotSentAgain() {
        CompletableFuture<Void> grant = client.register(branch, "r1", LOCKS);
        coordinator.reply(coordinator.take(Request.RegisterBranch.class), new Reply.Registered());
        grant.join();
        CompletableFuture<Outcome> commit = client.commit(xid);
        coordinator.take(Request.Commit.class);
        coordinator.drop();
        List<FakeCoordinator.Received> again = coordinator.takeUntil(Request.Commit.class);
        assertThat(again).noneMatch(received -> received.request() instanceof Request.RegisterBranch);
        coordinator.reply(again.get(0), ConnectionTests.committed(xid));
        commit.join();
    }

    @Test
    void aRequestThatIsPutOffIsSentAgainOnTheSameStream() {
        CompletableFuture<Outcome> commit = client.commit(xid);
        coordinator.reply(coordinator.take(Request.Commit.class), new Failure(FailureKind.UNAVAILABLE, "electing"));
        coordinator.reply(coordinator.take(Request.Commit.class), ConnectionTests.committed(xid));
        assertThat(commit.join().status()).isEqualTo(TransactionStatus.COMMITTED);
        assertThat(coordinator.connections()).isEqualTo(1);
    }

    @Test
    @DisplayName("T9: a decision without an answer in time is in doubt, and a late answer harms nothing")
    void t9_aDecisionWithoutAnAnswerInTimeIsInDoubt() {
        try (CoordinatorClient hasty = hasty()) {
            CompletableFuture<Outcome> commit = hasty.commit(xid);
            FakeCoordinator.Received asked = coordinator.take(Request.Commit.class);
            assertThat(failure(commit))
                    .isInstanceOf(InDoubtException.class)
                    .hasMessageContaining(xid.toString())
                    .hasMessageContaining("no answer within 100 ms")
                    .hasMessageContaining("GlobalTransactionTemplate.outcome");
            coordinator.reply(asked, ConnectionTests.committed(xid));
            coordinator.answer(request -> new Reply.Registered());
            hasty.register(branch, "r1", LOCKS, Duration.ofSeconds(20)).join();
            assertThat(failure(commit)).isInstanceOf(InDoubtException.class);
        }
    }

    @Test
    @DisplayName("T9: a commit is waited for longer than a veto, for which somebody else's call waits")
    void t9_aCommitHasATimeoutOfItsOwn() {
        ClientSettings settings = new ClientSettings(
                        "app", List.of(coordinator.address()), null, Duration.ZERO, Duration.ofMillis(100))
                .withCommitTimeout(Duration.ofSeconds(30));
        try (CoordinatorClient patient = CoordinatorClient.start(settings)) {
            patient.newXid();
            CompletableFuture<Outcome> commit = patient.commit(xid);
            FakeCoordinator.Received asked = coordinator.take(Request.Commit.class);
            assertThat(failure(patient.rollBack(xid, new Rollback(RollbackReason.VETO, "", ""))))
                    .isInstanceOf(InDoubtException.class)
                    .hasMessageContaining("no answer within 100 ms");
            assertThat(commit).isNotDone();
            coordinator.reply(asked, ConnectionTests.committed(xid));
            assertThat(commit.join().status()).isEqualTo(TransactionStatus.COMMITTED);
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = FailureKind.class,
            mode = EnumSource.Mode.EXCLUDE,
            names = {"NOT_LEADER", "UNAVAILABLE"})
    @DisplayName("I6, T9: a failure in answer to a decision proves nothing: in doubt")
    void t9_aFailureInAnswerToADecisionIsInDoubt(FailureKind kind) {
        coordinator.answer(request -> new Failure(kind, "told so"));
        assertThat(failure(client.commit(xid)))
                .isInstanceOf(InDoubtException.class)
                .hasMessageContaining(kind.name())
                .hasMessageContaining("told so");
        assertThat(failure(client.rollBack(xid, new Rollback(RollbackReason.VETO, "", ""))))
                .isInstanceOf(InDoubtException.class);
    }

    @Test
    @DisplayName("T9: unknown, undecided, or another transaction's decision is not taken for a decision")
    void t9_whatIsNotThisTransactionsDecisionIsInDoubt() {
        Xid other = ConnectionTests.xid();
        for (Reply reply : List.of(
                new Reply.NotKnown(xid),
                new Reply.Decided(new Outcome(xid, TransactionStatus.ACTIVE, null, false)),
                ConnectionTests.committed(other),
                new Reply.Registered())) {
            coordinator.answer(request -> reply);
            assertThat(failure(client.commit(xid))).isInstanceOf(InDoubtException.class);
        }
    }

    @Test
    @DisplayName("I1: a commit that finds another decision gets that decision")
    void i1_aCommitThatFindsAnotherDecisionGetsIt() {
        Outcome timedOut = FakeCoordinator.rolledBack(xid, RollbackReason.TIMEOUT, "60 s");
        coordinator.answer(request -> new Reply.Decided(timedOut));
        assertThat(client.commit(xid).join()).isEqualTo(timedOut);
    }

    @Test
    void aLockConflictNamesKeyAndHolder() {
        Xid holder = ConnectionTests.xid();
        for (FailureKind kind :
                List.of(FailureKind.LOCK_TIMEOUT, FailureKind.DEADLOCK, FailureKind.HOLDER_ROLLING_BACK)) {
            coordinator.answer(request -> new Failure(kind, KEY + " is held", "", null, holder));
            for (CompletableFuture<Void> refused :
                    List.of(client.register(branch, "r1", LOCKS), client.checkLocks(xid, LOCKS))) {
                assertThat(failure(refused))
                        .isInstanceOfSatisfying(LockConflictException.class, conflict -> {
                            assertThat(conflict.holder()).isEqualTo(holder);
                            assertThat(conflict.xid()).isEqualTo(xid);
                        })
                        .hasMessageContaining("bank1.account_info(1)")
                        .hasMessageContaining(holder.toString())
                        .hasMessageContaining(xid.toString());
            }
            assertThat(failure(client.checkLocks(null, LOCKS))).isInstanceOf(LockConflictException.class);
        }
    }

    @Test
    @DisplayName("I3: a branch that comes after the decision is refused with that decision")
    void i3_aBranchThatComesAfterTheDecisionIsRefusedWithIt() {
        Outcome vetoed = FakeCoordinator.rolledBack(xid, RollbackReason.VETO, "no money");
        coordinator.answer(request -> new Failure(FailureKind.TRANSACTION_DECIDED, "decided", "", vetoed, null));
        assertThat(failure(client.register(branch, "r1", LOCKS)))
                .isInstanceOfSatisfying(RolledBackException.class, refused -> {
                    assertThat(refused.outcome()).isEqualTo(vetoed);
                    assertThat(refused.reason()).isEqualTo(RollbackReason.VETO);
                })
                .hasMessageContaining("no money");
        Outcome committed = new Outcome(xid, TransactionStatus.COMMITTED, null, false);
        coordinator.answer(request -> new Failure(FailureKind.TRANSACTION_DECIDED, "decided", "", committed, null));
        assertThat(failure(client.register(branch, "r1", LOCKS)))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("already committed");
    }

    @Test
    void aBranchThatBreaksARuleIsAnErrorOfUse() {
        for (FailureKind kind :
                List.of(FailureKind.INVALID, FailureKind.LIMIT, FailureKind.WRONG_CLUSTER, FailureKind.BRANCH_REUSED)) {
            coordinator.answer(request -> new Failure(kind, "rule"));
            assertThat(failure(client.register(branch, "r1", LOCKS)))
                    .isInstanceOf(UsageException.class)
                    .hasMessageContaining("rule");
        }
        coordinator.answer(request -> new Failure(FailureKind.FORGOTTEN, "forgotten"));
        assertThat(failure(client.register(branch, "r1", LOCKS))).isInstanceOf(InDoubtException.class);
    }

    @Test
    void aRegistrationEndsAfterLockWaitAndRequestTimeout() {
        try (CoordinatorClient hasty = hasty()) {
            assertThat(failure(hasty.register(branch, "r1", LOCKS, Duration.ofMillis(50))))
                    .isInstanceOf(CoordinatorUnavailableException.class)
                    .hasMessageContaining("no answer within 150 ms");
            Request.RegisterBranch asked = (Request.RegisterBranch)
                    coordinator.take(Request.RegisterBranch.class).request();
            assertThat(asked.lockWait()).isEqualTo(Duration.ofMillis(50));
        }
    }

    @Test
    void aRequestThatIsTooLargeIsRefusedWithoutBreakingTheStream() {
        List<Lock> many = new ArrayList<>();
        for (int i = 0; i < 100_000; i++) {
            many.add(new Lock(
                    LockKey.on("r1", "bank1", "", "account_info", "")
                            .number("" + i)
                            .build(),
                    LockMode.EXCLUSIVE));
        }
        assertThat(failure(client.register(branch, "r1", many)))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("4 MiB");
        coordinator.answer(request -> ConnectionTests.committed(xid));
        client.commit(xid).join();
        assertThat(coordinator.connections()).isEqualTo(1);
    }

    @Test
    void anOutcomeCanBeAskedForAndMayBeUnknown() {
        coordinator.answer(request -> ConnectionTests.committed(xid));
        assertThat(client.outcome(xid).join()).map(Outcome::status).contains(TransactionStatus.COMMITTED);
        coordinator.answer(request -> new Reply.NotKnown(xid));
        assertThat(client.outcome(xid).join()).isEmpty();
        coordinator.answer(request -> new Failure(FailureKind.FORGOTTEN, "not above the watermark"));
        assertThat(client.outcome(xid).join()).isEmpty();
        coordinator.answer(request -> new Failure(FailureKind.INVALID, "no"));
        assertThat(failure(client.outcome(xid))).isInstanceOf(UsageException.class);
    }

    @Test
    @DisplayName("I6: the sweep believes only what it asked for")
    void i6_theSweepBelievesOnlyWhatItAskedFor() {
        for (Ended said : List.of(
                new Ended(Set.of(xid), Set.of(), Set.of()),
                new Ended(Set.of(), Set.of(xid), Set.of()),
                new Ended(Set.of(), Set.of(), Set.of(xid)))) {
            coordinator.answer(request -> new Reply.Unknown(
                    List.copyOf(said.unknown()), List.copyOf(said.committed()), List.copyOf(said.rolledBack())));
            assertThat(client.ended(List.of(xid, ConnectionTests.xid())).join()).isEqualTo(said);
            assertThat(failure(client.ended(List.of(ConnectionTests.xid())))).isInstanceOf(DtxException.class);
        }
    }

    @Test
    void closeWaitsForADecisionInFlightAndFailsWhatIsLeft() {
        CompletableFuture<Void> grant = client.register(branch, "r1", LOCKS);
        CompletableFuture<Outcome> commit = client.commit(xid);
        FakeCoordinator.Received asked = coordinator.take(Request.Commit.class);
        CompletableFuture<Void> closing = CompletableFuture.runAsync(client::close);
        assertThat(closing).isNotDone();
        coordinator.reply(asked, ConnectionTests.committed(xid));
        assertThat(commit.join().status()).isEqualTo(TransactionStatus.COMMITTED);
        closing.join();
        assertThat(failure(grant)).isInstanceOf(CoordinatorUnavailableException.class);
        assertThat(failure(client.commit(xid)))
                .isInstanceOf(CoordinatorUnavailableException.class)
                .hasMessageContaining("was asked for, it rolls back");
        assertThatThrownBy(client::newXid).isInstanceOf(CoordinatorUnavailableException.class);
    }

    private CoordinatorClient hasty() {
        CoordinatorClient hasty = CoordinatorClient.start(new ClientSettings(
                "app", List.of(coordinator.address()), null, Duration.ofMillis(10), Duration.ofMillis(100)));
        hasty.newXid();
        return hasty;
    }

    private static Throwable failure(CompletableFuture<?> future) {
        try {
            future.join();
        } catch (CompletionException e) {
            Throwable cause = e.getCause();
            if (cause != null) {
                return cause;
            }
        }
        throw new AssertionError("did not fail");
    }
}
