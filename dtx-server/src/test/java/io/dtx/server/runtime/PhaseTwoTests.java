package io.dtx.server.runtime;

import static io.dtx.server.runtime.LeaderRig.RESOURCE;
import static io.dtx.server.runtime.LeaderRig.row;
import static io.dtx.server.runtime.LeaderRig.rowOf;
import static org.assertj.core.api.Assertions.assertThat;

import io.dtx.model.BranchId;
import io.dtx.model.Execution;
import io.dtx.model.RollbackReason;
import io.dtx.model.TransactionStatus;
import io.dtx.model.Xid;
import io.dtx.protocol.FailureKind;
import io.dtx.protocol.Reply;
import io.dtx.protocol.Reply.ReleaseUndo;
import io.dtx.protocol.Reply.RestoreOrder;
import io.dtx.protocol.Request;
import io.dtx.protocol.Request.RestoreReport;
import io.dtx.protocol.Request.RestoreReport.Result;
import io.dtx.server.coordinator.BranchState;
import io.dtx.server.coordinator.Command;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class PhaseTwoTests {

    private final LeaderRig rig = new LeaderRig();
    private final App app = rig.app("1");
    private final Xid xid = rig.xid();

    @Test
    @DisplayName("I4: restores follow reverse registration order per resource, different resources at the same time")
    void i4_restoresGoInReverseOrderPerResource() {
        app.attach(RESOURCE);
        app.attach("r2");
        BranchId first = app.branch(xid, RESOURCE, row("1"));
        BranchId other = app.branch(xid, "r2", rowOf("r2", "1"));
        BranchId second = app.branch(xid, RESOURCE, row("2"));
        app.rollBack(xid, RollbackReason.APPLICATION);

        List<RestoreOrder> orders = app.takeRestoreOrders();
        assertThat(orders).extracting(RestoreOrder::branch).containsExactlyInAnyOrder(second, other);

        app.report(orderFor(orders, second), Result.RESTORED);
        orders = app.takeRestoreOrders();
        assertThat(orders).extracting(RestoreOrder::branch).containsExactly(first);
        app.report(orders.get(0), Result.RESTORED);
        assertThat(rig.status(xid)).isEqualTo(TransactionStatus.ROLLING_BACK);
        app.report(new RestoreOrder(other, "r2", 1, false), Result.RESTORED);

        assertThat(rig.status(xid)).isEqualTo(TransactionStatus.ROLLED_BACK);
    }

    @Test
    @DisplayName("I5: a branch that never reported its local commit is restored all the same")
    void i5_anUnreportedBranchIsRestored() {
        app.attach(RESOURCE);
        BranchId branch = app.branch(xid, RESOURCE, row("1"));

        app.rollBack(xid, RollbackReason.VETO);

        assertThat(app.takeRestoreOrders()).extracting(RestoreOrder::branch).containsExactly(branch);
    }

    @Test
    @DisplayName("I10: a call that was executed twice is undone at once, and its second execution is told why")
    void i10_aCallExecutedTwiceIsUndone() {
        app.attach(RESOURCE);
        UUID call = new UUID(1, 1);
        BranchId first = new BranchId(xid, rig.nextBranchNumber());
        app.send(new Request.RegisterBranch(
                first, RESOURCE, List.of(new Execution(call, new UUID(2, 1))), List.of(row("1")), Duration.ZERO));

        Reply.Failure refused = app.failure(
                app.send(new Request.RegisterBranch(
                        new BranchId(xid, rig.nextBranchNumber()),
                        RESOURCE,
                        List.of(new Execution(call, new UUID(2, 2))),
                        List.of(row("1")),
                        Duration.ZERO)),
                FailureKind.TRANSACTION_DECIDED);

        assertThat(refused.message()).contains("delivered twice");
        assertThat(app.takeRestoreOrders()).extracting(RestoreOrder::branch).containsExactly(first);
    }

    @Test
    void aFailedRestoreIsTriedAtAnotherInstanceAfterABackoffThatGrows() {
        App other = rig.app("2");
        app.attach(RESOURCE);
        other.attach(RESOURCE);
        rollBackOneBranch();
        App asked = app.orders.isEmpty() ? other : app;
        App next = asked == app ? other : app;

        asked.report(asked.takeRestoreOrders().get(0), Result.FAILED);
        rig.pass(49);
        assertThat(next.orders).isEmpty();
        rig.pass(51);
        RestoreOrder again = next.takeRestoreOrders().get(0);

        for (int failure = 2; failure <= 12; failure++) {
            next.report(again, Result.FAILED);
            assertThat(app.orders).isEmpty();
            assertThat(other.orders).isEmpty();
            rig.pass(30_000);
            next = next == app ? other : app;
            again = next.takeRestoreOrders().get(0);
        }
        next.report(again, Result.FAILED);
        rig.pass(14_999);
        assertThat(app.orders).isEmpty();
        assertThat(other.orders).isEmpty();
    }

    @Test
    void aRestoreWhoseInstanceLeavesIsOrderedAtAnotherAtOnce() {
        app.attach(RESOURCE);
        rollBackOneBranch();
        assertThat(app.takeRestoreOrders()).hasSize(1);
        App other = rig.app("2");
        other.attach(RESOURCE);
        assertThat(other.orders).as("one order at a time").isEmpty();

        rig.leave(app);

        assertThat(other.takeRestoreOrders()).hasSize(1);
    }

    @Test
    void aRestoreWaitsForAnInstanceToAttach() {
        rollBackOneBranch();
        rig.pass(3_600_000);
        App late = rig.app("2");

        late.attach(RESOURCE);

        assertThat(late.takeRestoreOrders()).hasSize(1);
    }

    @Test
    void aRestoreThatIsNotReportedIsOrderedAgain() {
        app.attach(RESOURCE);
        rollBackOneBranch();
        app.takeRestoreOrders();

        rig.pass(PhaseTwo.ANSWER_MILLIS);

        assertThat(app.takeRestoreOrders()).hasSize(1);
    }

    @Test
    void aDirtyBranchStallsAndWaitsForAnOperator() {
        app.attach(RESOURCE);
        BranchId earlier = app.branch(xid, RESOURCE, row("1"));
        BranchId dirty = app.branch(xid, RESOURCE, row("2"));
        app.rollBack(xid, RollbackReason.APPLICATION);

        app.report(app.takeRestoreOrders().get(0), Result.DIRTY);
        rig.pass(3_600_000);

        assertThat(app.takeRestoreOrders()).as("nor the branch before it").isEmpty();
        assertThat(stateOf(dirty)).isEqualTo(BranchState.STALLED);
        assertThat(stateOf(earlier)).isEqualTo(BranchState.REGISTERED);
    }

    @Test
    void anOperatorsRetryIsANewAttempt() {
        BranchId branch = stalledBranch();

        rig.operate(new Command.RetryBranch(branch, "ada", "repaired"));

        RestoreOrder order = app.takeRestoreOrders().get(0);
        assertThat(order.attempt()).isEqualTo(2);
        assertThat(order.skip()).isFalse();
        app.report(order, Result.RESTORED);
        assertThat(rig.status(xid)).isEqualTo(TransactionStatus.ROLLED_BACK);
        assertThat(rig.transaction(xid).forced()).isFalse();
    }

    @Test
    @DisplayName(
            "I7: a skip is an order to put the guard row in place; only then do the locks go, and the outcome is FORCED")
    void i7_aSkipIsAnOrderAndEndsForced() {
        BranchId branch = stalledBranch();

        rig.operate(new Command.SkipBranch(branch, "ada", "written off", false));

        assertThat(rig.isHeld(row("1"))).isTrue();
        RestoreOrder order = app.takeRestoreOrders().get(0);
        assertThat(order.skip()).isTrue();
        app.report(order, Result.SKIPPED);
        assertThat(rig.isHeld(row("1"))).isFalse();
        assertThat(rig.status(xid)).isEqualTo(TransactionStatus.ROLLED_BACK);
        assertThat(rig.transaction(xid).forced()).isTrue();
    }

    @Test
    void aSkipThatIsNotCarriedOutIsOrderedAgainOnlyAfterAWhile() {
        BranchId branch = stalledBranch();
        rig.operate(new Command.SkipBranch(branch, "ada", "written off", false));
        RestoreOrder order = app.takeRestoreOrders().get(0);

        app.report(order, Result.DIRTY);
        assertThat(app.takeRestoreOrders()).isEmpty();

        rig.pass(30_000);
        RestoreOrder again = app.takeRestoreOrders().get(0);
        assertThat(again.skip()).isTrue();
        app.report(again, Result.SKIPPED);
        assertThat(rig.transaction(xid).forced()).isTrue();
    }

    @Test
    @DisplayName("I7: a forced skip does not wait for a resource manager")
    void i7_aForcedSkipEndsAtOnce() {
        BranchId branch = stalledBranch();
        rig.leave(app);

        rig.operate(new Command.SkipBranch(branch, "ada", "the database is gone", true));

        assertThat(rig.transaction(xid).forced()).isTrue();
    }

    @Test
    @DisplayName("T14, I7: a report of the attempt before the skip is ignored")
    void t14_aReportOfAnOlderAttemptIsIgnored() {
        app.attach(RESOURCE);
        BranchId branch = rollBackOneBranch();
        RestoreOrder inFlight = app.takeRestoreOrders().get(0);
        rig.operate(new Command.SkipBranch(branch, "ada", "now", false));
        RestoreOrder skip = app.takeRestoreOrders().get(0);

        app.report(inFlight, Result.RESTORED);

        assertThat(rig.status(xid)).isEqualTo(TransactionStatus.ROLLING_BACK);
        app.report(skip, Result.SKIPPED);
        assertThat(rig.transaction(xid).forced()).isTrue();
    }

    @Test
    @DisplayName(
            "T14, I7: an attempt that an order has replaced is not ordered again when its report is refused by the log")
    void t14_aRefusedReportDoesNotBringTheAttemptBack() {
        app.attach(RESOURCE);
        BranchId branch = rollBackOneBranch();
        RestoreOrder replaced = app.takeRestoreOrders().get(0);
        rig.log.slow = true;
        rig.leader.operate(new Command.SkipBranch(branch, "ada", "now", false), result -> {});
        app.report(replaced, Result.DIRTY);
        rig.log.makeDurable();
        rig.log.slow = false;
        rig.settle();
        assertThat(app.takeRestoreOrders()).extracting(RestoreOrder::skip).containsExactly(true);

        rig.operate(new Command.SkipBranch(branch, "ada", "the database is gone", true));
        rig.pass(PhaseTwo.ANSWER_MILLIS + 1_000);

        assertThat(app.takeRestoreOrders())
                .as("its rows are not locked any more")
                .isEmpty();
    }

    @Test
    @DisplayName("I8: a new leader drives every unfinished rollback on")
    void i8_aNewLeaderDrivesRollbacksOn() {
        app.attach(RESOURCE);
        BranchId first = app.branch(xid, RESOURCE, row("1"));
        app.branch(xid, RESOURCE, row("2"));
        app.rollBack(xid, RollbackReason.APPLICATION);
        app.report(app.takeRestoreOrders().get(0), Result.RESTORED);
        rig.newLeader();
        App again = rig.app("1");

        again.attach(RESOURCE);

        assertThat(again.takeRestoreOrders()).extracting(RestoreOrder::branch).containsExactly(first);
    }

    @Test
    void aReportByWhoWasGivenUpStillCounts() {
        app.attach(RESOURCE);
        rollBackOneBranch();
        RestoreOrder order = app.takeRestoreOrders().get(0);
        rig.leave(app);
        App again = rig.app("1");

        again.report(order, Result.RESTORED);

        assertThat(rig.status(xid)).isEqualTo(TransactionStatus.ROLLED_BACK);
    }

    @Test
    void reportsOfTwoResourcesInOneBatchEndTheRollback() {
        app.attach(RESOURCE);
        app.attach("r2");
        app.branch(xid, RESOURCE, row("1"));
        app.branch(xid, "r2", rowOf("r2", "1"));
        app.rollBack(xid, RollbackReason.APPLICATION);

        for (RestoreOrder order : app.takeRestoreOrders()) {
            rig.leader.received(
                    app, 0, new RestoreReport(order.branch(), order.resource(), order.attempt(), Result.RESTORED, ""));
        }
        rig.settle();

        assertThat(rig.failures).isEmpty();
        assertThat(rig.status(xid)).isEqualTo(TransactionStatus.ROLLED_BACK);
    }

    @Test
    void noMoreRestoresThanALimitRunAtATimeOnOneResource() {
        app.attach(RESOURCE);
        for (int i = 0; i < PhaseTwo.MAX_PER_RESOURCE + 5; i++) {
            Xid each = rig.xid();
            app.branch(each, RESOURCE, row("" + i));
            app.rollBack(each, RollbackReason.APPLICATION);
        }
        List<RestoreOrder> orders = app.takeRestoreOrders();
        assertThat(orders).hasSize(PhaseTwo.MAX_PER_RESOURCE);

        app.report(orders.get(0), Result.RESTORED);

        assertThat(app.takeRestoreOrders()).hasSize(1);
    }

    @Test
    void undoOfWhatCommitsTogetherIsReleasedInOneMessage() {
        app.attach(RESOURCE);
        Xid other = rig.xid();
        BranchId one = app.branch(xid, RESOURCE, row("1"));
        BranchId two = app.branch(other, RESOURCE, row("2"));
        app.reported(one);
        app.reported(two);
        app.commit(xid);
        app.commit(other);
        assertThat(app.orders).isEmpty();

        rig.pass(100);

        assertThat(app.orders).containsExactly(new ReleaseUndo(RESOURCE, List.of(one, two)));
    }

    @Test
    void undoIsReleasedByWhoeverReportedItAndByAnotherIfItIsGone() {
        App other = rig.app("other");
        App gone = rig.app("gone");
        List.of(app, other, gone).forEach(each -> each.attach(RESOURCE));
        BranchId one = app.branch(xid, RESOURCE, row("1"));
        BranchId two = other.branch(xid, RESOURCE, row("2"));
        BranchId three = app.branch(xid, RESOURCE, row("3"));
        BranchId orphan = gone.branch(xid, RESOURCE, row("4"));
        app.reported(one);
        other.reported(two);
        app.reported(three);
        gone.reported(orphan);
        app.commit(xid);
        rig.pass(299);
        assertThat(app.orders)
                .as("three processes, and no more messages than from one")
                .isEmpty();
        rig.leave(gone);

        rig.pass(1);

        assertThat(app.orders).contains(new ReleaseUndo(RESOURCE, List.of(one, three)));
        assertThat(other.orders).contains(new ReleaseUndo(RESOURCE, List.of(two)));
        assertThat(Stream.concat(app.orders.stream(), other.orders.stream()))
                .as("to any of those that are left")
                .hasSize(3)
                .contains(new ReleaseUndo(RESOURCE, List.of(orphan)));
    }

    @Test
    void reportsOfBranchesThatAreNotBeingRestoredAreIgnored() {
        app.attach(RESOURCE);
        BranchId branch = app.branch(xid, RESOURCE, row("1"));

        app.send(new RestoreReport(branch, RESOURCE, 1, Result.RESTORED, ""));

        assertThat(rig.status(xid)).isEqualTo(TransactionStatus.ACTIVE);
        assertThat(stateOf(branch)).isEqualTo(BranchState.REGISTERED);
    }

    private BranchId rollBackOneBranch() {
        BranchId branch = app.branch(xid, RESOURCE, row("1"));
        app.rollBack(xid, RollbackReason.APPLICATION);
        return branch;
    }

    private BranchId stalledBranch() {
        app.attach(RESOURCE);
        BranchId branch = rollBackOneBranch();
        app.report(app.takeRestoreOrders().get(0), Result.DIRTY);
        return branch;
    }

    private BranchState stateOf(BranchId branch) {
        return rig.transaction(xid).branch(branch.number()).orElseThrow().state();
    }

    private static RestoreOrder orderFor(List<RestoreOrder> orders, BranchId branch) {
        return orders.stream()
                .filter(order -> order.branch().equals(branch))
                .findFirst()
                .orElseThrow();
    }
}
