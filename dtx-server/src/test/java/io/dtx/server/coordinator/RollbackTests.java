package io.dtx.server.coordinator;

import static io.dtx.server.coordinator.Coordinator.BANK1;
import static io.dtx.server.coordinator.Coordinator.BANK2;
import static io.dtx.server.coordinator.Coordinator.exclusive;
import static io.dtx.server.coordinator.Coordinator.xid;
import static org.assertj.core.api.Assertions.assertThat;

import io.dtx.model.Differences;
import io.dtx.model.TransactionStatus;
import io.dtx.model.Xid;
import io.dtx.server.coordinator.AuditEntry.Action;
import io.dtx.server.coordinator.Result.Done;
import io.dtx.server.coordinator.Result.Forgotten;
import io.dtx.server.coordinator.Result.NotKnown;
import io.dtx.server.coordinator.Result.Refused;
import io.dtx.server.coordinator.Result.Rule;
import io.dtx.server.coordinator.Result.Unknown;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** One transaction with two branches at bank1 and one at bank2 that rolls back. */
class RollbackTests {

    private static final Xid T1 = xid(1);

    private final Coordinator coordinator = new Coordinator();

    @BeforeEach
    void rollBack() {
        coordinator.register(T1, 1, exclusive(BANK1, "1"));
        coordinator.register(T1, 2, exclusive(BANK1, "2"));
        coordinator.register(T1, 3, exclusive(BANK2, "1"));
        coordinator.rollBack(T1);
    }

    private List<Long> due() {
        return coordinator.transaction(T1).due().stream().map(Branch::number).toList();
    }

    @Test
    @DisplayName("I4: the restores of one resource follow reverse registration order")
    void i4_restoresFollowReverseOrder() {
        assertThat(due()).containsExactlyInAnyOrder(2L, 3L);
        assertRefused(coordinator.restored(T1, 1, 1), Rule.OUT_OF_ORDER);
        assertThat(coordinator.holders(BANK1, "1")).containsExactly(T1);
        coordinator.restored(T1, 2, 1);
        assertThat(due()).containsExactlyInAnyOrder(1L, 3L);
        assertThat(coordinator.restored(T1, 1, 1)).isEqualTo(new Done());
        assertThat(coordinator.holders(BANK1, "1")).isEmpty();
    }

    @Test
    @DisplayName("I4: a stalled branch keeps the earlier ones of its resource waiting, and no others")
    void i4_aStalledBranchKeepsItsTurn() {
        coordinator.stalled(T1, 2, 1);
        assertRefused(coordinator.restored(T1, 1, 1), Rule.OUT_OF_ORDER);
        assertThat(coordinator.restored(T1, 3, 1)).isEqualTo(new Done());
        assertThat(coordinator.holders(BANK1, "2")).containsExactly(T1);
        assertThat(coordinator.transaction(T1).stalledBranches()).isEqualTo(1);
        assertThat(coordinator.branch(T1, 2).detail()).isEqualTo("balance differs");
    }

    @Test
    void theLastBranchRestoredEndsTheRollback() {
        coordinator.restored(T1, 3, 1);
        coordinator.restored(T1, 2, 1);
        assertThat(coordinator.transaction(T1).status()).isEqualTo(TransactionStatus.ROLLING_BACK);
        coordinator.now += 5;
        coordinator.restored(T1, 1, 1);
        Transaction transaction = coordinator.transaction(T1);
        assertThat(transaction.status()).isEqualTo(TransactionStatus.ROLLED_BACK);
        assertThat(transaction.forced()).isFalse();
        assertThat(transaction.finishedAtMillis()).isEqualTo(coordinator.now);
        assertThat(coordinator.machine.unfinished()).isEmpty();
    }

    @Test
    void aReportThatComesTwiceChangesNothing() {
        coordinator.restored(T1, 2, 1);
        Snapshot before = coordinator.machine.snapshot();
        assertThat(coordinator.restored(T1, 2, 1)).isEqualTo(new Done());
        assertThat(coordinator.stalled(T1, 2, 1)).isEqualTo(new Done());
        assertThat(coordinator.machine.snapshot()).isEqualTo(before);
        restoreAll();
        assertThat(coordinator.restored(T1, 2, 1)).isEqualTo(new Done());
    }

