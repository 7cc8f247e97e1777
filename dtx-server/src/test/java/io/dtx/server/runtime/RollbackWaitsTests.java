package io.dtx.server.runtime;

import static io.dtx.server.runtime.LeaderRig.RESOURCE;
import static io.dtx.server.runtime.LeaderRig.row;
import static org.assertj.core.api.Assertions.assertThat;

import io.dtx.model.BranchId;
import io.dtx.model.RollbackReason;
import io.dtx.model.TransactionStatus;
import io.dtx.model.Xid;
import io.dtx.protocol.Reply.RestoreOrder;
import io.dtx.protocol.Request;
import io.dtx.protocol.Request.RestoreReport.Result;
import io.dtx.server.coordinator.Command;
import java.time.Duration;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Asking for an outcome, and waiting for the end of a rollback. */
class RollbackWaitsTests {

    private static final long WAIT_MILLIS = 2_000;

    private final LeaderRig rig = new LeaderRig();
    private final App asker = rig.app("1");
    private final App restorer = rig.app("2");
    private final Xid xid = rig.xid();

    @Test
    void theAnswerComesWhenTheLastBranchIsRestored() {
        restorer.attach(RESOURCE);
        rollBack(2);
        long asked = ask();

        restorer.report(restorer.takeRestoreOrders().get(0), Result.RESTORED);
        assertThat(asker.isAnswered(asked)).isFalse();
        restorer.report(restorer.takeRestoreOrders().get(0), Result.RESTORED);

        assertThat(asker.outcome(asked).status()).isEqualTo(TransactionStatus.ROLLED_BACK);
        assertThat(asker.rollback(asked).detail()).isEqualTo("because");
        rig.pass(WAIT_MILLIS);
    }

    @Test
    void whoeverComesLateIsAnsweredAtOnce() {
        restorer.attach(RESOURCE);
        rollBack(1);
        restorer.report(restorer.takeRestoreOrders().get(0), Result.RESTORED);

        assertThat(asker.outcome(ask()).status()).isEqualTo(TransactionStatus.ROLLED_BACK);
    }

    @Test
    void nobodyWaitsLongerThanHeAskedFor() {
        restorer.attach(RESOURCE);
        rollBack(1);
        long asked = ask();
        long forLong = asker.send(new Request.AskOutcome(xid, Duration.ofHours(1)));

        rig.pass(WAIT_MILLIS - 1);
        assertThat(asker.isAnswered(asked)).isFalse();
        rig.pass(1);
        assertThat(asker.outcome(asked).status()).isEqualTo(TransactionStatus.ROLLING_BACK);

        rig.pass(58_000);
        assertThat(asker.outcome(forLong).status()).isEqualTo(TransactionStatus.ROLLING_BACK);
        restorer.report(restorer.takeRestoreOrders().get(0), Result.RESTORED);
    }

    @Test
    void nobodyWaitsForARollbackThatDoesNotGoOn() {
        rollBack(1);
        rig.pass(LeaderSettings.STANDARD.reattachWait().toMillis());
        long nobodyAttached = ask();
        assertThat(asker.outcome(nobodyAttached).status()).isEqualTo(TransactionStatus.ROLLING_BACK);

        restorer.attach(RESOURCE);
        long restorerLeaves = ask();
        assertThat(asker.isAnswered(restorerLeaves)).isFalse();
        rig.leave(restorer);
        assertThat(asker.isAnswered(restorerLeaves)).isFalse();
        rig.pass(WAIT_MILLIS);
        assertThat(asker.outcome(restorerLeaves).status()).isEqualTo(TransactionStatus.ROLLING_BACK);

        App next = rig.app("3");
        next.attach(RESOURCE);
        long stalled = ask();
        assertThat(asker.isAnswered(stalled)).isFalse();
        next.report(next.takeRestoreOrders().get(0), Result.DIRTY);
        assertThat(asker.outcome(stalled).status()).isEqualTo(TransactionStatus.ROLLING_BACK);
        assertThat(asker.outcome(ask()).status()).isEqualTo(TransactionStatus.ROLLING_BACK);
    }

    @Test
    void nobodyWaitsLongerThanForApplicationsToComeBack() {
        long comeBack = LeaderSettings.STANDARD.reattachWait().toMillis();
        restorer.attach(RESOURCE);
        rollBack(1);
        long asked = asker.send(new Request.AskOutcome(xid, Duration.ofMillis(4 * comeBack)));
        rig.pass(comeBack);
        assertThat(asker.isAnswered(asked)).isFalse();

        rig.leave(restorer);
        rig.pass(comeBack - 1);
        assertThat(asker.isAnswered(asked)).isFalse();
        rig.pass(1);

        assertThat(asker.outcome(asked).status()).isEqualTo(TransactionStatus.ROLLING_BACK);
    }

