package io.dtx.rm;

import io.dtx.client.Ended;
import io.dtx.model.BranchId;
import io.dtx.model.Xid;
import io.dtx.undo.UndoLog;
import io.dtx.undo.UndoLog.Entry;
import io.dtx.undo.UndoLog.Foreign;
import io.dtx.undo.UndoLog.Page;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import java.util.function.BiPredicate;
import javax.sql.DataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds rows of undo_log that no message deleted: the notice was lost, or the process died before it acted on it.
 *
 * <p>Only on the word of the coordinator of the same cluster does a row go (I6): an undo row of a transaction that is known
 * there as committed, or is unknown there, which was committed too, since anything else is still known; a guard row only of an
 * unknown one, and when it is older than 2X by the database's clock as well, so that no phase one that it keeps out can still
 * come (I5). Rows of other clusters, and rows that are not ours, are shown once
 * and left. Several instances may sweep at once. Used by one thread at a time.
 */
final class Sweep {

    private static final Logger log = LoggerFactory.getLogger(Sweep.class);
    private static final int PAGE = 500;
    private static final int MOST_FOREIGN = 20;

    private final OpenResource resource;
    private final DataSource target;
    private final Coordinator coordinator;
    private final ResourceSettings settings;
    private final Set<String> shown = new HashSet<>();

    Sweep(OpenResource resource, DataSource target, Coordinator coordinator, ResourceSettings settings) {
        this.resource = resource;
        this.target = target;
        this.coordinator = coordinator;
        this.settings = settings;
    }

    /** How a page is read. */
    private interface Pages {
        Page after(Connection connection, long id) throws SQLException;
    }

    /** How what is unknown is deleted: how many went. */
    private interface Deletion {
        int delete(Connection connection, List<BranchId> branches) throws SQLException;
    }

    /**
     * Sweeps once. Without a coordinator there is nobody to ask, and nothing is done.
     *
     * @param age the least age, by the database's clock, of an undo row that is asked about
     */
    void run(Duration age) throws SQLException {
        String cluster = coordinator.cluster();
        if (cluster == null) {
            return;
        }
        UndoLog undoLog = resource.undoLog();
        Duration guardAge = settings.registrationLimit().multipliedBy(2);
        sweep(
                "undo",
                Ended::isCommitted,
                (connection, id) -> undoLog.leftovers(connection, cluster, age, id, PAGE),
                undoLog::release);
        sweep(
                "guard",
                (ended, xid) -> ended.unknown().contains(xid),
                (connection, id) -> undoLog.guards(connection, cluster, guardAge, id, PAGE),
                (connection, branches) -> undoLog.releaseGuards(connection, branches, guardAge));
        showForeign(cluster);
    }

    private void sweep(String kind, BiPredicate<Ended, Xid> mayGo, Pages pages, Deletion deletion) throws SQLException {
        long deleted = 0;
        Optional<Long> last = Optional.of(0L);
        try {
            while (last.isPresent()) {
                Page page = page(pages, last.get());
                deleted += delete(page, mayGo, deletion);
                last = page.last();
            }
        } finally {
            if (deleted > 0) {
                log.info("{} left-over {} rows deleted on {}", deleted, kind, resource.label());
            }
        }
    }

    private Page page(Pages pages, long after) throws SQLException {
        try (Connection connection = target.getConnection()) {
            if (!resource.showsUncommitted(resource.isolation())) {
                return page(pages, connection, after);
            }
            // A row that is not committed may not be registered yet: the coordinator's data would look like an old
            // copy.
            connection.setTransactionIsolation(Connection.TRANSACTION_READ_COMMITTED);
            try {
                return page(pages, connection, after);
            } finally {
                connection.setTransactionIsolation(resource.isolation());
            }
        }
    }

    private static Page page(Pages pages, Connection connection, long after) throws SQLException {
        Page page = pages.after(connection, after);
        endLocalTransaction(connection);
        return page;
    }

    /** No connection is held while the coordinator is asked. */
    private int delete(Page page, BiPredicate<Ended, Xid> mayGo, Deletion deletion) throws SQLException {
        Ended ended = ended(page.entries());
        List<BranchId> gone = page.entries().stream()
                .map(Entry::branch)
                .filter(branch -> mayGo.test(ended, branch.xid()))
                .toList();
        if (gone.isEmpty()) {
            return 0;
        }
        try (Connection connection = target.getConnection()) {
            int deleted = deletion.delete(connection, gone);
            endLocalTransaction(connection);
            return deleted;
        }
    }

    private Ended ended(List<Entry> entries) throws SQLException {
        Set<Xid> asked = new TreeSet<>();
        for (Entry entry : entries) {
            asked.add(entry.branch().xid());
        }
        if (asked.isEmpty()) {
            return new Ended(Set.of(), Set.of());
        }
        try {
            return coordinator.ended(asked).join();
        } catch (CompletionException | CancellationException e) {
            throw new SQLException("the coordinator could not be asked about left-over rows", SqlErrors.cause(e));
        }
    }

    private void showForeign(String cluster) throws SQLException {
        List<Foreign> foreign;
        try (Connection connection = target.getConnection()) {
            foreign = resource.undoLog().foreign(connection, cluster, MOST_FOREIGN);
            endLocalTransaction(connection);
        }
        for (Foreign row : foreign) {
            if (shown.size() < 1000 && shown.add(row.xid() + "/" + row.branch())) {
                log.warn(
                        "undo_log on {} holds a row of another coordinator cluster (ours is {}): id {}, xid '{}', branch {},"
                                + " log_status {}. It is never deleted or restored by itself: find out what became of that"
                                + " cluster's transactions",
                        resource.label(),
                        cluster,
                        row.id(),
                        row.xid().replaceAll("[^\\x20-\\x7e]", "?"),
                        row.branch(),
                        row.status());
            }
        }
    }

    private static void endLocalTransaction(Connection connection) throws SQLException {
        if (!connection.getAutoCommit()) {
            connection.commit();
        }
    }
}
