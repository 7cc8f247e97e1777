package io.dtx.server.runtime;

import static io.dtx.server.runtime.LeaderRig.RESOURCE;
import static io.dtx.server.runtime.LeaderRig.row;
import static org.assertj.core.api.Assertions.assertThat;

import io.dtx.model.BranchId;
import io.dtx.model.Lock;
import io.dtx.model.LockKey;
import io.dtx.model.LockMode;
import io.dtx.model.Rollback;
import io.dtx.model.RollbackReason;
import io.dtx.model.TransactionStatus;
import io.dtx.model.Xid;
import io.dtx.protocol.FailureKind;
import io.dtx.protocol.Reply;
import io.dtx.protocol.Request;
import io.dtx.server.coordinator.Command;
import io.dtx.server.tls.LogLines;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class LeaderTests {

    private final LeaderRig rig = new LeaderRig();
    private final App app = rig.app("1");
    private final Xid xid = rig.xid();

    @Test
    @DisplayName("T4, I6: forgotten is said, and nothing is created")
    void t4_aForgottenXidIsNotCreatedAnew() {
        app.commit(xid);
        rig.pass(Duration.ofHours(2).toMillis());

        app.failure(app.register(new BranchId(xid, 5), RESOURCE, 0, row("1")), FailureKind.FORGOTTEN);
        app.failure(app.commit(xid), FailureKind.FORGOTTEN);
        app.send(new Request.Begin(xid, "again", Duration.ofSeconds(1)));

        assertThat(rig.knows(xid)).isFalse();
    }

    @Test
    @DisplayName("T6, I6: the sweep's question goes through the log, and names only what was forgotten")
    void i6_theSweepsQuestionGoesThroughTheLog() {
        app.commit(xid);
        rig.pass(Duration.ofHours(2).toMillis());
        Xid active = rig.xid();
        app.branch(active, RESOURCE, row("1"));
        rig.log.slow = true;

        long question = app.send(new Request.AskUnknown(List.of(xid, active)));
        assertThat(app.isAnswered(question)).isFalse();
        rig.log.makeDurable();
        rig.settle();

        assertThat(app.answer(question)).isEqualTo(new Reply.Unknown(List.of(xid), List.of(), List.of()));
    }

    @Test
    @DisplayName(
            "T13, I6: what was never heard of does not become unknown with time, and that is said once in each term")
    void t13_anUndoRowThatWasNeverHeardOfStays() {
        app.commit(xid);
        Xid lost = rig.xid();
        Request question = new Request.AskUnknown(List.of(xid, lost));
        try (LogLines log = new LogLines("io.dtx.server.runtime.Leader")) {
            assertThat(app.answer(app.send(question))).isEqualTo(new Reply.Unknown(List.of(), List.of(xid), List.of()));
            app.commit(rig.xid());
            rig.pass(Duration.ofHours(2).toMillis());

            assertThat(app.answer(app.send(question))).isEqualTo(new Reply.Unknown(List.of(), List.of(), List.of()));
            assertThat(log.lines())
                    .filteredOn(line -> line.contains("old copy"))
                    .hasSize(1);
            rig.newLeader();
            assertThat(log.lines())
                    .filteredOn(line -> line.contains("old copy"))
                    .hasSize(2)
                    .allMatch(line -> line.contains(lost + ", which") && line.contains("dtx.server.new-cluster-id"));
        }
    }

    @Test
    void anApplicationWhoseClockRanAheadInWeeksLearnsTheTimeAnew() {
        rig.pass(Duration.ofMinutes(1).toMillis());
        app.send(new Request.Begin(rig.xidAt(rig.clock.millis + 299_000), "near", Duration.ofSeconds(60)));
        assertThat(app.closedWith).isNull();

        app.send(new Request.Begin(rig.xidAt(rig.clock.millis + 301_000), "far", Duration.ofSeconds(60)));

        assertThat(app.closedWith).extracting(Reply.Failure::kind).isEqualTo(FailureKind.UNAVAILABLE);
        assertThat(rig.leader.sessions()).isEmpty();
    }

    @Test
    void whatItMintedBeforeAndTellsAgainDoesNotEndItsNextStream() {
        Xid ahead = rig.xidAt(rig.clock.millis + 301_000);

        app.send(new Request.Begin(ahead, "told again", Duration.ofSeconds(60)));

        assertThat(app.closedWith).isNull();
        app.failure(app.commit(ahead), FailureKind.INVALID);
    }

    @Test
    @DisplayName("T3: a veto that overtakes everything else rolls back what comes later")
    void t3_aVetoThatOvertakesBeginIsKept() {
        app.rollBack(xid, RollbackReason.VETO);
        app.send(new Request.Begin(xid, "transfer", Duration.ofSeconds(1)));

        long commit = app.commit(xid);

        assertThat(app.outcome(commit).status()).isEqualTo(TransactionStatus.ROLLED_BACK);
        app.failure(app.register(new BranchId(xid, 5), RESOURCE, 0, row("1")), FailureKind.TRANSACTION_DECIDED);
    }

    @Test
    void aTransactionOfAnotherClusterIsRefused() {
        Xid foreign = Xid.mint("ZZZZZZZZ", rig.clock.millis, new byte[10]);

        Reply.Failure failure = app.failure(app.commit(foreign), FailureKind.WRONG_CLUSTER);

        assertThat(failure.message()).contains("ZZZZZZZZ", LeaderRig.CLUSTER);
        app.failure(app.send(new Request.AskUnknown(List.of(xid, foreign))), FailureKind.WRONG_CLUSTER);
    }

    @Test
    void anXidFromTheFutureIsRefused() {
        Xid future = Xid.mint(LeaderRig.CLUSTER, rig.clock.millis + 600_000, new byte[10]);

        app.failure(app.commit(future), FailureKind.INVALID);
    }

    @Test
    @DisplayName("T10: a branch id that is used again for other keys is refused")
    void t10_aBranchIdUsedAgainIsRefused() {
        BranchId branch = app.branch(xid, RESOURCE, row("1"));

        app.assertGranted(app.register(branch, RESOURCE, 0, row("1")));
        app.failure(app.register(branch, RESOURCE, 0, row("2")), FailureKind.BRANCH_REUSED);
    }

    @Test
    void aRollbackIsAttributedToTheApplicationThatAskedForIt() {
        app.branch(xid, RESOURCE, row("1"));

        long veto = app.rollBack(xid, RollbackReason.VETO);

        assertThat(app.rollback(veto).by()).isEqualTo("app-1");
        assertThat(app.rollback(veto).detail()).isEqualTo("because");
    }

    @Test
    void anApplicationCanNotSpeakInAnOperatorsName() {
        app.failure(app.rollBack(xid, RollbackReason.OPERATOR), FailureKind.INVALID);
    }

    @Test
    void theOutcomeCanBeAskedFor() {
        Xid other = rig.xid();
        Xid never = rig.xid();
        app.branch(other, RESOURCE, row("1"));
        app.commit(xid);

        assertThat(app.outcome(app.send(new Request.AskOutcome(xid))).status()).isEqualTo(TransactionStatus.COMMITTED);
        assertThat(app.outcome(app.send(new Request.AskOutcome(other))).status())
                .isEqualTo(TransactionStatus.ACTIVE);
        assertThat(app.answer(app.send(new Request.AskOutcome(never)))).isEqualTo(new Reply.NotKnown(never));
    }

    @Test
    void tooManyKeysAreRefusedWithTheRemedy() {
        List<Lock> locks = new ArrayList<>();
        String filler = "x".repeat(1_000);
        for (int i = 0; i < 3_100; i++) {
            locks.add(new Lock(
                    LockKey.on(RESOURCE, "", "", "account", "").text(filler + i).build(), LockMode.EXCLUSIVE));
        }

        Reply.Failure failure = app.failure(
                app.send(new Request.RegisterBranch(new BranchId(xid, 1), RESOURCE, List.of(), locks, Duration.ZERO)),
                FailureKind.LIMIT);

        assertThat(failure.message()).contains("write fewer rows");
    }

    @Test
    void commandsThatArriveWhileTheLogIsBusyShareOneEntry() {
        rig.log.slow = true;
        app.commit(rig.xid());
        for (int i = 0; i < 100; i++) {
            app.commit(rig.xid());
        }
        assertThat(rig.log.pendingEntries()).as("the rest gathers").isEqualTo(1);
        long before = rig.log.appliedIndex();

        rig.log.makeOneDurable();
        rig.settle();
        rig.log.makeOneDurable();
        rig.settle();

        assertThat(rig.log.appliedIndex()).isEqualTo(before + 2);
        assertThat(rig.log.applied).filteredOn(Command.Commit.class::isInstance).hasSize(101);
    }

    @Test
    @DisplayName("I2: a batch that the log did not take ends the term; nothing of it is answered")
    void i2_aFailedBatchEndsTheTerm() {
        rig.log.slow = true;
        long commit = app.commit(xid);

        rig.log.failPending(new IOException("disk full"));
        rig.settle();

        assertThat(app.isAnswered(commit)).isFalse();
        assertThat(rig.failures).hasSize(1);
    }

    @Test
    void anOperatorsRollbackIsDrivenOnLikeAnyOther() {
        app.attach(RESOURCE);
        app.branch(xid, RESOURCE, row("1"));

        rig.operate(new Command.RollBack(xid, new Rollback(RollbackReason.OPERATOR, "ada", "stuck")));

        assertThat(app.takeRestoreOrders()).hasSize(1);
    }
}
