package io.dtx.server.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.dtx.model.BranchId;
import io.dtx.model.Lock;
import io.dtx.model.RollbackReason;
import io.dtx.model.TransactionStatus;
import io.dtx.model.Xid;
import io.dtx.protocol.FailureKind;
import io.dtx.protocol.Reply;
import io.dtx.protocol.Request;
import io.dtx.server.runtime.Limits.Limit;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What the leader refuses before it goes into the log: only who asked too much is told, and the next request is taken. */
class LimitTests {

    private final LeaderRig rig = new LeaderRig(new Limits(2, 2, 3, 100, 100));
    private final App app = rig.app("a");

    @Test
    void aBranchThatWantsMoreLocksThanTheLimitIsRefused() {
        Xid xid = rig.xid();

        refused(register(xid, LeaderRig.row("1"), LeaderRig.row("2"), LeaderRig.row("3")), Limit.LOCKS_PER_BRANCH);

        app.assertGranted(register(xid, LeaderRig.row("1"), LeaderRig.row("2")));
        assertThat(rig.limitCounts.refused(Limit.LOCKS_PER_BRANCH)).isOne();
    }

    @Test
    void aQuestionAboutMoreLocksThanTheLimitIsRefused() {
        refused(
                app.send(new Request.CheckLocks(
                        null, List.of(LeaderRig.row("1"), LeaderRig.row("2"), LeaderRig.row("3")), Duration.ZERO)),
                Limit.LOCKS_PER_BRANCH);
    }

    @Test
    void aBranchMoreThanTheLimitIsRefusedAndOneThatIsKnownIsNot() {
        Xid xid = rig.xid();
        BranchId first = app.branch(xid, LeaderRig.RESOURCE, LeaderRig.row("1"));
        app.branch(xid, LeaderRig.RESOURCE, LeaderRig.row("2"));

        refused(register(xid, LeaderRig.row("3")), Limit.BRANCHES_PER_TRANSACTION);

        app.assertGranted(app.register(first, LeaderRig.RESOURCE, 0, LeaderRig.row("1")));
        app.assertGranted(register(rig.xid(), LeaderRig.row("3")));
    }

    @Test
    void aTransactionMoreThanTheLimitIsRefusedUntilOneIsDecided() {
        List<Xid> undecided = List.of(rig.xid(), rig.xid(), rig.xid());
        undecided.forEach(xid -> app.branch(xid, LeaderRig.RESOURCE, LeaderRig.row(xid.toString())));
        Xid oneMore = rig.xid();
        app.send(new Request.Begin(oneMore, "one more", Duration.ofSeconds(60)));

        refused(register(oneMore, LeaderRig.row("10")), Limit.UNDECIDED_TRANSACTIONS);
        app.assertGranted(register(undecided.get(0), LeaderRig.row("11")));

        app.rollBack(undecided.get(2), RollbackReason.APPLICATION);
        app.assertGranted(register(oneMore, LeaderRig.row("10")));
    }

    /** Nobody is told that a Begin was turned away, so what it said must not be lost if the transaction goes on. */
    @Test
    void aTransactionWhoseBeginWasTurnedAwayHasItsOwnNameAndTimeoutIfItsFirstBranchIsTaken() {
        List<Xid> undecided = List.of(rig.xid(), rig.xid(), rig.xid());
        undecided.forEach(xid -> app.branch(xid, LeaderRig.RESOURCE, LeaderRig.row(xid.toString())));
        Xid lasting = rig.xid();
        app.send(new Request.Begin(lasting, "lasting", Duration.ofMinutes(10)));

        app.rollBack(undecided.get(0), RollbackReason.APPLICATION);
        app.assertGranted(register(lasting, LeaderRig.row("10")));
        rig.pass(61_000);

        assertThat(rig.status(lasting)).isEqualTo(TransactionStatus.ACTIVE);
        assertThat(rig.transaction(lasting).name()).isEqualTo("lasting");
        assertThat(rig.transaction(lasting).timeoutMillis())
                .isEqualTo(Duration.ofMinutes(10).toMillis());
    }

    private long register(Xid xid, Lock... locks) {
        return app.register(new BranchId(xid, rig.nextBranchNumber()), LeaderRig.RESOURCE, 0, locks);
    }

    private void refused(long number, Limit limit) {
        Reply reply = app.answer(number);
        assertThat(reply).isInstanceOf(Reply.Failure.class);
        assertThat(((Reply.Failure) reply).kind()).isEqualTo(FailureKind.LIMIT);
        assertThat(((Reply.Failure) reply).message()).contains(limit.setBy());
        assertThat(rig.limitCounts.refused(limit)).isPositive();
    }
}
