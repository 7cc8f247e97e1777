package io.dtx.server.runtime;

import static io.dtx.server.runtime.LeaderRig.RESOURCE;
import static io.dtx.server.runtime.LeaderRig.row;
import static org.assertj.core.api.Assertions.assertThat;

import io.dtx.model.BranchId;
import io.dtx.model.Execution;
import io.dtx.model.RollbackReason;
import io.dtx.model.TransactionStatus;
import io.dtx.model.Xid;
import java.util.UUID;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class CommitReportTests {

    private final LeaderRig rig = new LeaderRig();
    private final App tm = rig.app("tm");
    private final App participant = rig.app("participant");
    private final Xid xid = rig.xid();

    CommitReportTests() {
        rig.pass(LeaderSettings.STANDARD.reattachWait().toMillis());
    }

    @Test
    @DisplayName("I11: a commit of reported branches is decided at once")
    void i11_reportedBranchesCommit() {
        participant.reported(participant.branch(xid, RESOURCE, row("1")));
        tm.reported(tm.branch(xid, "r2", LeaderRig.rowOf("r2", "1")));

        assertThat(tm.outcome(tm.commit(xid)).status()).isEqualTo(TransactionStatus.COMMITTED);
    }

    @Test
    @DisplayName("I11: a commit waits for a report that is on its way")
    void i11_aReportThatComesAfterTheCommitIsWaitedFor() {
        BranchId branch = participant.branch(xid, RESOURCE, row("1"));
        long commit = tm.commit(xid);
        rig.pass(999);
        assertThat(tm.isAnswered(commit)).isFalse();

        participant.reported(branch);

        assertThat(tm.outcome(commit).status()).isEqualTo(TransactionStatus.COMMITTED);
    }

    @Test
    @DisplayName("I11: a commit that waited a second for a report becomes a rollback that names the branch")
    void i11_anUnreportedBranchTurnsTheCommitIntoARollback() {
        participant.attach(RESOURCE);
        participant.reported(participant.branch(xid, RESOURCE, row("1")));
        participant.branch(xid, RESOURCE, row("2"));
        long commit = tm.commit(xid);

        rig.pass(1_000);

        assertThat(tm.outcome(commit).status()).isEqualTo(TransactionStatus.ROLLING_BACK);
        assertThat(tm.rollback(commit).reason()).isEqualTo(RollbackReason.BRANCH_UNREPORTED);
        assertThat(tm.rollback(commit).by()).isEqualTo("app-participant");
        assertThat(tm.rollback(commit).detail()).contains("label of r1");
    }

    @Test
    @DisplayName(
            "T1, I11: the participant dies between grant and local commit, the failure is swallowed, the TM commits")
    void t1_aDeadParticipantRollsBack() {
        participant.branch(xid, RESOURCE, row("1"));
        rig.leave(participant);
        long commit = tm.commit(xid);

        rig.pass(1_000);

        assertThat(tm.outcome(commit).status()).isEqualTo(TransactionStatus.ROLLING_BACK);
    }

    @Test
    @DisplayName("T1, I11: a registration that is in the log while the commit is looked at is not overlooked")
    void t1_aRegistrationInFlightIsNotOverlooked() {
        rig.log.slow = true;
        participant.register(new BranchId(xid, 7), RESOURCE, 0, row("1"));
        long commit = tm.commit(xid);
        rig.log.slow = false;
        rig.log.makeDurable();
        rig.settle();

        assertThat(tm.isAnswered(commit)).isFalse();
        assertThat(rig.status(xid)).isEqualTo(TransactionStatus.ACTIVE);
        rig.pass(1_000);
        assertThat(tm.rollback(commit).reason()).isEqualTo(RollbackReason.BRANCH_UNREPORTED);
    }

    @Test
    @DisplayName("I11: a branch that registers while the commit waits has to report, too")
    void i11_aBranchThatComesWhileTheCommitWaitsHasToReport() {
        BranchId first = participant.branch(xid, RESOURCE, row("1"));
        long commit = tm.commit(xid);
        BranchId second = participant.branch(xid, RESOURCE, row("2"));

        participant.reported(first);
        assertThat(tm.isAnswered(commit)).isFalse();
        participant.reported(second);

        assertThat(tm.outcome(commit).status()).isEqualTo(TransactionStatus.COMMITTED);
    }

    @Test
    @DisplayName(
            "I10: a branch of a call whose answer has not reached the caller turns the commit into a rollback at once")
    void i10_aBranchThatNoAnswerAccountsForRollsBack() {
        participant.attach(RESOURCE);
        tm.reported(tm.branch(xid, "r2", LeaderRig.rowOf("r2", "1")));
        participant.reported(called("1"));
        called("2");

        long commit = tm.commit(xid, 1);

        assertThat(tm.outcome(commit).status()).isEqualTo(TransactionStatus.ROLLING_BACK);
        assertThat(tm.rollback(commit).reason()).isEqualTo(RollbackReason.VETO);
        assertThat(tm.rollback(commit).by()).isEqualTo("app-tm");
        assertThat(tm.rollback(commit).detail())
                .contains("registered branches: 2;", "account for: 1.", "dtx-branches", "are in app-participant");
    }

    @Test
    @DisplayName("I10: branches that are all accounted for commit; those of no call count for nothing")
    void i10_branchesThatAnswersAccountForCommit() {
        tm.reported(tm.branch(xid, "r2", LeaderRig.rowOf("r2", "1")));
        participant.reported(called("1"));
        participant.reported(called("2"));

        assertThat(tm.outcome(tm.commit(xid, 2)).status()).isEqualTo(TransactionStatus.COMMITTED);
    }

    @Test
    @DisplayName("I10: where an answer was not seen, nothing is compared")
    void i10_branchesOfWhomTheAnswersAreNotKnownCommit() {
        participant.reported(called("1"));

        assertThat(tm.outcome(tm.commit(xid)).status()).isEqualTo(TransactionStatus.COMMITTED);
    }

    @Test
    @DisplayName("I10: a branch that registers while the commit waits has to be accounted for, too")
    void i10_aBranchThatComesWhileTheCommitWaitsHasToBeAccountedFor() {
        participant.attach(RESOURCE);
        BranchId first = called("1");
        long commit = tm.commit(xid, 1);
        BranchId second = called("2");
        participant.reported(second);
        assertThat(rig.status(xid)).isEqualTo(TransactionStatus.ROLLING_BACK);
        participant.reported(first);

        assertThat(tm.rollback(commit).detail()).contains("account for: 1");
    }

    @Test
    @DisplayName("I10: a registration that is in the log while the commit is looked at has to be accounted for")
    void i10_aRegistrationInFlightHasToBeAccountedFor() {
        participant.attach(RESOURCE);
        rig.log.slow = true;
        participant.register(new BranchId(xid, 7), 0, execution(), row("1"));
        long commit = tm.commit(xid, 0);
        rig.log.slow = false;
        rig.log.makeDurable();
        rig.settle();

        assertThat(tm.rollback(commit).detail()).contains("account for: 0");
    }

    @Test
    @DisplayName("I10: a new leader knows which branches are of calls")
    void i10_aNewLeaderComparesWithTheAnswersAsWell() {
        participant.reported(called("1"));
        rig.newLeader();
        App again = rig.app("tm");

        long commit = again.commit(xid, 0);

        assertThat(again.rollback(commit).detail()).contains("account for: 0");
    }

    private BranchId called(String row) {
        BranchId branch = new BranchId(xid, rig.nextBranchNumber());
        participant.assertGranted(participant.register(branch, 0, execution(), row(row)));
        return branch;
    }

    private static Execution execution() {
        return new Execution(UUID.randomUUID(), UUID.randomUUID());
    }

    @Test
    @DisplayName("I11: after a change of leader a commit waits until clients can have reported again")
    void i11_aNewLeaderWaitsForReportsToBeSentAgain() {
        BranchId branch = participant.branch(xid, RESOURCE, row("1"));
        participant.reported(branch);
        rig.newLeader();
        App again = rig.app("tm");
        long commit = again.commit(xid);
        rig.pass(4_999);
        assertThat(again.isAnswered(commit)).isFalse();

        rig.app("participant").reported(branch);

        assertThat(again.outcome(commit).status()).isEqualTo(TransactionStatus.COMMITTED);
    }

    @Test
    @DisplayName("I11: a report to the leader before proves nothing to this one")
    void i11_aNewLeaderGivesUpWhenNobodyReportsAgain() {
        participant.reported(participant.branch(xid, RESOURCE, row("1")));
        rig.newLeader();
        App again = rig.app("tm");
        long commit = again.commit(xid);

        rig.pass(5_000);

        assertThat(again.rollback(commit).reason()).isEqualTo(RollbackReason.BRANCH_UNREPORTED);
    }

    @Test
    @DisplayName("T2, I1: a veto that comes after the commit is told the decision that was made")
    void t2_theFirstDecisionStays() {
        participant.reported(participant.branch(xid, RESOURCE, row("1")));
        tm.commit(xid);

        long veto = participant.rollBack(xid, RollbackReason.VETO);

        assertThat(participant.outcome(veto).status()).isEqualTo(TransactionStatus.COMMITTED);
        assertThat(rig.status(xid)).isEqualTo(TransactionStatus.COMMITTED);
    }

    @Test
    @DisplayName("T2, I1: a veto that comes while the commit waits for a report wins, and the commit is told")
    void t2_aVetoBeatsACommitThatWaits() {
        participant.branch(xid, RESOURCE, row("1"));
        long commit = tm.commit(xid);

        participant.rollBack(xid, RollbackReason.VETO);

        assertThat(tm.rollback(commit).reason()).isEqualTo(RollbackReason.VETO);
        assertThat(tm.rollback(commit).by()).isEqualTo("app-participant");
    }

    @Test
    @DisplayName("I1: a commit that is asked for twice is answered twice, the same")
    void i1_copiesOfACommitGetTheSameAnswer() {
        BranchId branch = participant.branch(xid, RESOURCE, row("1"));
        long first = tm.commit(xid);
        long second = tm.commit(xid);
        participant.reported(branch);
        long third = tm.commit(xid);

        assertThat(tm.outcome(first)).isEqualTo(tm.outcome(second)).isEqualTo(tm.outcome(third));
    }

    @Test
    void aTransactionWithoutBranchesCommits() {
        assertThat(tm.outcome(tm.commit(xid)).status()).isEqualTo(TransactionStatus.COMMITTED);
    }

    @Test
    @DisplayName("I2: nothing is answered before its entry is durable")
    void i2_nothingIsAnsweredBeforeItIsDurable() {
        participant.reported(participant.branch(xid, RESOURCE, row("1")));
        Xid other = rig.xid();
        rig.log.slow = true;

        long register = participant.register(new BranchId(other, 9), RESOURCE, 0, row("2"));
        long commit = tm.commit(xid);
        long rollBack = tm.rollBack(other, RollbackReason.APPLICATION);
        rig.pass(10);

        assertThat(participant.isAnswered(register)).isFalse();
        assertThat(tm.isAnswered(commit)).isFalse();
        assertThat(tm.isAnswered(rollBack)).isFalse();

        rig.log.makeDurable();
        rig.settle();
        rig.log.makeDurable();
        rig.settle();
        participant.assertGranted(register);
        assertThat(tm.outcome(commit).status()).isEqualTo(TransactionStatus.COMMITTED);
        assertThat(tm.outcome(rollBack).status()).isEqualTo(TransactionStatus.ROLLING_BACK);
    }
}
