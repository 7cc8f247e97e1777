package io.dtx.server.coordinator;

import static io.dtx.server.coordinator.Coordinator.BANK1;
import static io.dtx.server.coordinator.Coordinator.BANK2;
import static io.dtx.server.coordinator.Coordinator.exclusive;
import static io.dtx.server.coordinator.Coordinator.xid;
import static org.assertj.core.api.Assertions.assertThat;

import io.dtx.model.BranchId;
import io.dtx.model.Outcome;
import io.dtx.model.Rollback;
import io.dtx.model.RollbackReason;
import io.dtx.model.TransactionStatus;
import io.dtx.model.Xid;
import io.dtx.server.coordinator.Command.AskUnknown;
import io.dtx.server.coordinator.Result.Decided;
import io.dtx.server.coordinator.Result.Done;
import io.dtx.server.coordinator.Result.Forgotten;
import io.dtx.server.coordinator.Result.MoreBranches;
import io.dtx.server.coordinator.Result.NotKnown;
import io.dtx.server.coordinator.Result.Refused;
import io.dtx.server.coordinator.Result.Rule;
import io.dtx.server.coordinator.Result.Undecided;
import io.dtx.server.coordinator.Result.Unknown;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class DecisionTests {

    private static final Xid T1 = xid(1);
    private static final Xid T2 = xid(2);

    private final Coordinator coordinator = new Coordinator();

    private static Decided committed(Xid xid) {
        return new Decided(new Outcome(xid, TransactionStatus.COMMITTED, null, false));
    }

    private static Decided rolledBack(Xid xid, RollbackReason reason) {
        return decided(xid, TransactionStatus.ROLLED_BACK, reason);
    }

    private static Decided decided(Xid xid, TransactionStatus status, RollbackReason reason) {
        return new Decided(new Outcome(xid, status, new Rollback(reason, "bank1", ""), false));
    }

    @Test
    @DisplayName("I1: a commit is not turned by a later rollback")
    void i1_aCommitStays() {
        coordinator.register(T1, 1, exclusive(BANK1, "1"));
        assertThat(coordinator.commit(T1)).isEqualTo(committed(T1));
        assertThat(coordinator.rollBack(T1, RollbackReason.VETO)).isEqualTo(committed(T1));
        assertThat(coordinator.commit(T1, 7)).isEqualTo(committed(T1));
    }

    @Test
    @DisplayName("I1: a rollback is not turned by a later commit, and keeps its first reason")
    void i1_aRollbackStays() {
        coordinator.register(T1, 1, exclusive(BANK1, "1"));
        Decided rollingBack = decided(T1, TransactionStatus.ROLLING_BACK, RollbackReason.VETO);
        assertThat(coordinator.rollBack(T1, RollbackReason.VETO)).isEqualTo(rollingBack);
        assertThat(coordinator.commit(T1)).isEqualTo(rollingBack);
        assertThat(coordinator.rollBack(T1, RollbackReason.TIMEOUT)).isEqualTo(rollingBack);
        coordinator.restored(T1, 1, 1);
        assertThat(coordinator.commit(T1)).isEqualTo(rolledBack(T1, RollbackReason.VETO));
    }

    @Test
    @DisplayName("I3: a registration that comes after the decision is refused and takes no lock")
    void i3_aLateRegistrationIsRefused() {
        coordinator.begin(T1);
        coordinator.commit(T1);
        assertThat(coordinator.register(T1, 1, exclusive(BANK1, "1"))).isEqualTo(committed(T1));

        coordinator.register(T2, 1, exclusive(BANK1, "2"));
        coordinator.rollBack(T2);
        assertThat(coordinator.register(T2, 2, exclusive(BANK1, "3")))
                .isEqualTo(decided(T2, TransactionStatus.ROLLING_BACK, RollbackReason.APPLICATION));

        assertThat(coordinator.holders(BANK1, "1")).isEmpty();
        assertThat(coordinator.holders(BANK1, "3")).isEmpty();
        assertThat(coordinator.transaction(T2).branches()).hasSize(1);
    }

    @Test
    @DisplayName("I3: a registration of which one lock is held takes none of the others, and registers nothing")
    void i3_aRegistrationTakesAllItsLocksOrNothing() {
        coordinator.register(T1, 1, exclusive(BANK1, "b"));
        coordinator.register(T2, 1, exclusive(BANK1, "a"), exclusive(BANK1, "b"), exclusive(BANK1, "c"));
        assertThat(coordinator.holders(BANK1, "a")).isEmpty();
        assertThat(coordinator.holders(BANK1, "c")).isEmpty();
        assertThat(coordinator.machine.transaction(T2)).isEmpty();
    }

    @Test
    @DisplayName("I11: a commit that does not count a branch registered meanwhile decides nothing")
    void i11_aCommitDoesNotPassABranchThatIsNotCounted() {
        coordinator.register(T1, 1, exclusive(BANK1, "1"));
        coordinator.register(T1, 2, exclusive(BANK2, "1"));
        assertThat(coordinator.commit(T1, 1)).isEqualTo(new MoreBranches(T1));
        assertThat(coordinator.transaction(T1).status()).isEqualTo(TransactionStatus.ACTIVE);
        assertThat(coordinator.commit(T1, 2)).isEqualTo(committed(T1));
    }

    @Test
    @DisplayName("T3: a rollback that overtakes Begin stands when Begin and Commit arrive")
    void t3_aRollbackThatOvertakesBeginStands() {
        coordinator.rollBack(T1, RollbackReason.VETO);
        assertThat(coordinator.begin(T1)).isEqualTo(rolledBack(T1, RollbackReason.VETO));
        assertThat(coordinator.register(T1, 1, exclusive(BANK1, "1"))).isEqualTo(rolledBack(T1, RollbackReason.VETO));
        assertThat(coordinator.commit(T1)).isEqualTo(rolledBack(T1, RollbackReason.VETO));
        assertThat(coordinator.locks()).isEmpty();
    }

    @Test
    @DisplayName("T4, I1: no copy of a request creates a forgotten transaction anew")
    void t4_aForgottenXidIsNotCreatedAnew() {
        coordinator.register(T1, 1, exclusive(BANK1, "1"));
        coordinator.commit(T1);
        coordinator.rollBack(T2);
        coordinator.forgetAll();

        for (Xid xid : List.of(T1, T2)) {
            Forgotten forgotten = new Forgotten(xid);
            assertThat(coordinator.begin(xid)).isEqualTo(forgotten);
            assertThat(coordinator.register(xid, 1, exclusive(BANK1, "1"))).isEqualTo(forgotten);
            assertThat(coordinator.commit(xid)).isEqualTo(forgotten);
            assertThat(coordinator.rollBack(xid)).isEqualTo(forgotten);
            assertThat(coordinator.apply(new Command.AskOutcome(xid))).isEqualTo(forgotten);
        }
        assertThat(coordinator.machine.unfinished()).isEmpty();
        assertThat(coordinator.locks()).isEmpty();
    }

    @Test
    @DisplayName("T4: the watermark is the greatest XID time forgotten, whatever the clock says")
    void t4_theWatermarkFollowsWhatWasForgotten() {
        coordinator.commit(T2);
        coordinator.now += 1_000_000_000;
        coordinator.forgetAll();
        assertThat(coordinator.machine.watermarkMillis()).isEqualTo(T2.epochMillis());
        coordinator.forgetAll();
        assertThat(coordinator.machine.watermarkMillis()).isEqualTo(T2.epochMillis());
        assertThat(coordinator.begin(T1)).isEqualTo(new Forgotten(T1));
        assertThat(coordinator.begin(xid(3))).isEqualTo(new Done());
    }

    @Test
    @DisplayName("T4: a transaction below the watermark that is still under way goes on")
    void t4_anUnfinishedTransactionBelowTheWatermarkGoesOn() {
        coordinator.register(T1, 1, exclusive(BANK1, "1"));
        coordinator.commit(T2);
        coordinator.forgetAll();
        assertThat(coordinator.register(T1, 2, exclusive(BANK2, "1"))).isEqualTo(new Done());
        assertThat(coordinator.commit(T1)).isEqualTo(committed(T1));
    }

    @Test
    void outcomesAreForgottenWhenTheirTimeHasComeAndNotBefore() {
        coordinator.commit(T1);
        coordinator.now += 10;
        coordinator.rollBack(T2);
        coordinator.apply(new Command.ForgetOutcomes(coordinator.now));
        assertThat(coordinator.machine.outcome(T1)).isEmpty();
        assertThat(coordinator.machine.outcome(T2)).isPresent();
    }

    @Test
    @DisplayName("T9: a commit of an unknown XID is decided here, durably, and not answered 'unknown'")
    void t9_aCommitOfAnUnknownXidIsDecided() {
        assertThat(coordinator.apply(new Command.AskOutcome(T1))).isEqualTo(new NotKnown(T1));
        assertThat(coordinator.commit(T1, 0)).isEqualTo(committed(T1));
        assertThat(coordinator.apply(new Command.AskOutcome(T1))).isEqualTo(committed(T1));
        coordinator.begin(T2);
        assertThat(coordinator.apply(new Command.AskOutcome(T2))).isEqualTo(new Undecided(T2));
    }

    @Test
    @DisplayName("I6: only what was forgotten is unknown; neither an undecided one nor a committed one")
    void i6_onlyWhatWasForgottenIsUnknown() {
        Xid active = xid(1);
        Xid forgotten = xid(2);
        Xid kept = xid(3);
        coordinator.register(active, 1, exclusive(BANK1, "1"));
        coordinator.commit(forgotten);
        coordinator.forgetAll();
        coordinator.commit(kept);
        assertThat(coordinator.apply(new AskUnknown(List.of(active, forgotten, kept))))
                .isEqualTo(new Unknown(List.of(forgotten), List.of(kept), List.of()));
        assertThat(coordinator.machine.olderThan()).isEmpty();
    }

    @Test
    @DisplayName(
            "I6: what is rolled back to the end is named, so that a row that is still there is not silent until it is"
                    + " forgotten; not what is still being restored, nor what was forced")
    void i6_whatIsRolledBackToTheEndIsNamed() {
        Xid restored = xid(1);
        Xid restoring = xid(2);
        Xid forced = xid(3);
        for (Xid xid : List.of(restored, restoring, forced)) {
            coordinator.register(xid, 1, exclusive(BANK1, xid.toString()));
            coordinator.rollBack(xid);
        }
        coordinator.restored(restored, 1, 1);
        coordinator.skip(forced, 1, true);
        assertThat(coordinator.transaction(forced).forced()).isTrue();
        AskUnknown question = new AskUnknown(List.of(restored, restoring, forced));

        assertThat(coordinator.apply(question)).isEqualTo(new Unknown(List.of(), List.of(), List.of(restored)));

        coordinator.forgetAll();
        assertThat(coordinator.apply(question)).isEqualTo(new Unknown(List.of(restored), List.of(), List.of()));
    }

    @Test
    @DisplayName("T13, I6: one that was never heard of is not unknown, also once the watermark has passed it")
    void t13_whatWasNeverHeardOfDoesNotBecomeUnknown() {
        Xid lost = xid(1);
        AskUnknown question = new AskUnknown(List.of(lost));
        assertThat(coordinator.apply(question)).isEqualTo(new Unknown(List.of(), List.of(), List.of()));

        coordinator.commit(T2);
        coordinator.forgetAll();

        assertThat(coordinator.apply(question)).isEqualTo(new Unknown(List.of(), List.of(), List.of()));
        assertThat(coordinator.machine.olderThan()).contains(lost);
        coordinator.apply(new Command.CreateCluster("newlife1", Coordinator.CLUSTER));
        assertThat(coordinator.machine.olderThan()).isEmpty();
    }

    @Test
    @DisplayName("T13, I6: nor is what was asked for together with it, of which nobody can know when it was forgotten")
    void t13_besideWhatWasNeverHeardOfNothingIsUnknown() {
        coordinator.commit(T1);
        coordinator.forgetAll();
        coordinator.commit(T2);

        assertThat(coordinator.apply(new AskUnknown(List.of(T1, xid(3), T2))))
                .isEqualTo(new Unknown(List.of(), List.of(T2), List.of()));
    }

    @Test
    @DisplayName("I6: XIDs of another cluster are an error, never unknown")
    void i6_xidsOfAnotherClusterAreNeverUnknown() {
        coordinator.commit(T1);
        coordinator.forgetAll();
        Xid foreign = new Xid("another1", T1.ulid());
        assertRefused(coordinator.apply(new AskUnknown(List.of(T1, foreign))), Rule.WRONG_CLUSTER);
    }

    @Test
    @DisplayName("I9: an XID of another cluster with the same ULID is another transaction")
    void i9_theClusterIsPartOfTheXid() {
        coordinator.commit(T1);
        Xid foreign = new Xid("another1", T1.ulid());
        assertThat(coordinator.machine.transaction(foreign)).isEmpty();
        assertRefused(coordinator.begin(foreign), Rule.WRONG_CLUSTER);
        assertRefused(coordinator.register(foreign, 1), Rule.WRONG_CLUSTER);
        assertRefused(coordinator.commit(foreign), Rule.WRONG_CLUSTER);
        assertRefused(coordinator.rollBack(foreign), Rule.WRONG_CLUSTER);
    }

    @Test
    @DisplayName("I9: XIDs that differ in their last character are two transactions, committed or not")
    void i9_xidsThatDifferInOneCharacterAreTwo() {
        Xid almost = new Xid(T1.cluster(), T1.ulid().substring(0, 25) + "Z");
        coordinator.commit(T1);
        assertThat(coordinator.machine.transaction(almost)).isEmpty();
        assertThat(coordinator.rollBack(almost)).isEqualTo(rolledBack(almost, RollbackReason.APPLICATION));
        assertThat(coordinator.commit(T1)).isEqualTo(committed(T1));
    }

    @Test
    void anXidMoreThanFiveMinutesAheadIsRefused() {
        Xid ahead = Xid.mint(Coordinator.CLUSTER, coordinator.now + StateMachine.MAX_AHEAD_MILLIS + 1, new byte[10]);
        assertRefused(coordinator.begin(ahead), Rule.XID_FROM_THE_FUTURE);
        coordinator.now += 1;
        assertThat(coordinator.begin(ahead)).isEqualTo(new Done());
    }

    @Test
    void aClockThatGoesBackCountsAsTheLatestSeen() {
        coordinator.begin(T1);
        coordinator.now -= 3_600_000;
        coordinator.commit(T1);
        assertThat(coordinator.transaction(T1).finishedAtMillis()).isEqualTo(Coordinator.START);
        assertThat(coordinator.machine.timestampMillis()).isEqualTo(Coordinator.START);
    }

    @Test
    void beginFillsInNameAndTimeoutOnceWhoeverCreatedTheTransaction() {
        coordinator.register(T1, 1, exclusive(BANK1, "1"));
        assertThat(coordinator.transaction(T1).timeoutMillis()).isZero();
        coordinator.begin(T1);
        coordinator.apply(new Command.Begin(T1, "other", "bank2", 5));
        Transaction transaction = coordinator.transaction(T1);
        assertThat(transaction.name()).isEqualTo("transfer");
        assertThat(transaction.timeoutMillis()).isEqualTo(60_000);
        assertThat(transaction.branches()).hasSize(1);
    }

    @Test
    void nothingIsTakenBeforeTheClusterHasItsId() {
        StateMachine fresh = new StateMachine();
        assertRefused(fresh.apply(new Command.Commit(T1, 0), 1), Rule.NO_CLUSTER);
        assertRefused(fresh.apply(new Command.CheckLocks(null, List.of()), 1), Rule.NO_CLUSTER);
        assertRefused(
                fresh.apply(new Command.BranchRestored(new BranchId(T1, 1), 1), Coordinator.START), Rule.NO_CLUSTER);
    }

    @Test
    void aSecondLeaderDoesNotReplaceTheFirstOnesClusterId() {
        coordinator.begin(T1);
        assertRefused(coordinator.apply(new Command.CreateCluster("another1")), Rule.WRONG_CLUSTER);
        assertThat(coordinator.apply(new Command.CreateCluster(Coordinator.CLUSTER)))
                .isEqualTo(new Done());
        assertThat(coordinator.machine.unfinished()).hasSize(1);
    }

    @Test
    @DisplayName("T13: a new life knows nothing of the old one's transactions, locks and outcomes")
    void t13_aNewClusterIdStartsANewLife() {
        coordinator.register(T1, 1, exclusive(BANK1, "1"));
        coordinator.commit(T2);
        coordinator.apply(new Command.CreateCluster("newlife1", Coordinator.CLUSTER));
        assertThat(coordinator.machine.snapshot())
                .isEqualTo(new Snapshot("newlife1", coordinator.now, -1, List.of(), List.of(), new Committed(), null));
        assertThat(coordinator.locks()).isEmpty();
        assertRefused(coordinator.commit(T1), Rule.WRONG_CLUSTER);
    }

    private static void assertRefused(Result result, Rule rule) {
        assertThat(result)
                .isInstanceOfSatisfying(
                        Refused.class, refused -> assertThat(refused.rule()).isEqualTo(rule));
    }
}