    @Test
    void whoeverComesBackIsWaitedForAgain() {
        long comeBack = LeaderSettings.STANDARD.reattachWait().toMillis();
        rollBack(1);
        long asked = asker.send(new Request.AskOutcome(xid, Duration.ofMillis(4 * comeBack)));
        rig.pass(comeBack - 1);
        restorer.attach(RESOURCE);
        rig.leave(restorer);
        rig.pass(comeBack - 1);
        assertThat(asker.isAnswered(asked)).isFalse();
        rig.pass(1);
        assertThat(asker.outcome(asked).status()).isEqualTo(TransactionStatus.ROLLING_BACK);
    }

    @DisplayName("After a change of leader whoever asks may come back before whoever restores, and waits for him")
    @Test
    void anApplicationThatComesBackLaterIsWaitedFor() {
        restorer.attach(RESOURCE);
        rollBack(1);
        rig.newLeader();
        App again = rig.app("4");
        long asked = again.send(new Request.AskOutcome(xid, Duration.ofMillis(WAIT_MILLIS)));
        rig.pass(300);
        assertThat(again.isAnswered(asked)).isFalse();

        App other = rig.app("5");
        other.attach(RESOURCE);
        other.report(other.takeRestoreOrders().get(0), Result.RESTORED);

        assertThat(again.outcome(asked).status()).isEqualTo(TransactionStatus.ROLLED_BACK);
    }

    @Test
    void aRestoreThatFailsIsWaitedFor() {
        restorer.attach(RESOURCE);
        rollBack(1);
        long asked = ask();

        restorer.report(restorer.takeRestoreOrders().get(0), Result.FAILED);
        assertThat(asker.isAnswered(asked)).isFalse();
        rig.pass(100);
        restorer.report(restorer.takeRestoreOrders().get(0), Result.RESTORED);

        assertThat(asker.outcome(asked).status()).isEqualTo(TransactionStatus.ROLLED_BACK);
    }

    @Test
    void anOperatorsForceEndsTheWait() {
        restorer.attach(RESOURCE);
        BranchId branch = rollBack(1);
        long asked = ask();

        rig.operate(new Command.SkipBranch(branch, "ops", "gone", true));

        assertThat(asker.outcome(asked).status()).isEqualTo(TransactionStatus.ROLLED_BACK);
        assertThat(asker.outcome(asked).forced()).isTrue();
    }

    @Test
    void whatIsNotRollingBackIsNotWaitedFor() {
        restorer.attach(RESOURCE);
        asker.branch(xid, RESOURCE, row("1"));
        assertThat(asker.outcome(ask()).status()).isEqualTo(TransactionStatus.ACTIVE);
    }

    @Test
    void whoHasLeftIsForgotten() {
        restorer.attach(RESOURCE);
        rollBack(1);
        long asked = ask();

        rig.leave(asker);
        RestoreOrder order = restorer.takeRestoreOrders().get(0);
        restorer.report(order, Result.RESTORED);
        rig.pass(WAIT_MILLIS);

        assertThat(asker.isAnswered(asked)).isFalse();
    }

    @Test
    void aNewLeaderIsAskedAgain() {
        restorer.attach(RESOURCE);
        rollBack(1);
        ask();
        rig.newLeader();

        App again = rig.app("4");
        restorer.takeRestoreOrders();
        App other = rig.app("5");
        other.attach(RESOURCE);
        long asked = again.send(new Request.AskOutcome(xid, Duration.ofMillis(WAIT_MILLIS)));
        other.report(other.takeRestoreOrders().get(0), Result.RESTORED);

        assertThat(again.outcome(asked).status()).isEqualTo(TransactionStatus.ROLLED_BACK);
    }

    private BranchId rollBack(int branches) {
        BranchId last = asker.branch(xid, RESOURCE, row("1"));
        for (int i = 1; i < branches; i++) {
            last = asker.branch(xid, RESOURCE, row("more " + i));
        }
        asker.rollBack(xid, RollbackReason.APPLICATION);
        return last;
    }

    private long ask() {
        return asker.send(new Request.AskOutcome(xid, Duration.ofMillis(WAIT_MILLIS)));
    }
}
