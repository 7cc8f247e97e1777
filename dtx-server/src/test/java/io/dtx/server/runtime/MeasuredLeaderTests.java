package io.dtx.server.runtime;

import static io.dtx.server.runtime.LeaderRig.RESOURCE;
import static io.dtx.server.runtime.LeaderRig.row;
import static org.assertj.core.api.Assertions.assertThat;

import io.dtx.model.BranchId;
import io.dtx.model.RollbackReason;
import io.dtx.model.Xid;
import io.dtx.protocol.Request.RestoreReport.Result;
import org.junit.jupiter.api.Test;

/** What the leader tells who measures it. */
class MeasuredLeaderTests {

    private final LeaderRig rig = new LeaderRig();
    private final App app = rig.app("1");
    private final Xid xid = rig.xid();

    @Test
    void aCommitIsBegunRegisteredAndDecidedOnce() {
        BranchId branch = app.branch(xid, RESOURCE, row("1"));
        app.reported(branch);
        app.commit(xid);
        app.commit(xid);

        assertThat(rig.measured.take()).containsExactly("begun", "registered", "decided", "committed");
        assertThat(rig.measured.entries).isPositive();
    }

    @Test
    void aRollbackTellsItsReasonAndHowLongTheRestoreTook() {
        app.attach(RESOURCE);
        app.branch(xid, RESOURCE, row("1"));
        app.rollBack(xid, RollbackReason.VETO);
        rig.pass(700);
        app.report(app.takeRestoreOrders().get(0), Result.FAILED);
        rig.pass(100);
        app.report(app.takeRestoreOrders().get(0), Result.RESTORED);

        assertThat(rig.measured.take())
                .containsExactly(
                        "begun",
                        "registered",
                        "rolled back VETO",
                        "decided",
                        "restore failed",
                        "restored after 800 ms");
    }

    @Test
    void theCoordinatorsOwnDecisionsAreToldToo() {
        app.branch(xid, RESOURCE, row("1"));
        rig.pass(60_000);

        assertThat(rig.measured.take()).containsExactly("begun", "registered", "rolled back TIMEOUT");
    }

    @Test
    void aStallIsTold() {
        app.attach(RESOURCE);
        app.branch(xid, RESOURCE, row("1"));
        app.rollBack(xid, RollbackReason.APPLICATION);
        app.report(app.takeRestoreOrders().get(0), Result.DIRTY);

        assertThat(rig.measured.take()).last().isEqualTo("stalled");
    }

    @Test
    void aLockWaitTellsHowItEnded() {
        BranchId first = app.branch(xid, RESOURCE, row("1"));
        Xid second = rig.xid();
        app.register(new BranchId(second, rig.nextBranchNumber()), RESOURCE, 1_000, row("1"));
        rig.pass(1_000);
        app.register(new BranchId(second, rig.nextBranchNumber()), RESOURCE, 5_000, row("1"));
        rig.pass(300);
        app.reported(first);
        app.commit(xid);

        assertThat(rig.measured.take())
                .filteredOn(what -> what.startsWith("waited"))
                .containsExactly("waited 1000 ms for a lock: LOCK_TIMEOUT", "waited 300 ms for a lock: granted");
    }

    @Test
    void aDeadlockIsTold() {
        app.branch(xid, RESOURCE, row("1"));
        Xid second = rig.xid();
        app.branch(second, RESOURCE, row("2"));
        app.register(new BranchId(xid, rig.nextBranchNumber()), RESOURCE, 5_000, row("2"));
        app.register(new BranchId(second, rig.nextBranchNumber()), RESOURCE, 5_000, row("1"));

        assertThat(rig.measured.take()).contains("waited 0 ms for a lock: DEADLOCK");
    }
}