    @Test
    @DisplayName("I7: a retry makes a new attempt, and reports of the old one are ignored")
    void i7_reportsOfAnOlderAttemptAreIgnored() {
        coordinator.stalled(T1, 2, 1);
        assertThat(coordinator.retry(T1, 2)).isEqualTo(new Done());
        assertThat(coordinator.branch(T1, 2).attempt()).isEqualTo(2);
        assertThat(coordinator.branch(T1, 2).state()).isEqualTo(BranchState.REGISTERED);

        assertRefused(coordinator.stalled(T1, 2, 1), Rule.OLD_ATTEMPT);
        assertRefused(coordinator.restored(T1, 2, 1), Rule.OLD_ATTEMPT);
        assertThat(coordinator.holders(BANK1, "2")).containsExactly(T1);
        assertThat(coordinator.restored(T1, 2, 2)).isEqualTo(new Done());
    }

    @Test
    @DisplayName("I7: only a stalled branch is retried")
    void i7_onlyAStalledBranchIsRetried() {
        assertRefused(coordinator.retry(T1, 2), Rule.NOT_STALLED);
        coordinator.skip(T1, 2, false);
        assertRefused(coordinator.retry(T1, 2), Rule.NOT_STALLED);
        coordinator.stalled(T1, 2, 2);
        assertRefused(coordinator.retry(T1, 2), Rule.NOT_STALLED);
    }

    @Test
    @DisplayName("I7: a skip is an order; locks go only when the guard row is reported, and the outcome is FORCED")
    void i7_aSkipFreesLocksOnlyWhenTheGuardRowIsReported() {
        coordinator.stalled(T1, 2, 1);
        coordinator.skip(T1, 2, false);
        assertThat(coordinator.branch(T1, 2).state()).isEqualTo(BranchState.SKIP_ORDERED);
        assertThat(coordinator.holders(BANK1, "2")).containsExactly(T1);

        coordinator.restored(T1, 2, 2);
        assertThat(coordinator.branch(T1, 2).state()).isEqualTo(BranchState.SKIPPED);
        assertThat(coordinator.holders(BANK1, "2")).isEmpty();
        restoreAll();
        assertThat(coordinator.transaction(T1).outcome().forced()).isTrue();
    }

    @Test
    @DisplayName("T14, I7: a restore in flight when the skip is ordered frees nothing, and the outcome stays FORCED")
    void t14_aRestoreInFlightDoesNotEndASkippedBranch() {
        coordinator.stalled(T1, 2, 1);
        coordinator.skip(T1, 2, false);
        assertRefused(coordinator.restored(T1, 2, 1), Rule.OLD_ATTEMPT);
        assertThat(coordinator.holders(BANK1, "2")).containsExactly(T1);
        coordinator.restored(T1, 2, 2);
        restoreAll();
        assertThat(coordinator.transaction(T1).forced()).isTrue();
    }

    @Test
    @DisplayName("T14, I7: a forced skip frees the locks at once, is recorded, and late reports change nothing")
    void t14_aForcedSkipEndsTheBranchAtOnce() {
        coordinator.skip(T1, 2, true);
        assertThat(coordinator.holders(BANK1, "2")).isEmpty();
        assertThat(coordinator.branch(T1, 2).state()).isEqualTo(BranchState.SKIPPED);
        assertThat(coordinator.transaction(T1).audit())
                .containsExactly(new AuditEntry(coordinator.now, Action.FORCED_SKIP, 2, "ann", "settled by hand"));
        Snapshot before = coordinator.machine.snapshot();
        coordinator.restored(T1, 2, 1);
        coordinator.restored(T1, 2, 2);
        coordinator.stalled(T1, 2, 2);
        coordinator.skip(T1, 2, true);
        assertThat(coordinator.machine.snapshot()).isEqualTo(before);
    }

    @Test
    @DisplayName("I7: an ordered skip that no resource manager carries out may be forced")
    void i7_anOrderedSkipMayBeForced() {
        coordinator.skip(T1, 2, false);
        assertThat(coordinator.skip(T1, 2, false)).isEqualTo(new Done());
        coordinator.skip(T1, 2, true);
        assertThat(coordinator.branch(T1, 2).state()).isEqualTo(BranchState.SKIPPED);
        assertThat(coordinator.transaction(T1).audit())
                .extracting(AuditEntry::action)
                .containsExactly(Action.SKIP, Action.FORCED_SKIP);
    }

    @Test
    @DisplayName("I7, I6: a forced outcome is not forgotten with the others, and its undo rows are never 'unknown'")
    void i7_aForcedOutcomeIsNotForgotten() {
        coordinator.skip(T1, 2, true);
        restoreAll();
        coordinator.commit(xid(2));
        coordinator.forgetAll();
        assertThat(coordinator.transaction(T1).forced()).isTrue();
        assertThat(coordinator.machine.forced()).hasSize(1);
        assertThat(coordinator.apply(new Command.AskUnknown(List.of(T1))))
                .isEqualTo(new Unknown(List.of(), List.of(), List.of()));
        assertThat(coordinator.machine.outcome(xid(2))).isEmpty();
    }

