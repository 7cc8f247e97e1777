package io.dtx.server.runtime;

import static io.dtx.server.runtime.LeaderRig.RESOURCE;
import static io.dtx.server.runtime.LeaderRig.row;
import static io.dtx.server.runtime.LeaderRig.rowOf;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.dtx.model.BranchId;
import io.dtx.model.RollbackReason;
import io.dtx.model.TransactionStatus;
import io.dtx.model.Xid;
import io.dtx.protocol.Reply.RestoreOrder;
import io.dtx.protocol.Request.RestoreReport.Result;
import io.dtx.server.coordinator.Command;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** Phase two where an application is slow, dead, or not there. */
class UnevenApplicationsTests {

    private final LeaderRig rig = new LeaderRig();
    private final App app = rig.app("1");
    private final Logger logger = (Logger) LoggerFactory.getLogger(PhaseTwo.class);
    private final ListAppender<ILoggingEvent> lines = new ListAppender<>();

    @BeforeEach
    void listen() {
        lines.start();
        logger.addAppender(lines);
    }

    @AfterEach
    void stopListening() {
        logger.detachAppender(lines);
    }

    @Test
    @DisplayName("One slow or dead application does not delay phase two of the others: it serves another database")
    void anApplicationThatHangsDoesNotHoldUpOtherDatabases() {
        App hung = rig.app("hung");
        hung.attach("r2");
        app.attach(RESOURCE);
        List<Xid> others = new ArrayList<>();
        for (int i = 0; i < 3 * PhaseTwo.MAX_PER_RESOURCE; i++) {
            rollBack("r2", i);
            others.add(rollBack(RESOURCE, i));
        }

        restoreAll(app);

        assertThat(others).allSatisfy(xid -> assertThat(rig.status(xid)).isEqualTo(TransactionStatus.ROLLED_BACK));
        assertThat(hung.takeRestoreOrders()).hasSize(PhaseTwo.MAX_PER_RESOURCE);
    }

    @Test
    @DisplayName("One slow or dead application does not delay phase two of the others: they serve the same database")
    void aProcessThatHangsDoesNotHoldUpTheOtherProcessesOfItsDatabase() {
        App hung = rig.app("hung");
        hung.attach(RESOURCE);
        app.attach(RESOURCE);
        List<Xid> xids = new ArrayList<>();
        for (int i = 0; i < 10 * PhaseTwo.MAX_PER_RESOURCE; i++) {
            xids.add(rollBack(RESOURCE, i));
        }

        restoreAll(app);

        assertThat(xids.stream().filter(xid -> rig.status(xid) == TransactionStatus.ROLLED_BACK))
                .as("all but what the hung one was asked for")
                .hasSize(xids.size() - PhaseTwo.MAX_PER_RESOURCE / 2);
        rig.pass(PhaseTwo.ANSWER_MILLIS);
        restoreAll(app);
        assertThat(xids).allSatisfy(xid -> assertThat(rig.status(xid)).isEqualTo(TransactionStatus.ROLLED_BACK));
    }

    @Test
    @DisplayName("A resource that nobody serves is reported with how long and what waits on it, and that it is over")
    void aResourceThatNobodyServesIsReported() {
        app.attach("r2");
        BranchId first = branch(rollBack(RESOURCE, 1));
        rollBack(RESOURCE, 2);
        rig.pass(90_000);

        assertThat(rig.leader.resources())
                .containsExactly(
                        new ResourceStatus(RESOURCE, "", 0, 2, first, 90_000),
                        new ResourceStatus("r2", "label of r2", 1, 0, null, 0));
        assertThat(texts())
                .anyMatch(line -> line.startsWith("Rollback of " + first + ", and perhaps of others, waits"))
                .anyMatch(line -> line.startsWith("No application has served r1 for 60 s: 2 branches wait")
                        && line.contains(first.toString()));
        assertThat(lines.list)
                .filteredOn(line -> line.getFormattedMessage().startsWith("No application has served"))
                .singleElement()
                .satisfies(line -> assertThat(line.getKeyValuePairs())
                        .as("for the structured form of the log")
                        .extracting(pair -> pair.key + "=" + pair.value)
                        .containsExactly("xid=" + first.xid(), "branch=" + first.number()));

        lines.list.clear();
        rig.pass(86_400_000);
        assertThat(texts()).as("told more and more seldom, hourly at last").hasSizeBetween(24, 32);
        lines.list.clear();
        App late = rig.app("late");
        late.attach(RESOURCE);

        assertThat(texts()).containsExactly("label of r1 (r1) is served by an application again, after 86490 s");
        assertThat(rig.leader.resources().get(0).unservedMillis()).isZero();
        rig.pass(86_400_000);
        assertThat(texts()).noneMatch(line -> line.startsWith("No application"));
    }

    @Test
    void whatWasSkippedByForceIsNotReportedAsWaiting() {
        Xid xid = rollBack(RESOURCE, 1);
        rig.operate(new Command.SkipBranch(branch(xid), "ann", "gone", true));
        lines.list.clear();
        rig.pass(3_600_000);

        assertThat(rig.leader.resources()).isEmpty();
        assertThat(texts()).isEmpty();
    }

    private Xid rollBack(String resource, int row) {
        Xid xid = rig.xid();
        app.branch(xid, resource, resource.equals(RESOURCE) ? row("" + row) : rowOf(resource, "" + row));
        app.rollBack(xid, RollbackReason.APPLICATION);
        return xid;
    }

    private BranchId branch(Xid xid) {
        return new BranchId(xid, rig.transaction(xid).branches().get(0).number());
    }

    private static void restoreAll(App app) {
        for (List<RestoreOrder> orders = app.takeRestoreOrders(); !orders.isEmpty(); orders = app.takeRestoreOrders()) {
            orders.forEach(order -> app.report(order, Result.RESTORED));
        }
    }

    private List<String> texts() {
        return lines.list.stream().map(ILoggingEvent::getFormattedMessage).toList();
    }
}
