package io.dtx.rm;

import io.dtx.model.BranchId;
import io.dtx.model.Xid;
import io.dtx.undo.Restoration;
import io.dtx.undo.UndoLog;
import io.dtx.undo.UndoLogCreation;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a lost coordinator cluster left behind in one database: its undo rows, which nobody restores or deletes by himself,
 * since nobody knows any more what was decided; many of them are those of committed transactions. A person who does know restores
 * them, or drops them, by XID. Likewise undo rows of
 * whichever cluster that the sweep has marked, since their transaction was rolled back without them: no coordinator
 * orders their restore again. Undo rows of a cluster that is alive which are not marked are its coordinator's.
 *
 * <p>Restores by the same code as a rollback: a row that was changed since is not touched. What that code relies on is gone,
 * though: no global lock keeps others from the rows. Branches go newest first, each in a local transaction of its own; the
 * first that is stalled ends it, since those before it may be below what it has written.
 */
final class LeftUndo {

    private static final Logger audit = LoggerFactory.getLogger("io.dtx.audit");
    private static final int PAGE = 500;
    private static final String NOT_OURS = "";

    private final OpenResource resource;

    private LeftUndo(OpenResource resource) {
        this.resource = resource;
    }

    /** @param connection without work of its own */
    static LeftUndo of(Connection connection) throws SQLException {
        return new LeftUndo(OpenResource.of(connection, ResourceSettings.DEFAULTS, UndoLogCreation.NEVER));
    }

    String label() {
        return resource.label();
    }

    /**
     * A transaction that has rows in this database.
     *
     * @param xid as it stands there
     * @param undo how many undo rows it has: local transactions that are there, and could be undone
     * @param guards how many guard rows
     * @param unrestored how many undo rows that are marked, since it was rolled back without them; not among {@code undo}
     * @param first when the oldest of them was made, by the database's clock
     * @param last when the newest was
     */
    record Left(String xid, int undo, int guards, int unrestored, Instant first, Instant last) {

        private static Left of(UndoLog.Dated dated) {
            UndoLog.Foreign row = dated.row();
            boolean undo = row.status() == UndoLog.UNDO;
            boolean unrestored = row.status() == UndoLog.UNRESTORED;
            return new Left(
                    row.xid(),
                    undo ? 1 : 0,
                    undo || unrestored ? 0 : 1,
                    unrestored ? 1 : 0,
                    dated.created(),
                    dated.created());
        }

        private Left plus(Left other) {
            return new Left(
                    xid,
                    undo + other.undo,
                    guards + other.guards,
                    unrestored + other.unrestored,
                    other.first.isBefore(first) ? other.first : first,
                    other.last.isAfter(last) ? other.last : last);
        }
    }

    /** What is there, by cluster id; under the empty one what is none of dtx's. */
    Map<String, List<Left>> byCluster(Connection connection) throws SQLException {
        Map<String, Map<String, Left>> found = new TreeMap<>();
        long last = 0;
        List<UndoLog.Dated> page;
        do {
            page = resource.undoLog().dated(connection, last, PAGE);
            for (UndoLog.Dated dated : page) {
                String xid = dated.row().xid();
                found.computeIfAbsent(clusterOf(xid), any -> new TreeMap<>()).merge(xid, Left.of(dated), Left::plus);
                last = dated.row().id();
            }
        } while (page.size() == PAGE);
        Map<String, List<Left>> byCluster = new TreeMap<>();
        found.forEach((cluster, left) -> byCluster.put(cluster, List.copyOf(left.values())));
        return byCluster;
    }

    private static String clusterOf(String xid) {
        try {
            return Xid.parse(xid).cluster();
        } catch (IllegalArgumentException notAnXid) {
            return NOT_OURS;
        }
    }

    /** How one branch ended. */
    record Ended(BranchId branch, Restoration restoration) {}

    /**
     * @return the branches in the order in which they were restored; only the last can be stalled
     * @throws IllegalArgumentException if that is the coordinator's to do
     */
    List<Ended> restore(Connection connection, Order order) throws SQLException {
        List<Ended> ended = new ArrayList<>();
        for (UndoLog.Foreign row : rows(connection, order)) {
            if (order.concerns(row)) {
                BranchId branch = new BranchId(order.xid(), row.branch());
                Restoration restoration = resource.restore(Set.of()).restore(connection, branch);
                audit.warn(
                        "{} ordered to restore left-over branch {} on {}: {}{}; {}",
                        order.operator(),
                        branch,
                        label(),
                        restoration.result(),
                        restoration.detail().isEmpty() ? "" : ", " + restoration.detail(),
                        order.note());
                ended.add(new Ended(branch, restoration));
                if (restoration.result() == Restoration.Result.STALLED) {
                    break;
                }
            }
        }
        return ended;
    }

    private List<UndoLog.Foreign> rows(Connection connection, Order order) throws SQLException {
        List<UndoLog.Foreign> rows = resource.undoLog().newestFirst(connection, order.xid());
        if (order.ofTheLiving() && rows.stream().noneMatch(order::concerns)) {
            throw new IllegalArgumentException(order.xid() + " is of cluster " + order.alive()
                    + ", which is alive, and has no undo row here that is marked as not restored: what there is to restore,"
                    + " its coordinator does; see GET /transactions/" + order.xid() + " there");
        }
        return rows;
    }

    /**
     * Deletes the transaction's rows: what it wrote stays. Of a cluster that is alive those alone that are marked.
     *
     * @return how many
     * @throws IllegalArgumentException if they are the coordinator's
     */
    int drop(Connection connection, Order order) throws SQLException {
        int dropped;
        if (order.ofTheLiving()) {
            rows(connection, order);
            dropped = resource.undoLog().dropUnrestored(connection, order.xid());
        } else {
            dropped = resource.undoLog().drop(connection, order.xid());
        }
        audit.warn(
                "{} ordered to drop {} left-over undo rows of {} on {}: {}",
                order.operator(),
                dropped,
                order.xid(),
                label(),
                order.note());
        return dropped;
    }

    /**
     * An operator's order.
     *
     * @param alive the id of the cluster that applications use now
     */
    record Order(Xid xid, String alive, String operator, String note) {
        Order {
            if (!Xid.isClusterId(alive)) {
                throw new IllegalArgumentException(
                        "the id of the cluster that is alive is missing: the coordinator says it at its start");
            }
            operator = said("who orders this", operator);
            note = said("why this is ordered", note);
        }

        boolean ofTheLiving() {
            return xid.cluster().equals(alive);
        }

        /** Whether the row holds what can be undone, and nobody else undoes it. */
        boolean concerns(UndoLog.Foreign row) {
            return row.status() == UndoLog.UNRESTORED || (row.status() == UndoLog.UNDO && !ofTheLiving());
        }

        private static String said(String what, @Nullable String text) {
            if (text == null || text.isBlank()) {
                throw new IllegalArgumentException("say " + what + ": it is written to the log");
            }
            return text.replaceAll("\\p{Cntrl}", " ");
        }
    }
}
