package io.dtx.server.runtime;

import static io.dtx.server.runtime.LeaderRig.RESOURCE;
import static io.dtx.server.runtime.LeaderRig.row;
import static org.assertj.core.api.Assertions.assertThat;

import io.dtx.model.Rollback;
import io.dtx.model.RollbackReason;
import io.dtx.model.TransactionStatus;
import io.dtx.model.Xid;
import io.dtx.protocol.Request;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class TimeoutTests {

    private final LeaderRig rig = new LeaderRig();
    private final App app = rig.app("1");
    private final Xid xid = rig.xid();

    @Test
    void aTransactionThatIsNotDecidedInTimeRollsBack() {
        begin(5_000);
        app.branch(xid, RESOURCE, row("1"));

        rig.pass(4_999);
        assertThat(rig.status(xid)).isEqualTo(TransactionStatus.ACTIVE);
        rig.pass(1);

        assertThat(rig.status(xid)).isEqualTo(TransactionStatus.ROLLING_BACK);
        assertThat(reason()).contains(RollbackReason.TIMEOUT);
    }

    @Test
    void oneWhoseBeginIsNotHeardOfHasADefaultTimeout() {
        app.branch(xid, RESOURCE, row("1"));

        rig.pass(59_999);
        assertThat(rig.status(xid)).isEqualTo(TransactionStatus.ACTIVE);
        rig.pass(1);

        assertThat(reason()).contains(RollbackReason.TIMEOUT);
    }

    @Test
    void aBeginThatComesLateCountsFromTheCreation() {
        app.branch(xid, RESOURCE, row("1"));
        rig.pass(2_000);
        begin(5_000);

        rig.pass(2_999);
        assertThat(rig.status(xid)).isEqualTo(TransactionStatus.ACTIVE);
        rig.pass(1);

        assertThat(rig.status(xid)).isEqualTo(TransactionStatus.ROLLING_BACK);
    }

    @Test
    void aDecidedTransactionDoesNotTimeOut() {
        begin(5_000);
        app.commit(xid);

        rig.pass(10_000);

        assertThat(rig.status(xid)).isEqualTo(TransactionStatus.COMMITTED);
        assertThat(rig.log.applied).noneMatch(command -> command.toString().contains("TIMEOUT"));
    }

    @Test
    void aNewLeaderSetsTheRemainingTime() {
        begin(5_000);
        app.branch(xid, RESOURCE, row("1"));
        rig.pass(3_000);
        rig.newLeader();

        rig.pass(1_999);
        assertThat(rig.status(xid)).isEqualTo(TransactionStatus.ACTIVE);
        rig.pass(1);

        assertThat(rig.status(xid)).isEqualTo(TransactionStatus.ROLLING_BACK);
    }

    @Test
    void aNewLeaderWhoseClockIsBehindWaitsNoLongerThanTheTimeout() {
        begin(5_000);
        app.branch(xid, RESOURCE, row("1"));
        rig.clock.millis -= 3_600_000;
        rig.newLeader();

        rig.pass(5_000);

        assertThat(rig.status(xid)).isEqualTo(TransactionStatus.ROLLING_BACK);
    }

    @Test
    void aNewLeaderLongAfterwardsRollsBackAtOnce() {
        begin(5_000);
        app.branch(xid, RESOURCE, row("1"));
        rig.clock.millis += 3_600_000;

        rig.newLeader();

        assertThat(rig.status(xid)).isEqualTo(TransactionStatus.ROLLING_BACK);
    }

    @Test
    void anOutcomeIsForgottenAfterItsRetention() {
        app.commit(xid);
        rig.pass(Duration.ofMinutes(59).toMillis());
        assertThat(rig.status(xid)).isEqualTo(TransactionStatus.COMMITTED);

        rig.pass(Duration.ofMinutes(3).toMillis());

        assertThat(rig.knows(xid)).isFalse();
    }

    private void begin(long timeoutMillis) {
        app.send(new Request.Begin(xid, "transfer", Duration.ofMillis(timeoutMillis)));
    }

    private Optional<RollbackReason> reason() {
        return Optional.ofNullable(rig.transaction(xid).rollback()).map(Rollback::reason);
    }
}
