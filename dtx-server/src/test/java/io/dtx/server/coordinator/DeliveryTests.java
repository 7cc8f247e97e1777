package io.dtx.server.coordinator;

import static io.dtx.server.coordinator.Coordinator.execution;
import static io.dtx.server.coordinator.Coordinator.xid;
import static org.assertj.core.api.Assertions.assertThat;

import io.dtx.model.BranchId;
import io.dtx.model.RollbackReason;
import io.dtx.model.TransactionStatus;
import io.dtx.model.Xid;
import io.dtx.server.coordinator.Result.Decided;
import io.dtx.server.coordinator.Result.Done;
import io.dtx.server.coordinator.Result.Refused;
import io.dtx.server.coordinator.Result.Rule;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** A call that is delivered twice must not do its work twice (I10): only the coordinator sees both. */
class DeliveryTests {

    private static final Xid T1 = xid(1);

    private final Coordinator coordinator = new Coordinator();

    @Test
    @DisplayName("I10: two executions of one call that both write roll the transaction back")
    void i10_twoExecutionsOfOneCallRollBack() {
        coordinator.registerOf(T1, 1, execution(1, 1));

        assertTwice(coordinator.registerOf(T1, 2, execution(1, 2)));

        assertThat(coordinator.transaction(T1).branches()).hasSize(1);
        assertThat(coordinator.commit(T1)).isInstanceOf(Decided.class);
        assertThat(coordinator.transaction(T1).status()).isEqualTo(TransactionStatus.ROLLING_BACK);
    }

    @Test
    void oneExecutionMayRegisterManyBranchesAndOneCallerMakeManyCalls() {
        assertThat(coordinator.registerOf(T1, 1)).isEqualTo(new Done());
        assertThat(coordinator.registerOf(T1, 2, execution(1, 1))).isEqualTo(new Done());
        assertThat(coordinator.registerOf(T1, 3, execution(1, 1))).isEqualTo(new Done());
        assertThat(coordinator.registerOf(T1, 4, execution(2, 2))).isEqualTo(new Done());
        assertThat(coordinator.registerOf(T1, 5)).isEqualTo(new Done());
    }

    @Test
    @DisplayName("I10: a call that was delivered twice is found behind a service that writes nothing itself")
    void i10_aRepetitionFurtherUpTheChainIsFound() {
        coordinator.registerOf(T1, 1, execution(1, 1), execution(2, 1));

        assertTwice(coordinator.registerOf(T1, 2, execution(1, 2), execution(3, 1)));
    }

    @Test
    @DisplayName("I10: a repetition is found between a service and one that it calls")
    void i10_aRepetitionIsFoundAtDifferentDepths() {
        coordinator.registerOf(T1, 1, execution(1, 1), execution(2, 1));

        assertTwice(coordinator.registerOf(T1, 2, execution(1, 2)));
    }

    @Test
    void theSameCallInAnotherTransactionIsNothingToDoWithIt() {
        coordinator.registerOf(T1, 1, execution(1, 1));

        assertThat(coordinator.registerOf(xid(2), 1, execution(1, 2))).isEqualTo(new Done());
    }

    @Test
    @DisplayName("T10: a registration sent again is no second execution, but one with another execution is no copy")
    void t10_aCopyOfARegistrationIsNoSecondExecution() {
        coordinator.registerOf(T1, 1, execution(1, 1));

        assertThat(coordinator.registerOf(T1, 1, execution(1, 1))).isEqualTo(new Done());
        assertThat(coordinator.registerOf(T1, 1, execution(2, 1)))
                .isInstanceOfSatisfying(
                        Refused.class, refused -> assertThat(refused.rule()).isEqualTo(Rule.BRANCH_REUSED));
    }

    @Test
    @DisplayName("I8: a snapshot keeps who executed what")
    void i8_aSnapshotKeepsExecutions() {
        coordinator.registerOf(T1, 1, execution(1, 1));
        StateMachine resumed = new StateMachine(coordinator.machine.snapshot());

        Result result = resumed.apply(
                new Command.RegisterBranch(
                        new BranchId(T1, 2), Coordinator.BANK1, "bank1", List.of(execution(1, 2)), List.of()),
                coordinator.now);

        assertTwice(result);
    }

    private static void assertTwice(Result result) {
        assertThat(result).isInstanceOfSatisfying(Decided.class, decided -> {
            assertThat(decided.outcome().status()).isEqualTo(TransactionStatus.ROLLING_BACK);
            assertThat(decided.outcome().rollback()).satisfies(rollback -> {
                assertThat(rollback.reason()).isEqualTo(RollbackReason.VETO);
                assertThat(rollback.detail()).contains("delivered twice").contains("bank1");
            });
        });
    }
}
