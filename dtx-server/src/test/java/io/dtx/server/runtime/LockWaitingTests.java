package io.dtx.server.runtime;

import static io.dtx.server.runtime.LeaderRig.RESOURCE;
import static io.dtx.server.runtime.LeaderRig.row;
import static io.dtx.server.runtime.LeaderRig.shared;
import static org.assertj.core.api.Assertions.assertThat;

import io.dtx.model.BranchId;
import io.dtx.model.Execution;
import io.dtx.model.Lock;
import io.dtx.model.RollbackReason;
import io.dtx.model.Xid;
import io.dtx.protocol.FailureKind;
import io.dtx.protocol.Reply;
import io.dtx.protocol.Request;
import io.dtx.protocol.Request.RestoreReport;
import io.dtx.server.coordinator.Command;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class LockWaitingTests {

    private static final long LONG = 10_000;

    private final LeaderRig rig = new LeaderRig();
    private final App app = rig.app("1");
    private final Xid t1 = rig.xid();
    private final Xid t2 = rig.xid();
    private final Xid t3 = rig.xid();

    @Test
    void aReleaseGrantsTheNextInOrderOfArrival() {
        hold(t1, row("1"));
        long second = want(t2, row("1"));
        long third = want(t3, row("1"));

        finish(t1);
        app.assertGranted(second);
        assertThat(app.isAnswered(third)).isFalse();

        finish(t2);
        app.assertGranted(third);
    }

    @Test
    @DisplayName(
            "I10: that a call was delivered twice is found though the second execution would have to wait for a lock")
    void i10_aRepetitionDoesNotWaitForLocks() {
        hold(t1, row("1"));
        want(t2, row("1"));
        app.assertGranted(app.register(branch(t3), 0, execution(1), row("2")));

        app.failure(app.register(branch(t3), LONG, execution(2), row("1")), FailureKind.TRANSACTION_DECIDED);
    }

    @Test
    @DisplayName("I10: nor does a second execution that waits already leave without its being found")
    void i10_aRepetitionThatWaitedFirstIsFoundAtItsDeadline() {
        hold(t1, row("1"));
        long second = app.register(branch(t3), 1_000, execution(2), row("1"));
        app.assertGranted(app.register(branch(t3), 0, execution(1), row("2")));

        rig.pass(1_000);

        app.failure(second, FailureKind.TRANSACTION_DECIDED);
    }

    @Test
    @DisplayName("I10: nor one that has to give way")
    void i10_aRepetitionThatIsBrokenIsFound() {
        hold(t1, row("1"));
        long second = app.register(branch(t3), LONG, execution(2), row("1"));
        app.assertGranted(app.register(branch(t3), 0, execution(1), row("2")));

        app.send(new Request.DatabaseWait(t1, RESOURCE, ""));

        app.failure(second, FailureKind.TRANSACTION_DECIDED);
    }

    @Test
    void oneOfADecidedTransactionDoesNotQueueBehindOthers() {
        hold(t1, row("1"));
        want(t2, row("1"));
        hold(t3, row("2"));
        app.rollBack(t3, RollbackReason.APPLICATION);

        app.failure(want(t3, row("1")), FailureKind.TRANSACTION_DECIDED);
    }

    @Test
    void aWaitEndsAtItsDeadlineAndTheErrorNamesKeyAndHolder() {
        hold(t1, row("1"));
        long waiting = app.register(branch(t2), RESOURCE, 1_000, row("1"));

        rig.pass(999);
        assertThat(app.isAnswered(waiting)).isFalse();
        rig.pass(1);

        Reply.Failure failure = app.failure(waiting, FailureKind.LOCK_TIMEOUT);
        assertThat(failure.message())
                .contains("account(1)", t1.toString(), "(application '", "began 1000 ms ago", "try again");
        assertThat(failure.holder()).isEqualTo(t1);
    }

    @Test
    void nothingIsKeptOfThoseWhoGaveUpWhileTheHolderGoesOn() {
        hold(t1, row("1"));
        Deadlines deadlines = new Deadlines();
        LockView view = new LockView(rig.log, rig.clock::millis);
        LockQueue queue = new LockQueue(view, deadlines, request -> {}, LeaderListener.NONE, () -> 0);
        for (long i = 0; i < 100; i++) {
            LockRequest first = question(2 * i, t2);
            LockRequest behindIt = question(2 * i + 1, t3);
            queue.held(first, view.conflicts(t2, first.locks));
            queue.held(behindIt, view.conflicts(t3, behindIt.locks));
            assertThat(queue.watching()).isEqualTo(2);

            deadlines.runDue(1);

            assertThat(queue.size()).isZero();
            assertThat(queue.watching()).isZero();
        }
    }

    private LockRequest question(long arrival, Xid xid) {
        List<Lock> wanted = List.of(row("1"));
        Command command = new Command.CheckLocks(xid, wanted);
        return new LockRequest(arrival, xid, command, wanted, 0, 1, new Asker(app, arrival, 0), failure -> {});
    }

    @Test
    void whoDoesNotWantToWaitIsToldAtOnce() {
        hold(t1, row("1"));

        app.failure(app.register(branch(t2), RESOURCE, 0, row("1")), FailureKind.LOCK_TIMEOUT);
    }

    @Test
    void aRequestThatTimesOutLetsTheOneBehindItGo() {
        hold(t1, row("1"));
        Xid t4 = rig.xid();
        hold(t4, row("2"));
        long both = app.register(branch(t2), RESOURCE, 1_000, row("1"), row("2"));
        finish(t4);
        long free = want(t3, row("2"));
        assertThat(app.isAnswered(free)).as("behind one that came first").isFalse();

        rig.pass(1_000);

        app.failure(both, FailureKind.LOCK_TIMEOUT);
        app.assertGranted(free);
    }

    @Test
    void whoWaitsForOneThatWaitsInTheDatabaseIsBroken() {
        hold(t1, row("1"));
        hold(t2, row("2"));
        long behind = want(t3, row("1"));
        long elsewhere = want(rig.xid(), row("2"));

        app.send(new Request.DatabaseWait(t1, RESOURCE, "another_table"));
        app.send(new Request.DatabaseWait(t1, "another resource", ""));
        app.send(new Request.DatabaseWait(t3, RESOURCE, ""));
        assertThat(app.isAnswered(behind)).isFalse();

        app.send(new Request.DatabaseWait(t1, RESOURCE, "ACCOUNT"));
        Reply.Failure failure = app.failure(behind, FailureKind.DEADLOCK);
        assertThat(failure.holder()).isEqualTo(t1);
        assertThat(app.isAnswered(elsewhere)).isFalse();

        app.send(new Request.DatabaseWait(t2, RESOURCE, ""));
        app.failure(elsewhere, FailureKind.DEADLOCK);
    }

    /** Told of every 20 ms while it runs: what that costs must not go by all that its transaction has written. */
    @Test
    @Timeout(20)
    void whoHoldsVeryManyRowsMayBeToldOfAgainAndAgain() {
        for (int first = 0; first < 150_000; first += 30_000) {
            hold(
                    t1,
                    IntStream.range(first, first + 30_000)
                            .mapToObj(i -> row("" + i))
                            .toArray(Lock[]::new));
        }
        hold(t2, row("another"));
        long elsewhere = want(t3, row("another"));

        for (int i = 0; i < 3_000; i++) {
            app.send(new Request.DatabaseWait(t1, RESOURCE, ""));
        }

        assertThat(app.isAnswered(elsewhere)).isFalse();
        long behind = want(rig.xid(), row("140000"));
        app.send(new Request.DatabaseWait(t1, RESOURCE, ""));
        app.failure(behind, FailureKind.DEADLOCK);
    }

    @Test
    void aWaitThatClosesACycleFailsAtOnce() {
        hold(t1, row("1"));
        hold(t2, row("2"));
        long first = want(t1, row("2"));

        Reply.Failure failure = app.failure(want(t2, row("1")), FailureKind.DEADLOCK);

        assertThat(failure.holder()).isEqualTo(t1);
        assertThat(app.isAnswered(first)).isFalse();
    }

    @Test
    void aCycleOverThreeTransactionsFailsTheLast() {
        hold(t1, row("1"));
        hold(t2, row("2"));
        hold(t3, row("3"));
        want(t1, row("2"));
        want(t2, row("3"));

        app.failure(want(t3, row("1")), FailureKind.DEADLOCK);
    }

    /** Each passes the large request in its search: a look at that must not take the square of what it wants. */
    @Test
    @Timeout(20)
    void aWaitForVeryManyRowsHoldsUpNobodyElse() {
        hold(t1, row("1"));
        List<Xid> others = IntStream.range(0, 20).mapToObj(i -> rig.xid()).toList();
        others.forEach(xid -> hold(xid, row("" + (2 + others.indexOf(xid)))));
        long large = want(
                t2, IntStream.rangeClosed(1, 30_000).mapToObj(i -> row("" + i)).toArray(Lock[]::new));

        for (Xid other : others) {
            app.failure(want(other, row("1")), FailureKind.DEADLOCK);
        }

        assertThat(app.isAnswered(large)).isFalse();
    }

    @Test
    @DisplayName("T12: T1 holds k2, T2 waits for {k1, k2}, T1 asks for the free k1: queue order is an edge")
    void t12_queueOrderCountsInADeadlock() {
        hold(t1, row("2"));
        long waiting = want(t2, row("1"), row("2"));

        app.failure(want(t1, row("1")), FailureKind.DEADLOCK);

        assertThat(app.isAnswered(waiting)).isFalse();
    }

    @Test
    @DisplayName("T12: a request arrives for a key of a transaction that is already rolling back")
    void t12_aRequestForAKeyOfOneThatRollsBackFailsAtOnce() {
        hold(t1, row("1"));
        app.rollBack(t1, RollbackReason.VETO);

        Reply.Failure failure = app.failure(want(t2, row("1")), FailureKind.HOLDER_ROLLING_BACK);

        assertThat(failure.message()).contains("account(1)", t1.toString());
    }

    @Test
    @DisplayName("T12: a request that would only queue fails at once, too, if one of its keys is being rolled back")
    void t12_aRequestBehindOthersFailsAtOnceIfAKeyOfItIsBeingRolledBack() {
        hold(t1, row("1"));
        hold(t3, row("2"));
        want(t2, row("2"));
        app.rollBack(t1, RollbackReason.VETO);

        app.failure(want(rig.xid(), row("2"), row("1")), FailureKind.HOLDER_ROLLING_BACK);
    }

    @Test
    @DisplayName("T12: a waiter on {k1, k2} queued under k2 while k1's holder rolls back")
    void t12_aWaiterFailsAtOnceWhenTheHolderOfAnyOfItsKeysRollsBack() {
        hold(t1, row("1"));
        hold(t3, row("2"));
        long underTwo = want(t2, row("2"), row("1"));
        Xid t4 = rig.xid();
        long behind = want(t4, row("1"));

        app.rollBack(t1, RollbackReason.VETO);

        app.failure(underTwo, FailureKind.HOLDER_ROLLING_BACK);
        app.failure(behind, FailureKind.HOLDER_ROLLING_BACK);
    }

    @Test
    void afterTheRestoreTheKeysAreFreeForNewcomers() {
        app.attach(RESOURCE);
        hold(t1, row("1"));
        app.rollBack(t1, RollbackReason.VETO);
        app.report(app.takeRestoreOrders().get(0), RestoreReport.Result.RESTORED);

        app.assertGranted(want(t2, row("1")));
    }

    @Test
    void aDecisionFailsItsOwnWaiters() {
        hold(t1, row("1"));
        long waiting = want(t2, row("1"));

        app.rollBack(t2, RollbackReason.TIMEOUT);

        app.failure(waiting, FailureKind.TRANSACTION_DECIDED);
        assertThat(app.rollback(waiting).reason()).isEqualTo(RollbackReason.TIMEOUT);
        finish(t1);
        assertThat(rig.transaction(t2).branches()).isEmpty();
    }

    @Test
    void keysOfTheSameTransactionNeverQueue() {
        hold(t1, row("1"));
        want(t2, row("1"));

        hold(t1, row("1"));
    }

    @Test
    void whatIsReadWaitsInTheSameQueue() {
        hold(t1, row("1"));
        long writer = want(t2, row("1"));
        long reader = check(null, row("1"));

        finish(t1);
        app.assertGranted(writer);
        assertThat(app.isAnswered(reader)).isFalse();
        finish(t2);

        assertThat(app.answer(reader)).isEqualTo(new Reply.LocksFree());
    }

    @Test
    void aReaderHoldsNothingAfterwards() {
        assertThat(app.answer(check(t1, row("1")))).isEqualTo(new Reply.LocksFree());

        hold(t2, row("1"));
    }

    @Test
    void aReaderInsideATransactionIsNotHeldUpByItsOwnLocks() {
        hold(t1, row("1"));

        assertThat(app.answer(check(t1, row("1")))).isEqualTo(new Reply.LocksFree());
    }

    @Test
    @DisplayName("apply decides: a request that was seen as free and finds its key held goes back to its place")
    void aRequestThatFindsItsKeyHeldGoesBackToItsPlace() {
        rig.log.slow = true;
        long first = want(t1, row("1"));
        long second = want(t2, row("1"));
        assertThat(app.isAnswered(first)).isFalse();
        rig.log.slow = false;
        rig.log.makeDurable();
        rig.settle();
        app.assertGranted(first);
        long third = want(t3, row("1"));

        finish(t1);

        app.assertGranted(second);
        assertThat(app.isAnswered(third)).isFalse();
    }

    @Test
    void aReleaseThatIsInTheLogBeforeItsResultIsHandledIsNotMissed() {
        hold(t1, row("1"));
        rig.log.slow = true;
        long waiting = want(t2, row("1"));
        app.commit(t1);
        rig.log.slow = false;
        rig.log.makeDurable(); // both are applied before the leader hears of either
        rig.settle();

        app.assertGranted(waiting);
    }

    @Test
    void sharedLocksGoTogetherAndAnExclusiveOneWaitsForAll() {
        hold(t1, shared("1"));
        hold(t2, shared("1"));
        long exclusive = want(t3, row("1"));
        long later = want(rig.xid(), shared("1"));
        assertThat(app.isAnswered(later)).as("behind the exclusive one").isFalse();

        finish(t1);
        assertThat(app.isAnswered(exclusive)).isFalse();
        finish(t2);
        app.assertGranted(exclusive);
        finish(t3);
        app.assertGranted(later);
    }

    @Test
    void twoThatHoldAKeySharedAndBothWantItAloneAreADeadlock() {
        hold(t1, shared("1"));
        hold(t2, shared("1"));
        long first = want(t1, row("1"));

        app.failure(want(t2, row("1")), FailureKind.DEADLOCK);

        assertThat(app.isAnswered(first)).isFalse();
    }

    @Test
    void whoLeavesLosesItsPlace() {
        App other = rig.app("2");
        hold(t1, row("1"));
        other.register(branch(t2), RESOURCE, LONG, row("1"));
        long next = want(t3, row("1"));

        rig.leave(other);
        finish(t1);

        app.assertGranted(next);
    }

    @Test
    @DisplayName("T12: a deadlock that arises by a grant is found, too")
    void t12_aGrantThatOvertakesAWaiterAndClosesACycleIsFound() {
        // t2 waits for 1 and, in another branch, is about to get 2, which t1 asks for in the meantime.
        hold(t1, row("1"));
        rig.log.slow = true;
        long grant = want(t2, row("2"));
        long first = want(t2, row("1"));
        long closing = want(t1, row("2"));
        rig.log.slow = false;
        rig.log.makeDurable();
        rig.settle();

        app.assertGranted(grant);
        assertThat(List.of(app.isAnswered(first), app.isAnswered(closing))).containsExactly(false, true);
        app.failure(closing, FailureKind.DEADLOCK);
    }

    @Test
    @DisplayName("T12: five thousand wait for a transaction that rolls back, each behind the one before it")
    void t12_howeverManyWaitForOneThatRollsBackTheyAllFail() {
        hold(t1, row("1"));
        List<Long> waiting = IntStream.range(0, 5_000)
                .mapToObj(i -> want(rig.xid(), row("1")))
                .toList();

        app.rollBack(t1, RollbackReason.VETO);

        assertThat(waiting).allSatisfy(request -> app.failure(request, FailureKind.HOLDER_ROLLING_BACK));
    }

    @Test
    void howManyWaitAlreadyDoesNotMatterToOneThatComes() {
        hold(t1, row("1"));
        wantAsSecondBranch();
        long beforeSecond = rig.log.reads;
        wantAsSecondBranch();
        long second = rig.log.reads - beforeSecond;
        for (int i = 0; i < 100; i++) {
            wantAsSecondBranch();
        }
        long beforeLast = rig.log.reads;

        wantAsSecondBranch();

        assertThat(rig.log.reads - beforeLast).as("looks at the locks").isEqualTo(second);
    }

    /** Holds a lock already, for which nobody waits. */
    private void wantAsSecondBranch() {
        Xid xid = rig.xid();
        hold(xid, row("own " + xid));
        want(xid, row("1"));
    }

    private BranchId branch(Xid xid) {
        return new BranchId(xid, rig.nextBranchNumber());
    }

    /** The same call each time. */
    private static Execution execution(long id) {
        return new Execution(new UUID(1, 1), new UUID(2, id));
    }

    private void hold(Xid xid, Lock... locks) {
        BranchId branch = app.branch(xid, RESOURCE, locks);
        app.reported(branch);
    }

    private long want(Xid xid, Lock... locks) {
        return app.register(branch(xid), RESOURCE, LONG, locks);
    }

    private long check(@Nullable Xid xid, Lock... locks) {
        return app.send(new Request.CheckLocks(xid, List.of(locks), Duration.ofMillis(LONG)));
    }

    /** Commits, with all branches reported. */
    private void finish(Xid xid) {
        rig.transaction(xid).branches().forEach(branch -> app.reported(new BranchId(xid, branch.number())));
        app.commit(xid);
    }
}
