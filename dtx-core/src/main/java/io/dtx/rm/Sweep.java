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
import java.util.function.Predicate;
import javax.sql.DataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds rows of undo_log that no message deleted: the notice was lost, or the process died before it acted on it.
 *
 * <p>Only on the word of the coordinator of the same cluster does a row go (I6): an undo row of a transaction that is known
 * there as committed, or is unknown there, which was committed too, since anything else is still known; a guard row only of an
 * unknown one, and when it is older than 2X by the database's clock as well, so that no phase one that it keeps out can still
 * come (I5). Rows of other clusters, and rows that are not ours, are shown once and left.
 *
 * <p>An undo row of a transaction that is known as rolled back to the end is one whose restore was lost: it was to be gone before the
 * coordinator could know that end. It is marked, while the outcome is known, and shown: once the outcome is forgotten, the row
 * would pass for a committed one's. Restored it is only by a person, since no lock has kept others from its rows since.
 *
 * <p>Several instances may sweep at once. Used by one thread at a time.
 */
final class Sweep {

    private static final Logger log = LoggerFactory.getLogger(Sweep.class);
    private static final int PAGE = 500;
    private static final int MOST_FOREIGN = 20;
    private static final int MOST_SHOWN = 1000;

    private final OpenResource resource;
    private final UndoTransactions transactions;
    private final Coordinator coordinator;
    private final ResourceSettings settings;
    private final ResourceListener listener;
    private final Set<String> shown = new HashSet<>();
    private final Set<BranchId> unrestored = new HashSet<>();

    Sweep(
            OpenResource resource,
            DataSource target,
            Coordinator coordinator,
            ResourceSettings settings,
            ResourceListener listener) {
        this.resource = resource;
        this.transactions = new UndoTransactions(resource, target);
        this.coordinator = coordinator;
        this.settings = settings;
        this.listener = listener;
    }

    /** How a page is read. */
    private interface Pages {
        Page after(Connection connection, long id) throws SQLException;
    }

    /** What is done with rows of which the coordinator's answer says that it may: how many there were. */
    private interface Change {
        int on(Connection connection, List<BranchId> branches) throws SQLException;
    }

    /** What becomes of a page's rows by the coordinator's answer, which was given after they were read: how many were deleted. */
    private interface Rule {
        int apply(Page page, Ended ended) throws SQLException;
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
        sweep("undo", (connection, id) -> undoLog.leftovers(connection, cluster, age, id, PAGE), (page, ended) -> {
            change(page, ended.rolledBack()::contains, undoLog::markUnrestored);
            return change(page, ended::isCommitted, undoLog::release);
        });
        sweep(
                "guard",
                (connection, id) -> undoLog.guards(connection, cluster, guardAge, id, PAGE),
                (page, ended) -> change(
                        page,
                        ended.unknown()::contains,
                        (connection, branches) -> undoLog.releaseGuards(connection, branches, guardAge)));
        showUnrestored(cluster);
        showForeign(cluster);
    }

    private void sweep(String kind, Pages pages, Rule rule) throws SQLException {
        long deleted = 0;
        Optional<Long> last = Optional.of(0L);
        try {
            while (last.isPresent()) {
                Page page = page(pages, last.get());
                deleted += rule.apply(page, ended(page.entries()));
                last = page.last();
            }
        } finally {
            if (deleted > 0) {
                log.info("{} left-over {} rows deleted on {}", deleted, kind, resource.label());
            }
        }
    }

    /** A row that is not committed may not be registered yet: the coordinator's data would look like an old copy. */
    private Page page(Pages pages, long after) throws SQLException {
        return transactions.read(connection -> pages.after(connection, after));
    }

    private int change(Page page, Predicate<Xid> which, Change change) throws SQLException {
        List<BranchId> branches = page.entries().stream()
                .map(Entry::branch)
                .filter(branch -> which.test(branch.xid()))
                .toList();
        if (branches.isEmpty()) {
            return 0;
        }
        return transactions.run(connection -> change.on(connection, branches));
    }

    /** No connection is held meanwhile. */
    private Ended ended(List<Entry> entries) throws SQLException {
        Set<Xid> asked = new TreeSet<>();
        for (Entry entry : entries) {
            asked.add(entry.branch().xid());
        }
        if (asked.isEmpty()) {
            return Ended.NONE;
        }
        try {
            return coordinator.ended(asked).join();
        } catch (CompletionException | CancellationException e) {
            throw new SQLException("the coordinator could not be asked about left-over rows", SqlErrors.cause(e));
        }
    }

    /** All that are marked, by whichever instance, also before this process was started: until somebody has seen to them. */
    private void showUnrestored(String cluster) throws SQLException {
        List<Entry> marked =
                transactions.run(connection -> resource.undoLog().unrestored(connection, cluster, MOST_SHOWN));
        for (Entry row : marked) {
            if (unrestored.size() < MOST_SHOWN && unrestored.add(row.branch())) {
                tell(row);
            }
        }
    }

    private void tell(Entry row) {
        Xid xid = row.branch().xid();
        log.atError()
                .addKeyValue("xid", xid)
                .addKeyValue("branch", row.branch().number())
                .log(
                        "Global transaction {} was rolled back, and undo_log on {} still holds the undo row of its branch {} (id"
                                + " {}): what that branch wrote was not undone, or is there again. The database has lost the"
                                + " restore (a fail-over, a restart without durable commits, a backup put back), or it was"
                                + " done on another copy of the database, or the coordinator was started on old data. The row"
                                + " is kept, with log_status {}. Look at what the branch wrote, and restore it or drop the"
                                + " row with the tool LeftUndoTool: see 'A restore that was lost' in the operations guide",
                        xid,
                        resource.label(),
                        row.branch().number(),
                        row.id(),
                        UndoLog.UNRESTORED);
        try {
            listener.restoreLost();
        } catch (RuntimeException e) {
            log.warn("A resource listener failed", e);
        }
    }

    private void showForeign(String cluster) throws SQLException {
        List<Foreign> foreign =
                transactions.run(connection -> resource.undoLog().foreign(connection, cluster, MOST_FOREIGN));
        for (Foreign row : foreign) {
            if (shown.size() < MOST_SHOWN && shown.add(row.xid() + "/" + row.branch())) {
                log.warn(
                        "undo_log on {} holds a row of another coordinator cluster (ours is {}): id {}, xid '{}', branch {},"
                                + " log_status {}. It is never deleted or restored by itself, and may well be of a committed"
                                + " transaction: see 'What the undo rows of a lost cluster are' in the operations guide",
                        resource.label(),
                        cluster,
                        row.id(),
                        row.xid().replaceAll("[^\\x20-\\x7e]", "?"),
                        row.branch(),
                        row.status());
            }
        }
    }
}
