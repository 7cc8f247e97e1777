package io.dtx.rm;

import io.dtx.client.ResourceAgent;
import io.dtx.protocol.Reply.ReleaseUndo;
import io.dtx.protocol.Reply.RestoreOrder;
import io.dtx.protocol.Request.RestoreReport;
import io.dtx.undo.Restoration;
import io.dtx.undo.Restore;
import java.sql.Connection;
import java.sql.SQLException;
import javax.sql.DataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Carries out the coordinator's orders on one resource, on connections of the DataSource itself. Thread-safe. */
final class PhaseTwo implements ResourceAgent {

    private static final Logger log = LoggerFactory.getLogger(PhaseTwo.class);

    private final OpenResource resource;
    private final DataSource target;
    private final Restore restore;
    private final Runnable noticesLost;

    /** @param noticesLost called when commit notices may have been lost, so that the sweep should not be waited for */
    PhaseTwo(OpenResource resource, DataSource target, Runnable noticesLost) {
        this.resource = resource;
        this.target = target;
        this.noticesLost = noticesLost;
        this.restore = resource.restore();
    }

    DataSource target() {
        return target;
    }

    @Override
    public String resource() {
        return resource.id();
    }

    @Override
    public String label() {
        return resource.label();
    }

    /** A stream was lost before, or a process: whatever was on its way then is gone. */
    @Override
    public void attached() {
        noticesLost.run();
    }

    /** The report leaves only after the local transaction has ended: what it tells is true then. */
    @Override
    public RestoreReport restore(RestoreOrder order) {
        try (Connection connection = target.getConnection()) {
            Restoration restoration = order.skip()
                    ? restore.skip(connection, order.branch())
                    : restore.restore(connection, order.branch());
            return report(order, restoration);
        } catch (SQLException | RuntimeException e) {
            log.warn(
                    "branch {} could not be restored on {} (attempt {}): {}",
                    order.branch(),
                    label(),
                    order.attempt(),
                    e.getMessage());
            log.debug("the failed restore of branch {}", order.branch(), e);
            return new RestoreReport(
                    order.branch(), resource(), order.attempt(), RestoreReport.Result.FAILED, String.valueOf(e));
        }
    }

    private RestoreReport report(RestoreOrder order, Restoration restoration) {
        RestoreReport.Result result = switch (restoration.result()) {
            case RESTORED, NO_EFFECT -> RestoreReport.Result.RESTORED;
            case SKIPPED -> RestoreReport.Result.SKIPPED;
            case STALLED -> RestoreReport.Result.DIRTY;
        };
        if (result == RestoreReport.Result.DIRTY) {
            log.error(
                    "branch {} is stalled on {}: {}. Nothing was changed; GET /transactions/{} of the coordinator shows it, and"
                            + " docs/operations.md what to do",
                    order.branch(),
                    label(),
                    restoration.detail(),
                    order.branch().xid());
        } else {
            log.debug("branch {} on {}: {}", order.branch(), label(), restoration.result());
        }
        return new RestoreReport(order.branch(), resource(), order.attempt(), result, restoration.detail());
    }

    /** On the coordinator's word that these are committed (I6). */
    @Override
    public void releaseUndo(ReleaseUndo release) {
        try (Connection connection = target.getConnection()) {
            resource.undoLog().release(connection, release.branches());
            if (!connection.getAutoCommit()) {
                connection.commit();
            }
        } catch (SQLException | RuntimeException e) {
            log.warn(
                    "{} undo rows of committed branches could not be deleted on {}, the sweep will: {}",
                    release.branches().size(),
                    label(),
                    e.getMessage());
            noticesLost.run();
        }
    }
}
