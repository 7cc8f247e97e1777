package io.dtx.undo;

import io.dtx.model.BranchId;
import io.dtx.model.Xid;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The table undo_log of one resource.
 *
 * <p>Four kinds of row, told apart by {@code log_status}: undo rows (0), guard rows (1: no phase one of this branch may
 * ever commit), resource rows (2: one holds the random id by which the database is known; on PostgreSQL a second one, with that
 * id in its key, proves the database to SERIALIZABLE inserts), and undo rows whose transaction was rolled back without them (3).
 * Xid and branch number are unique together, so an undo row and a guard row of one branch exclude each other (I5).
 *
 * <p>Every insert proves that the connection leads to the resource row's database and schema ({@link UndoInsert}): one that
 * leads to another database, or has moved to another schema, inserts nothing, which is an error (T16). Thread-safe;
 * connections are the caller's, and commits are too, except where a method says otherwise.
 */
public final class UndoLog {

    private static final Logger log = LoggerFactory.getLogger(UndoLog.class);

    /** The log_status of an undo row. */
    public static final int UNDO = 0;

    static final int GUARD = 1;
    static final int RESOURCE = 2;

    /**
     * The log_status of an undo row that outlived its transaction's rollback: its restore was lost. What deletes undo rows and
     * guard rows of its own accord asks for those kinds, in each version of dtx; so this one stays for a person.
     */
    public static final int UNRESTORED = 3;

    private static final String TO_RESTORE = "log_status IN (" + UNDO + ", " + UNRESTORED + ")";

    /**
     * In front of every XID, whatever the cluster's id begins with: InnoDB at REPEATABLE READ locks the gap before the row that
     * an INSERT .. SELECT reads, and new undo rows, which come at the end of their cluster's, must not fall into that gap.
     */
    static final String RESOURCE_XID = "#dtx-resource";

    /** A standby, or a read-only session; a user without the right to insert. */
    private static final Set<String> MAY_NOT_WRITE = Set.of("25006", "42501");

    private static final int ROWS_PER_DELETE = 100;
    /** MySQL's alone; MariaDB has another one, of class 23. */
    private static final int ER_CHECK_CONSTRAINT_VIOLATED = 3819;

    private static final int ROWS_PER_PAGE = 500;
    static final String IS_RESOURCE_ROW = "xid = '" + RESOURCE_XID + "' AND branch_id = 0 AND log_status = " + RESOURCE;

    private static final String MADE_ANEW = " If undo_log was emptied, or dropped and made anew, under the running"
            + " application, restart that (until then, its global transactions can not write here), and leave undo_log out"
            + " of whatever empties or makes tables, in tests, too. If it was not, connections of one data source lead to"
            + " several databases. " + UndoLogException.ONE_EACH;

    private final Database database;
    private final UndoLogSql sql;
    private final String random;
    private final String deleteByKey;
    private final UndoInsert insert;
    /** Whether something has spoken against the resource row being there as it was, since it was last looked at. */
    private volatile boolean doubtful;

    /** @param key the name of the unique key on (xid, branch_id) */
    private UndoLog(Database database, String key, String random, boolean byValues, boolean keyed) {
        this.database = database;
        this.sql = database.rules().undoLogSql();
        this.random = random;
        this.deleteByKey = sql.deleteByKey().replace("{key}", database.rules().quote(key));
        this.insert = new UndoInsert(sql, random, database.place(), byValues, keyed, System::nanoTime);
    }

    /**
     * An undo row or guard row.
     *
     * @param id its place: rows made later have greater ids
     * @param branch whose it is
     */
    public record Entry(long id, BranchId branch) {}

    /**
     * A row as it stands in undo_log; those of other coordinator clusters are never swept or restored by themselves.
     *
     * @param xid as it stands there; need not be an XID at all
     */
    public record Foreign(long id, String xid, long branch, int status) {}

    /** A page of entries; {@code last} is where the next page begins after, empty if there is none. */
    public record Page(List<Entry> entries, Optional<Long> last) {
        public Page {
            entries = List.copyOf(entries);
        }
    }

    /**
     * Checks the table, and reads or creates the resource row. Two first starts agree on one id: the unique key decides.
     *
     * @param connection in autocommit mode, or with a local transaction open that this may commit
     * @throws UndoLogException if the table is missing or malformed; the message holds the script
     */
    public static UndoLog open(Connection connection, Database database) throws SQLException {
        String key = UndoLogCheck.check(connection, database);
        Optional<String> known = resourceRow(connection);
        if (known.isEmpty()) {
            createResourceRow(connection, database);
            known = resourceRow(connection);
        }
        String random = known.orElseThrow(
                () -> new UndoLogException("the resource row of undo_log disappeared while it was made:"
                        + " let no other program delete from undo_log."));
        boolean keyed = database.rules().undoLogSql().readsConflict() != null && isKeyed(connection, database, random);
        return new UndoLog(database, key, random, database.rules().readsWhatItInsertsInto(connection), keyed);
    }

