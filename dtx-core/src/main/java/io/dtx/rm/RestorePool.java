package io.dtx.rm;

import io.dtx.client.ResourceAgent;
import io.dtx.protocol.Reply.ReleaseUndo;
import io.dtx.protocol.Reply.RestoreOrder;
import io.dtx.protocol.Request.RestoreReport;
import io.dtx.undo.Restoration;
import io.dtx.undo.Restore;
import java.sql.BatchUpdateException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/** Carries out the coordinator's orders on one resource, on connections of the DataSource itself. Thread-safe. */
final class RestorePool implements ResourceAgent {

    private static final Logger log = LoggerFactory.getLogger(RestorePool.class);

    /** A thousand stalled branches at a time are a matter of their own. */
    private static final int MAX_TOLD = 1_000;

    private final OpenResource resource;
    private final DataSource target;
    private final UndoTransactions undoTransactions;
    private final Restore restore;
    private final Runnable noticesLost;
    private final Failures failures;
    private final Told stalled = new Told(MAX_TOLD);

    /** Told of orders that failed. */
    interface Failures {

        /** @param refused whether it was not allowed to write */
        void failed(RestorePool pool, boolean refused);
    }

    /**
     * @param valuesShown see {@link ResourceSettings}
     * @param noticesLost called when commit notices may have been lost, so that the sweep should not be waited for
     * @param failures told of each order that failed
     */
    RestorePool(
            OpenResource resource,
            DataSource target,
            Set<String> valuesShown,
            Runnable noticesLost,
            Failures failures) {
        this.resource = resource;
        this.target = target;
        this.undoTransactions = new UndoTransactions(resource, target);
        this.noticesLost = noticesLost;
        this.failures = failures;
        this.restore = resource.restore(valuesShown);
    }

    OpenResource opened() {
        return resource;
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

    @Override
    public RestoreReport restore(RestoreOrder order) {
        List<RestoreReport> reports = new ArrayList<>(1);
        Deque<RestoreOrder> orders = new ArrayDeque<>(List.of(order));
        restoreEach(orders::poll, reports::add);
        return reports.get(0);
    }

    /**
     * On one connection as long as all goes well. Each report leaves after its local transaction has ended: what it tells is true
     * then.
     */
    @Override
    public void restoreEach(Supplier<@Nullable RestoreOrder> orders, Consumer<RestoreReport> reports) {
        RestoreOrder order = orders.get();
        while (order != null) {
            order = restoreSome(order, orders, reports);
        }
    }

    /** @return an order that needs another connection, since this one failed; null if there is none left */
    private @Nullable RestoreOrder restoreSome(
            RestoreOrder first, Supplier<@Nullable RestoreOrder> orders, Consumer<RestoreReport> reports) {
        RestoreOrder order = first;
        try (Connection connection = target.getConnection();
                Restore.Run run = restore.begin(connection)) {
            while (order != null) {
                reports.accept(restoreOnce(run, order));
                order = orders.get();
            }
        } catch (SQLException | RuntimeException e) {
            if (order == null) {
                log.warn("a connection was lost after restores on {}: {}", label(), e.getMessage());
                return null;
            }
            reports.accept(failed(order, e));
            return orders.get();
        }
        return null;
    }

    private RestoreReport restoreOnce(Restore.Run run, RestoreOrder order) throws SQLException {
        enterLogs(order);
        try {
            return report(order, order.skip() ? run.skip(order.branch()) : run.restore(order.branch()));
        } finally {
            leaveLogs();
        }
    }

    private RestoreReport failed(RestoreOrder order, Exception e) {
        enterLogs(order);
        try {
            log.warn(
                    "branch {} could not be restored on {} (attempt {}): {}",
                    order.branch(),
                    label(),
                    order.attempt(),
                    e.getMessage());
            log.debug("the failed restore of branch {}", order.branch(), e);
            failures.failed(this, refusesWrites(e));
            return new RestoreReport(
                    order.branch(), resource(), order.attempt(), RestoreReport.Result.FAILED, masked(e));
        } finally {
            leaveLogs();
        }
    }

    private static void enterLogs(RestoreOrder order) {
        MDC.put("xid", order.branch().xid().toString());
        MDC.put("branch", Long.toString(order.branch().number()));
    }

    private static void leaveLogs() {
        MDC.remove("branch");
        MDC.remove("xid");
    }

    /**
     * What a database says of data and of constraints may quote values of rows, which stay in the application's own log; and so
     * does PostgreSQL's driver of a batch, in front of what the database said.
     */
    private static String masked(Exception e) {
        if (e instanceof SQLException sql) {
            String state = String.valueOf(sql.getSQLState());
            if (state.startsWith("22") || state.startsWith("23") || state.startsWith("44")) {
                return "SQLState " + state + ", error " + sql.getErrorCode() + ": the application's log says more";
            }
            if (sql instanceof BatchUpdateException && sql.getNextException() != null) {
                return masked(sql.getNextException());
            }
        }
        return String.valueOf(e);
    }

    private RestoreReport report(RestoreOrder order, Restoration restoration) {
        RestoreReport.Result result = switch (restoration.result()) {
            case RESTORED, NO_EFFECT -> RestoreReport.Result.RESTORED;
            case SKIPPED -> RestoreReport.Result.SKIPPED;
            case STALLED -> RestoreReport.Result.DIRTY;
        };
        if (result != RestoreReport.Result.DIRTY) {
            stalled.forget(order.branch());
            log.debug("branch {} on {}: {}", order.branch(), label(), restoration.result());
        } else if (stalled.first(order.branch())) {
            log.error(
                    "branch {} is stalled on {}: {}. Nothing was changed; GET /transactions/{} of the coordinator shows it, and"
                            + " docs/operations.md what to do",
                    order.branch(),
                    label(),
                    restoration.detail(),
                    order.branch().xid());
        } else {
            log.debug("branch {} is still stalled: {}", order.branch(), restoration.detail());
        }
        return new RestoreReport(
                order.branch(), resource(), order.attempt(), result, restoration.detail(), restoration.differences());
    }

    /** On the coordinator's word that these are committed (I6). */
    @Override
    public void releaseUndo(ReleaseUndo release) {
        try {
            undoTransactions.run(connection -> resource.undoLog().release(connection, release.branches()));
        } catch (SQLException | RuntimeException e) {
            log.warn(
                    "{} undo rows of committed branches could not be deleted on {}, the sweep will: {}",
                    release.branches().size(),
                    label(),
                    e.getMessage());
            failures.failed(this, refusesWrites(e));
            noticesLost.run();
        }
    }

    /**
     * Not what is refused here, of this user or at this moment: that is no sign of a replica, and another server, which may be one, must
     * not be tried for it.
     */
    private boolean refusesWrites(Exception e) {
        return e instanceof SQLException sql && resource.errors().refusesWrites(sql);
    }
}