    @Test
    @DisplayName("I7, T4: a forced outcome is forgotten on an operator's order, once, and its XID never comes back")
    void i7_aForcedOutcomeIsForgottenOnOrder() {
        coordinator.skip(T1, 2, true);
        assertRefused(coordinator.forgetForced(T1), Rule.NOT_FORCED);
        restoreAll();

        assertThat(coordinator.forgetForced(T1)).isEqualTo(new Done());

        assertThat(coordinator.machine.transaction(T1)).isEmpty();
        assertThat(coordinator.machine.forced()).isEmpty();
        assertThat(coordinator.forgetForced(T1)).isEqualTo(new Forgotten(T1));
        assertThat(coordinator.register(T1, 9, exclusive(BANK1, "9"))).isEqualTo(new Forgotten(T1));
        assertThat(coordinator.apply(new Command.AskUnknown(List.of(T1))))
                .as("an undo row that a forced skip left may go")
                .isEqualTo(new Unknown(List.of(T1), List.of(), List.of()));
    }

    @Test
    void onlyAForcedOutcomeIsForgottenOnOrder() {
        assertRefused(coordinator.forgetForced(T1), Rule.NOT_FORCED);
        coordinator.commit(xid(2));
        assertRefused(coordinator.forgetForced(xid(2)), Rule.NOT_FORCED);
        assertThat(coordinator.forgetForced(xid(77))).isEqualTo(new NotKnown(xid(77)));
        assertThat(coordinator.machine.watermarkMillis()).isEqualTo(-1);
    }

    @Test
    void whatStoodInTheWayIsKeptWithASkippedBranchAndGoesWithARetry() {
        coordinator.stalled(T1, 2, 1);
        assertThat(coordinator.branch(T1, 2).differences()).isEqualTo(Coordinator.DIFFERENCES);
        coordinator.retry(T1, 2);
        assertThat(coordinator.branch(T1, 2).differences()).isEqualTo(Differences.NONE);
        coordinator.stalled(T1, 2, 2);
        coordinator.skip(T1, 2, false);
        coordinator.restored(T1, 2, 3);
        assertThat(coordinator.branch(T1, 2).differences()).isEqualTo(Coordinator.DIFFERENCES);
        assertThat(coordinator.branch(T1, 2).detail()).isEqualTo("balance differs");
    }

    @Test
    void theAuditNamesWhoDidWhatWhenAndWhy() {
        coordinator.stalled(T1, 2, 1);
        coordinator.now += 7;
        coordinator.retry(T1, 2);
        coordinator.skip(T1, 2, false);
        coordinator.restored(T1, 2, 3);
        restoreAll();
        assertThat(coordinator.transaction(T1).audit())
                .containsExactly(
                        new AuditEntry(coordinator.now, Action.RETRY, 2, "ann", "row repaired"),
                        new AuditEntry(coordinator.now, Action.SKIP, 2, "ann", "settled by hand"));
    }

    @Test
    @DisplayName("I7: nothing of phase two touches a transaction that is not rolling back")
    void i7_phaseTwoCommandsAreForRollbacksOnly() {
        Xid active = xid(2);
        coordinator.register(active, 1, exclusive(BANK1, "9"));
        assertRefused(coordinator.restored(active, 1, 1), Rule.NOT_ROLLING_BACK);
        assertRefused(coordinator.stalled(active, 1, 1), Rule.NOT_ROLLING_BACK);
        assertRefused(coordinator.skip(active, 1, true), Rule.NOT_ROLLING_BACK);
        assertThat(coordinator.holders(BANK1, "9")).containsExactly(active);
        coordinator.commit(active);
        assertRefused(coordinator.restored(active, 1, 1), Rule.NOT_ROLLING_BACK);
        assertRefused(coordinator.restored(T1, 99, 1), Rule.NO_SUCH_BRANCH);
        assertRefused(coordinator.restored(xid(77), 1, 1), Rule.NO_SUCH_BRANCH);
    }

    private void restoreAll() {
        coordinator.restored(T1, 2, 1);
        coordinator.restored(T1, 1, 1);
        coordinator.restored(T1, 3, 1);
        assertThat(coordinator.transaction(T1).status()).isEqualTo(TransactionStatus.ROLLED_BACK);
    }

    private static void assertRefused(Result result, Rule rule) {
        assertThat(result)
                .isInstanceOfSatisfying(
                        Refused.class, refused -> assertThat(refused.rule()).isEqualTo(rule));
    }
}