    /** The xid of the second resource row, see {@link ProofByKey}. */
    static String keyXid(String random) {
        return RESOURCE_XID + " " + random;
    }

    /**
     * Sees that the resource row has its second one. Where nothing may be written, a standby whose primary has not made it yet, it is
     * done without. What may pass, a conflict or a lock that is waited for in vain, fails the open: the next one makes it.
     */
    private static boolean isKeyed(Connection connection, Database database, String random) throws SQLException {
        try {
            if (hasKeyRow(connection, random)) {
                return true;
            }
            createKeyRow(connection, database);
            if (!connection.getAutoCommit()) {
                connection.commit();
            }
        } catch (SQLException e) {
            if (!connection.getAutoCommit()) {
                connection.rollback();
            }
            if (!MAY_NOT_WRITE.contains(String.valueOf(e.getSQLState()))) {
                throw e;
            }
            log.info(
                    "undo_log of {} has no second resource row, and it can not be made here ({}): undo rows are inserted by a"
                            + " query of the first, on which local transactions that are SERIALIZABLE may conflict, until"
                            + " this process is started again where it can",
                    database.place(),
                    e.getMessage());
        }
        return hasKeyRow(connection, random);
    }

    private static boolean hasKeyRow(Connection connection, String random) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement(
                "SELECT 1 FROM undo_log WHERE xid = ? AND branch_id = 0 AND log_status = " + RESOURCE)) {
            select.setString(1, keyXid(random));
            try (ResultSet result = select.executeQuery()) {
                return result.next();
            }
        }
    }

    /**
     * Where the resource row was deleted, as is told for a copy of a database, its second one may be left, which would prove to
     * processes of the original that this is their database. It goes before another resource row comes.
     */
    private static void deleteFormerKeyRows(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.executeUpdate("DELETE FROM undo_log WHERE xid LIKE '" + RESOURCE_XID + " %' AND log_status = "
                    + RESOURCE + " AND xid <> COALESCE((SELECT xid || ' ' || context FROM undo_log WHERE "
                    + IS_RESOURCE_ROW + "), '')");
        }
    }

    private static void createKeyRow(Connection connection, Database database) throws SQLException {
        String now = database.rules().undoLogSql().now();
        deleteFormerKeyRows(connection);
        try (Statement statement = connection.createStatement()) {
            statement.executeUpdate(
                    "INSERT INTO undo_log (branch_id, xid, context, rollback_info, log_status, log_created, log_modified)"
                            + " SELECT branch_id, xid || ' ' || context, context, rollback_info, log_status, " + now
                            + ", " + now + " FROM undo_log WHERE " + IS_RESOURCE_ROW
                            + " ON CONFLICT (xid, branch_id) DO NOTHING");
        }
    }

    /**
     * Creates the table, if it is missing and the database is one of those named; commits that.
     *
     * @param connection without work of its own
     * @throws UndoLogException if it could not be created; the message holds the script
     */
    public static void createIfMissing(Connection connection, Database database, UndoLogCreation where)
            throws SQLException {
        UndoLogCheck.createIfMissing(connection, database, where);
    }

    private static Optional<String> resourceRow(Connection connection) throws SQLException {
        try (PreparedStatement select =
                        connection.prepareStatement("SELECT context FROM undo_log WHERE " + IS_RESOURCE_ROW);
                ResultSet result = select.executeQuery()) {
            return result.next() ? Optional.of(result.getString(1)) : Optional.empty();
        }
    }

    private static void createResourceRow(Connection connection, Database database) throws SQLException {
        byte[] random = new byte[16];
        new SecureRandom().nextBytes(random);
        String now = database.rules().undoLogSql().now();
        if (database.rules().undoLogSql().readsConflict() != null) {
            deleteFormerKeyRows(connection);
        }
        try (PreparedStatement insert = connection.prepareStatement(
                "INSERT INTO undo_log (branch_id, xid, context, rollback_info, log_status, log_created, log_modified)"
                        + " VALUES (0, '" + RESOURCE_XID + "', ?, ?, " + RESOURCE + ", " + now + ", " + now + ")")) {
            insert.setString(1, HexFormat.of().formatHex(random));
            insert.setBytes(
                    2, "This row is the identity of this database for dtx. Keep it.".getBytes(StandardCharsets.UTF_8));
            insert.executeUpdate();
            if (!connection.getAutoCommit()) {
                connection.commit();
            }
        } catch (SQLException e) {
            if (!connection.getAutoCommit()) {
                connection.rollback();
            }
            if (!violatesConstraint(e)) {
                throw e;
            }
        }
    }

    /** The resource id: what the database holds, and the schema that connections start in. */
    public String resource() {
        return random + "/" + database.place();
    }

    /**
     * Inserts a branch's undo row, as part of the caller's local transaction.
     *
     * @throws CaptureRefusedException if the session reads SQL by another grammar than was assumed
     * @throws SQLException if the row, or a guard row, is there already (SQLState class 23), or the connection is not one of
     *     this resource; the local transaction must be rolled back
     */
    public void insert(Connection connection, BranchId branch, EncodedUndo undo) throws SQLException {
        try {
            insert.insert(connection, branch, undo);
        } catch (SQLException e) {
            doubtAfter(e);
            throw e;
        }
    }

    void insertGuard(Connection connection, BranchId branch) throws SQLException {
        try {
            insert.insertByRow(connection, branch, new EncodedUndo("", new byte[0]), GUARD);
        } catch (SQLException e) {
            doubtAfter(e);
            throw e;
        }
    }

    private void doubtAfter(SQLException error) {
        if (error instanceof UndoLogException || UndoLogCheck.isMissing(error)) {
            doubtful = true;
        }
    }

    /** Whether it is to be looked at by {@link #lost(Connection)}: an insert found it otherwise, or the last look did. */
    public boolean isDoubtful() {
        return doubtful;
    }

    /**
     * Looks whether undo_log still is the one that was opened, by the row that holds its id. Where the second resource row alone was
     * deleted, nothing is lost to this: SERIALIZABLE local transactions are refused, which names the remedy, until {@link #open} makes
     * it again; all others go on.
     *
     * @param connection a fresh one, as its data source gives them, without work of its own
     * @return what has become of it, and the remedy; null if it is as it was
     */
    public @Nullable String lost(Connection connection) throws SQLException {
        String lost = lost(connection, random);
        if (lost == null) {
            doubtful = false;
        }
        return lost;
    }

    /** What has become of the resource row with this id, where a connection leads; null if it is there. */
    static @Nullable String lost(Connection connection, String random) throws SQLException {
        Optional<String> now;
        try {
            now = resourceRow(connection);
        } catch (SQLException e) {
            if (UndoLogCheck.isMissing(e)) {
                return "there is no table undo_log any more." + MADE_ANEW;
            }
            throw e;
        }
        if (now.isEmpty()) {
            return "undo_log has no row '" + RESOURCE_XID + "', by which dtx knows a database." + MADE_ANEW;
        }
        return now.get().equals(random) ? null : "undo_log holds another id than when it was opened." + MADE_ANEW;
    }

    /** A locked row of undo_log. */
    record Locked(int status, EncodedUndo undo) {}

    /**
     * Locks the branch's row until the local transaction ends. That there is none proves nothing yet: the guard row's insert
     * will.
     *
     * @throws UndoLogException if the row is there, and the connection leads to another database or schema than this
     *     resource's (T16)
     */
    Optional<Locked> lock(Connection connection, BranchId branch) throws SQLException {
        try (PreparedStatement select =
                connection.prepareStatement("SELECT log_status, context, rollback_info, (SELECT 1"
                        + " FROM undo_log AS dtx_resource WHERE " + IS_RESOURCE_ROW + " AND context = ? AND "
                        + sql.currentSchema() + " = ?) FROM undo_log WHERE xid = ? AND branch_id = ? FOR UPDATE")) {
            select.setString(1, random);
            select.setString(2, database.place());
            select.setString(3, branch.xid().toString());
            select.setLong(4, branch.number());
            try (ResultSet result = select.executeQuery()) {
                if (!result.next()) {
                    return Optional.empty();
                }
                if (result.getObject(4) == null) {
                    throw UndoLogException.otherResource(resource());
                }
                return Optional.of(
                        new Locked(result.getInt(1), new EncodedUndo(result.getString(2), result.getBytes(3))));
            }
        }
    }

    /** Deletes the branch's undo row, exactly one, whether it is an unrestored one or not. */
    void delete(Connection connection, BranchId branch) throws SQLException {
        int deleted = deleteAll(connection, List.of(branch), TO_RESTORE);
        if (deleted != 1) {
            throw new UndoLogException(deleted + " undo rows of branch " + branch + " deleted, instead of 1");
        }
    }

    /**
     * Deletes undo rows of branches that the coordinator says are committed; guard rows stay.
     *
     * @return how many were there
     */
    public int release(Connection connection, List<BranchId> branches) throws SQLException {
        return deleteAll(connection, branches, "log_status = " + UNDO);
    }

    /**
     * Deletes guard rows of branches that are unknown to the coordinator and, by the database's clock, older than the given
     * age (2X of I6); younger ones stay.
     *
     * @return how many went
     */
    public int releaseGuards(Connection connection, List<BranchId> branches, Duration age) throws SQLException {
        return deleteAll(
                connection,
                branches,
                "log_status = " + GUARD + " AND log_created < "
                        + sql.ago().replace("?", Long.toString(age.toSeconds())));
    }

    /**
     * Marks undo rows as unrestored, those that are still there: looking again and marking are one statement, so that a row which
     * a restore has just taken away is not marked, also where this session is shown an older state (a snapshot; a node of a
     * cluster that lags, whose COMMIT then fails).
     *
     * @param branches of transactions that the coordinator has called rolled back, to the end
     * @return how many were marked now
     */
    public int markUnrestored(Connection connection, List<BranchId> branches) throws SQLException {
        int marked = 0;
        try (PreparedStatement update = connection.prepareStatement("UPDATE undo_log SET log_status = " + UNRESTORED
                + ", log_modified = " + sql.now() + " WHERE xid = ? AND branch_id = ? AND log_status = " + UNDO)) {
            for (BranchId branch : branches) {
                update.setString(1, branch.xid().toString());
                update.setLong(2, branch.number());
                marked += update.executeUpdate();
            }
        }
        return marked;
    }

    /** Undo rows of this coordinator cluster that are marked as unrestored, oldest first, the first few. */
    public List<Entry> unrestored(Connection connection, String cluster, int limit) throws SQLException {
        return entries(list(connection, "log_status = " + UNRESTORED, limit), cluster);
    }

    private int deleteAll(Connection connection, List<BranchId> branches, String condition) throws SQLException {
        int deleted = 0;
        for (int from = 0; from < branches.size(); from += ROWS_PER_DELETE) {
            List<BranchId> some = branches.subList(from, Math.min(branches.size(), from + ROWS_PER_DELETE));
            try {
                deleted += delete(connection, deleteByKey, some, condition);
            } catch (SQLException e) {
                if (e.getErrorCode() != MySqlRules.ER_KEY_DOES_NOT_EXIST) {
                    throw e;
                }
                deleted += delete(connection, UndoLogSql.DELETE, some, condition); // renamed meanwhile
            }
        }
        return deleted;
    }

    private static int delete(Connection connection, String start, List<BranchId> branches, String condition)
            throws SQLException {
        try (PreparedStatement delete = connection.prepareStatement(start + condition
                + " AND (xid, branch_id) IN ((?, ?)" + ", (?, ?)".repeat(branches.size() - 1) + ")")) {
            int index = 1;
            for (BranchId branch : branches) {
                delete.setString(index++, branch.xid().toString());
                delete.setLong(index++, branch.number());
            }
            return delete.executeUpdate();
        }
    }

    /**
     * Undo rows of this coordinator cluster that are older than the given age by the database's clock, oldest first.
     *
     * @param after only rows with a greater id: 0 for the first page
     * @param limit the most rows to look at
     */
    public Page leftovers(Connection connection, String cluster, Duration age, long after, int limit)
            throws SQLException {
        return page(connection, UNDO, cluster, age, after, limit);
    }

    /** Guard rows, likewise. */
    public Page guards(Connection connection, String cluster, Duration age, long after, int limit) throws SQLException {
        return page(connection, GUARD, cluster, age, after, limit);
    }

    private Page page(Connection connection, int status, String cluster, Duration age, long after, int limit)
            throws SQLException {
        String condition = "log_status = " + status + " AND id > " + after + " AND log_created < "
                + sql.ago().replace("?", Long.toString(age.toSeconds()));
        List<Foreign> rows = list(connection, condition, limit);
        return new Page(
                entries(rows, cluster),
                rows.size() < limit
                        ? Optional.empty()
                        : Optional.of(rows.get(limit - 1).id()));
    }

    private static List<Entry> entries(List<Foreign> rows, String cluster) {
        return rows.stream()
                .filter(isOf(cluster))
                .map(row -> new Entry(row.id(), new BranchId(Xid.parse(row.xid()), row.branch())))
                .toList();
    }

    /**
     * Rows of other coordinator clusters, and rows that are not dtx's at all, oldest first: for the operator.
     *
     * @param limit the most rows to give back; as many rows of this cluster as stand before them are read, in pages
     */
    public List<Foreign> foreign(Connection connection, String cluster, int limit) throws SQLException {
        List<Foreign> found = new ArrayList<>();
        List<Foreign> page;
        long last = 0;
        do {
            page = rows(connection, last, ROWS_PER_PAGE);
            for (Foreign row : page) {
                last = row.id();
                if (isOf(cluster).negate().test(row)) {
                    found.add(row);
                }
            }
        } while (page.size() == ROWS_PER_PAGE && found.size() < limit);
        return found.subList(0, Math.min(limit, found.size()));
    }

    /** All undo and guard rows, of whichever cluster, oldest first; those with a greater id than the given one. */
    public List<Foreign> rows(Connection connection, long after, int limit) throws SQLException {
        return list(connection, "log_status <> " + RESOURCE + " AND id > " + after, limit);
    }

    /**
     * A row, and when it was made.
     *
     * @param created by the database's clock, to the second
     */
    public record Dated(Foreign row, Instant created) {}

    /** Likewise, with the time at which each was made. */
    public List<Dated> dated(Connection connection, long after, int limit) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement("SELECT id, xid, branch_id, log_status, "
                        + sql.createdSeconds() + " FROM undo_log WHERE log_status <> " + RESOURCE + " AND id > " + after
                        + " ORDER BY id LIMIT " + limit);
                ResultSet result = select.executeQuery()) {
            List<Dated> rows = new ArrayList<>();
            while (result.next()) {
                rows.add(new Dated(row(result), Instant.ofEpochSecond(result.getLong(5))));
            }
            return rows;
        }
    }

    /** The rows of one transaction, those made last first. */
    public List<Foreign> newestFirst(Connection connection, Xid xid) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement(
                "SELECT id, xid, branch_id, log_status FROM undo_log WHERE xid = ? ORDER BY id DESC")) {
            select.setString(1, xid.toString());
            try (ResultSet result = select.executeQuery()) {
                return read(result);
            }
        }
    }

    /**
     * Deletes all rows of one transaction: for an operator who knows that nobody will restore it.
     *
     * @return how many were there
     */
    public int drop(Connection connection, Xid xid) throws SQLException {
        try (PreparedStatement delete = connection.prepareStatement("DELETE FROM undo_log WHERE xid = ?")) {
            delete.setString(1, xid.toString());
            return delete.executeUpdate();
        }
    }

    /** Likewise, those alone that are marked as unrestored: for a transaction of a cluster that is alive. */
    public int dropUnrestored(Connection connection, Xid xid) throws SQLException {
        try (PreparedStatement delete =
                connection.prepareStatement("DELETE FROM undo_log WHERE xid = ? AND log_status = " + UNRESTORED)) {
            delete.setString(1, xid.toString());
            return delete.executeUpdate();
        }
    }

    /** Parsed, never compared by prefix: a row is ours only if its xid is one of this cluster (I6, I9). */
    private static Predicate<Foreign> isOf(String cluster) {
        return row -> {
            try {
                return row.branch() > 0 && Xid.parse(row.xid()).cluster().equals(cluster);
            } catch (IllegalArgumentException notAnXid) {
                return false;
            }
        };
    }

    private static List<Foreign> list(Connection connection, String condition, int limit) throws SQLException {
        try (PreparedStatement select =
                connection.prepareStatement("SELECT id, xid, branch_id, log_status FROM undo_log" + " WHERE "
                        + condition + " ORDER BY id LIMIT " + limit)) {
            try (ResultSet result = select.executeQuery()) {
                return read(result);
            }
        }
    }

    private static List<Foreign> read(ResultSet result) throws SQLException {
        List<Foreign> rows = new ArrayList<>();
        while (result.next()) {
            rows.add(row(result));
        }
        return rows;
    }

    private static Foreign row(ResultSet result) throws SQLException {
        return new Foreign(result.getLong(1), result.getString(2), result.getLong(3), result.getInt(4));
    }

    /**
     * Whether the error, or one chained to it, is a violated key or check: unique, foreign or other (SQLState class 23, to which
     * MySQL does not count its checks).
     */
    static boolean violatesConstraint(SQLException error) {
        for (SQLException e = error; e != null; e = e.getNextException()) {
            String state = e.getSQLState();
            if (state != null
                    && (state.startsWith("23")
                            || (state.equals("HY000") && e.getErrorCode() == ER_CHECK_CONSTRAINT_VIOLATED))) {
                return true;
            }
        }
        return false;
    }
}
