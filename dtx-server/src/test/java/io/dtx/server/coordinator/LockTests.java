package io.dtx.server.coordinator;

import static io.dtx.server.coordinator.Coordinator.BANK1;
import static io.dtx.server.coordinator.Coordinator.BANK2;
import static io.dtx.server.coordinator.Coordinator.exclusive;
import static io.dtx.server.coordinator.Coordinator.row;
import static io.dtx.server.coordinator.Coordinator.shared;
import static io.dtx.server.coordinator.Coordinator.xid;
import static org.assertj.core.api.Assertions.assertThat;

import io.dtx.model.BranchId;
import io.dtx.model.Lock;
import io.dtx.model.LockKey;
import io.dtx.model.LockMode;
import io.dtx.model.Xid;
import io.dtx.server.coordinator.Result.Done;
import io.dtx.server.coordinator.Result.Held;
import io.dtx.server.coordinator.Result.LocksHeld;
import io.dtx.server.coordinator.Result.Refused;
import io.dtx.server.coordinator.Result.Rule;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class LockTests {

    private static final Xid T1 = xid(1);
    private static final Xid T2 = xid(2);
    private static final Xid T3 = xid(3);

    private final Coordinator coordinator = new Coordinator();

    private static LocksHeld held(String id, Xid holder, boolean rollingBack) {
        return new LocksHeld(List.of(new Held(row(BANK1, id), holder, rollingBack)));
    }

    @Test
    void anExclusiveLockKeepsOthersOutAndNamesItsHolder() {
        coordinator.register(T1, 1, exclusive(BANK1, "1"));
        assertThat(coordinator.register(T2, 1, exclusive(BANK1, "1"))).isEqualTo(held("1", T1, false));
        assertThat(coordinator.register(T2, 1, shared(BANK1, "1"))).isEqualTo(held("1", T1, false));
        assertThat(coordinator.register(T1, 2, exclusive(BANK1, "1"))).isEqualTo(new Done());
    }

    @Test
    void sharedLocksAreHeldTogetherAndKeepAWriterOut() {
        coordinator.register(T1, 1, shared(BANK1, "1"));
        coordinator.register(T2, 1, shared(BANK1, "1"));
        assertThat(coordinator.holders(BANK1, "1")).containsExactlyInAnyOrder(T1, T2);
        assertThat(coordinator.register(T3, 1, exclusive(BANK1, "1")))
                .isInstanceOfSatisfying(
                        LocksHeld.class,
                        result -> assertThat(result.held())
                                .extracting(Held::holder)
                                .containsExactlyInAnyOrder(T1, T2));
    }

    @Test
    void theOnlySharerMayGoOnToWriteAndNoOtherMay() {
        coordinator.register(T1, 1, shared(BANK1, "1"));
        coordinator.register(T2, 1, shared(BANK1, "1"));
        assertThat(coordinator.register(T1, 2, exclusive(BANK1, "1"))).isEqualTo(held("1", T2, false));
        coordinator.commit(T2);
        assertThat(coordinator.register(T1, 2, exclusive(BANK1, "1"))).isEqualTo(new Done());
        assertThat(coordinator.register(T2, 1, shared(BANK1, "1"))).isInstanceOf(Result.Decided.class);
        assertThat(coordinator.register(T3, 1, shared(BANK1, "1"))).isEqualTo(held("1", T1, false));
    }

    @Test
    void aKeyWantedTwiceInOneRequestIsHeldOnceInTheStrongerMode() {
        coordinator.register(T1, 1, shared(BANK1, "1"), exclusive(BANK1, "1"), shared(BANK1, "1"));
        assertThat(coordinator.branch(T1, 1).locks()).containsExactly(exclusive(BANK1, "1"));
        coordinator.commit(T1);
        assertThat(coordinator.locks()).isEmpty();
    }

    @Test
    @DisplayName("I4: a commit frees all locks at the decision")
    void i4_aCommitFreesAllLocks() {
        coordinator.register(T1, 1, exclusive(BANK1, "1"), shared(BANK1, "2"));
        coordinator.register(T1, 2, exclusive(BANK2, "1"), exclusive(BANK2, "2"));
        coordinator.commit(T1);
        assertThat(coordinator.locks()).isEmpty();
        assertThat(coordinator.register(T2, 1, exclusive(BANK1, "1"))).isEqualTo(new Done());
    }

    @Test
    @DisplayName("I4: a decision to roll back frees no lock; each branch's go when its restore has committed")
    void i4_aRollbackFreesLocksBranchByBranch() {
        coordinator.register(T1, 1, exclusive(BANK1, "1"));
        coordinator.register(T1, 2, exclusive(BANK2, "1"));
        coordinator.rollBack(T1);
        assertThat(coordinator.locks()).hasSize(2);
        coordinator.restored(T1, 1, 1);
        assertThat(coordinator.holders(BANK1, "1")).isEmpty();
        assertThat(coordinator.holders(BANK2, "1")).containsExactly(T1);
        coordinator.restored(T1, 2, 1);
        assertThat(coordinator.locks()).isEmpty();
    }

    @Test
    @DisplayName("T8, I4: a key that two branches hold is not free when the restore of one has committed")
    void t8_aKeyHeldByTwoBranchesIsFreeWhenBothAreRestored() {
        coordinator.register(T1, 1, exclusive(BANK1, "1"));
        coordinator.register(T1, 2, exclusive(BANK1, "1"), exclusive(BANK1, "2"));
        coordinator.rollBack(T1);
        coordinator.restored(T1, 2, 1);
        assertThat(coordinator.holders(BANK1, "2")).isEmpty();
        assertThat(coordinator.register(T2, 1, exclusive(BANK1, "1"))).isEqualTo(held("1", T1, true));
        coordinator.restored(T1, 1, 1);
        assertThat(coordinator.register(T2, 1, exclusive(BANK1, "1"))).isEqualTo(new Done());
    }

    @Test
    @DisplayName("T8: when the writing branch is restored, its transaction still relies on the row by the other")
    void t8_aLockIsDowngradedWhenTheWritingBranchIsRestored() {
        coordinator.register(T1, 1, shared(BANK1, "1"));
        coordinator.register(T1, 2, exclusive(BANK1, "1"));
        coordinator.rollBack(T1);
        coordinator.restored(T1, 2, 1);
        assertThat(coordinator.locks()).containsExactly(new HeldLock(row(BANK1, "1"), LockMode.SHARED, T1));
        assertThat(coordinator.register(T2, 1, shared(BANK1, "1"))).isEqualTo(new Done());
        coordinator.restored(T1, 1, 1);
        assertThat(coordinator.holders(BANK1, "1")).containsExactly(T2);
    }

    @Test
    @DisplayName("T10: a branch id that comes again with other keys, fewer keys or another resource is refused")
    void t10_aBranchIdUsedAgainForSomethingElseIsRefused() {
        coordinator.register(T1, 1, exclusive(BANK1, "1"), exclusive(BANK1, "2"));
        assertReused(coordinator.register(T1, 1, exclusive(BANK1, "1"), exclusive(BANK1, "3")));
        assertReused(coordinator.register(T1, 1, exclusive(BANK1, "1")));
        assertReused(coordinator.register(T1, 1, exclusive(BANK1, "1"), shared(BANK1, "2")));
        assertReused(coordinator.register(T1, 1));
        assertReused(coordinator.register(T1, 1, exclusive(BANK2, "1"), exclusive(BANK2, "2")));
        assertThat(coordinator.holders(BANK1, "3")).isEmpty();
        assertThat(coordinator.transaction(T1).branches()).hasSize(1);
    }

    @Test
    @DisplayName("T10: a copy of a registration changes nothing, in whatever order it names the keys")
    void t10_aCopyOfARegistrationChangesNothing() {
        coordinator.register(T1, 1, exclusive(BANK1, "1"), exclusive(BANK1, "2"));
        assertThat(coordinator.register(T1, 1, exclusive(BANK1, "2"), exclusive(BANK1, "1")))
                .isEqualTo(new Done());
        coordinator.rollBack(T1);
        coordinator.restored(T1, 1, 1);
        assertThat(coordinator.locks()).isEmpty();
    }

    @Test
    @DisplayName("T10: the same number under two XIDs is two branches")
    void t10_aNumberIsABranchOnlyTogetherWithItsXid() {
        coordinator.register(T1, 1, exclusive(BANK1, "1"));
        assertThat(coordinator.register(T2, 1, exclusive(BANK1, "2"))).isEqualTo(new Done());
    }

    @Test
    @DisplayName("T12: whoever meets a key of a transaction that is rolling back is told so")
    void t12_aRollingBackHolderIsMarked() {
        coordinator.register(T1, 1, exclusive(BANK1, "1"));
        coordinator.register(T3, 1, exclusive(BANK1, "2"));
        coordinator.rollBack(T1);
        LocksHeld both =
                new LocksHeld(List.of(new Held(row(BANK1, "1"), T1, true), new Held(row(BANK1, "2"), T3, false)));
        assertThat(coordinator.register(T2, 1, exclusive(BANK1, "1"), exclusive(BANK1, "2")))
                .isEqualTo(both);
        assertThat(coordinator.apply(new Command.CheckLocks(T2, List.of(exclusive(BANK1, "1"), exclusive(BANK1, "2")))))
                .isEqualTo(both);
    }

    @Test
    void checkingLocksChangesNothingAndOverlooksTheAskersOwn() {
        coordinator.register(T1, 1, exclusive(BANK1, "1"));
        Snapshot before = coordinator.machine.snapshot();
        List<Lock> wanted = List.of(exclusive(BANK1, "1"));
        assertThat(coordinator.apply(new Command.CheckLocks(T1, wanted))).isEqualTo(new Done());
        assertThat(coordinator.apply(new Command.CheckLocks(T2, wanted))).isEqualTo(held("1", T1, false));
        assertThat(coordinator.apply(new Command.CheckLocks(null, wanted))).isEqualTo(held("1", T1, false));
        assertThat(coordinator.machine.snapshot()).isEqualTo(before);
    }

    @Test
    @DisplayName("I9: keys whose joined text is the same are different keys")
    void i9_keysAreComparedPartByPart() {
        LockKey first = LockKey.on(BANK1, "", "", "t", "").text("a_b").text("c").build();
        LockKey second =
                LockKey.on(BANK1, "", "", "t", "").text("a").text("b_c").build();
        register(T1, first);
        assertThat(register(T2, second)).isEqualTo(new Done());
        assertThat(coordinator.machine.holders(first))
                .extracting(HeldLock::holder)
                .containsExactly(T1);
        assertThat(coordinator.machine.holders(second))
                .extracting(HeldLock::holder)
                .containsExactly(T2);
    }

    @Test
    @DisplayName("I9: a number and its text, null and the empty text, a row and an index entry are different keys")
    void i9_typesAndIndexesTellKeysApart() {
        List<LockKey> keys = List.of(
                LockKey.on(BANK1, "", "", "t", "").number("1").build(),
                LockKey.on(BANK1, "", "", "t", "").text("1").build(),
                LockKey.on(BANK1, "", "", "t", "uk").number("1").build(),
                LockKey.on(BANK1, "", "", "t", "").text("").build(),
                LockKey.on(BANK1, "", "", "t", "").nullValue().build(),
                LockKey.on(BANK1, "", "t", "", "").text("1").build());
        for (int i = 0; i < keys.size(); i++) {
            assertThat(register(xid(i), keys.get(i))).isEqualTo(new Done());
        }
    }

    @Test
    void aKeyOfAnotherResourceThanTheBranchsIsRefused() {
        Result result = coordinator.apply(new Command.RegisterBranch(
                new BranchId(T1, 1), BANK1, "bank1", List.of(), List.of(exclusive(BANK1, "1"), exclusive(BANK2, "1"))));
        assertThat(result)
                .isInstanceOfSatisfying(
                        Refused.class, refused -> assertThat(refused.rule()).isEqualTo(Rule.INVALID));
        assertThat(coordinator.locks()).isEmpty();
    }

    private Result register(Xid xid, LockKey key) {
        return coordinator.register(xid, 1, new Lock(key, LockMode.EXCLUSIVE));
    }

    private static void assertReused(Result result) {
        assertThat(result)
                .isInstanceOfSatisfying(
                        Refused.class, refused -> assertThat(refused.rule()).isEqualTo(Rule.BRANCH_REUSED));
    }
}
