package io.dtx.undo;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.dtx.model.BranchId;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The insert into undo_log, which proves that it lands in its resource's database and schema, or inserts nothing (T16). There are
 * three proofs, and each stands by itself:
 *
 * <ul>
 *   <li>by the row: the insert reads the resource row, under the conditions that the row holds this resource's id and that the
 *       session is in this resource's schema. It needs no knowledge of the connection;
 *   <li>by the session (MariaDB): once, a variable of the database session is set, out of the resource row, to the resource's id
 *       with the session's own number and the exact name of its schema. Later inserts compare the variable with what the
 *       session's number and schema are now. That saves the subquery, a twentieth of the server's work for a transfer, and its
 *       shared lock on the one row that all branches would walk past;
 *   <li>by the key (PostgreSQL, where the local transaction is SERIALIZABLE): the insert tries to insert the resource row again, and a second
 *       one, whose key has the resource's id in it. Both are there, so nothing comes of it; where one is not, the statement
 *       fails.
 * </ul>
 *
 * <p>The proof by the key reads nothing, in the sense of PostgreSQL's conflicts between SERIALIZABLE transactions: a search for what an ON
 * CONFLICT would meet looks at the table as it is, and not at a snapshot. What a query reads in this small table is a page of it,
 * or all of it, and into that page each insert writes: of branches that have nothing else in common one would fail at COMMIT, and
 * its global transaction with it. The two texts ask the session which of them counts; the query of the other is not run.
 * It is a proof of both rows: the second is made out of the first, and goes before one of another id can come ({@link UndoLog#open}).
 *
 * <p>The proof by the session holds because the server reads the row into the variable by itself, and compares by itself, in each
 * insert: a connection whose session is another one than before, below a driver that reconnects or a proxy that leads
 * elsewhere, finds the variable empty there; a proxy that repeats the setting elsewhere reads the row that is there; one that
 * copies variables copies a session number that is not the other's. A session never changes its server, and a USE changes
 * what the variable is compared with. A variable that does not match makes a null, which {@code log_status} refuses. Nor is
 * undo_log taken away under the session without notice (emptied, made anew, hidden by a temporary table): the numbers that
 * it gives to the session's rows only grow. For what might still pass that, the variable counts for a minute, as the
 * description of any table does, after which the insert is one by the row again.
 *
 * <p>On a replica nothing is compared anew: by default the server logs the row, since the statement reads a system variable; and
 * where it logs statements, the variable's value and the session's number are logged with them.
 *
 * <p>Which sessions have the variable is known by the driver's object for the connection, below the pool's wrapper. That is a
 * guess, which only decides what is tried: an object that is seen for the first time has its insert proven by the row, and so
 * have wrappers that are new each time; the second insert sets the variable. Where the variable is gone although it was
 * set, the insert is repeated by the row, in the same local transaction, which either proves the resource or raises; a
 * statement that fails leaves nothing behind. From then on that connection stays with the row; and where that comes
 * to several connections and to none that keeps its variable (a pool that resets sessions), the whole data source does.
 *
 * <p>Thread-safe; a connection is used by one thread at a time.
 */
final class UndoInsert {

    private static final Duration VALID_FOR = Duration.ofMinutes(1);
    private static final int MOST_LOST_IN_A_ROW = 3;
    /** MySQL's and MariaDB's error for null in a column that takes none. */
    private static final int NOT_NULL = 1048;

    private static final String DIVISION_BY_ZERO = "22012";

    private static final String VARIABLE = "@dtx_undo_log_of_resource";

    private final UndoLogSql sql;
    private final String random;
    private final String place;
    private final LongSupplier nanos;
    private final String byRow;
    /** Null where there is no proof by the key. */
    private final @Nullable String byKey;
    /** Null where there is no proof by the session, as are the two that follow. */
    private final @Nullable String bySession;

    private final @Nullable String setVariable;
    /** By the identity of the driver's connection, for as long as that exists. */
    private final @Nullable Cache<Connection, Session> sessions;

    private final AtomicInteger lostInARow = new AtomicInteger();

    /** What is thought of a connection's session. */
    private static final class Session {
        private volatile boolean hasVariable;
        private volatile boolean lost;
        /** When its last insert by the row began. */
        private volatile long proven;
        /** The number of its last row that was inserted with the variable; 0 for none. */
        private volatile long last;

        Session(long proven) {
            this.proven = proven;
        }
    }

    /**
     * @param random the id that the resource row holds
     * @param place the schema that the connections start in
     * @param byValues whether the proof by the row is a subquery in VALUES, whose null the log_status refuses: InnoDB takes an
     *     INSERT .. SELECT for a bulk insert, with a lock on the whole table's counter, and several times the cost
     * @param keyed whether the row is there whose key has the resource's id in it
     */
    UndoInsert(UndoLogSql sql, String random, String place, boolean byValues, boolean keyed, LongSupplier nanos) {
        this.sql = sql;
        this.random = random;
        this.place = place;
        this.nanos = nanos;
        String schema = sql.currentSchema() + " = ?" + (sql.grammar() == null ? "" : " AND " + sql.grammar());
        String readsConflict = keyed ? sql.readsConflict() : null;
        String here = UndoLog.IS_RESOURCE_ROW + " AND context = ? AND " + schema
                + (readsConflict == null ? "" : " AND NOT " + readsConflict);
        String row =
                String.join(", ", sql.longParameter(), sql.textParameter(), sql.textParameter(), sql.bytesParameter());
        String status = sql.longParameter();
        String times = sql.now() + ", " + sql.now();
        String columns = "branch_id, xid, context, rollback_info, log_status, log_created, log_modified) ";
        String into = "INSERT INTO undo_log (" + columns;
        this.byRow = into
                + (byValues
                        ? "VALUES (" + row + ", (SELECT " + status + " FROM undo_log AS dtx_resource WHERE " + here
                                + "), " + times + ")"
                        : "SELECT " + row + ", " + status + ", " + times + " FROM undo_log WHERE " + here);
        // Given an id, it takes none of the table's numbers. If a row does get in, the division fails the statement.
        this.byKey = readsConflict == null
                ? null
                : "WITH dtx_resource AS (INSERT INTO undo_log (id, " + columns
                        + "OVERRIDING SYSTEM VALUE SELECT 0, 0, proof.xid, '', CAST('' AS bytea), " + UndoLog.RESOURCE
                        + ", " + times + " FROM (VALUES (CAST('" + UndoLog.RESOURCE_XID + "' AS varchar)), ("
                        + sql.textParameter() + ")) AS proof (xid) WHERE " + readsConflict
                        + " ON CONFLICT (xid, branch_id) DO NOTHING RETURNING 1 / (log_status - " + UndoLog.RESOURCE
                        + ")) " + into + "SELECT " + row + ", " + status + ", " + times + " WHERE " + schema + " AND "
                        + readsConflict;
        String mark = sql.sessionMark();
        if (byValues && mark != null) {
            this.bySession = into + "VALUES (" + row + ", IF(" + VARIABLE + " = " + mark.replace("{id}", "?") + " AND "
                    + schema + ", " + status + ", NULL), " + times + ")";
            // The aggregate makes a null where there is no row; without, the variable would stay as it was. No lock.
            this.setVariable = "SELECT MAX(" + mark.replace("{id}", "context") + ") INTO " + VARIABLE
                    + " FROM undo_log WHERE " + UndoLog.IS_RESOURCE_ROW;
            this.sessions =
                    Caffeine.newBuilder().weakKeys().executor(Runnable::run).build();
        } else {
            this.bySession = null;
            this.setVariable = null;
            this.sessions = null;
        }
    }

    /**
     * Inserts an undo row by whichever proof is the cheaper.
     *
     * @throws CaptureRefusedException if the session reads SQL by another grammar than was assumed
     * @throws SQLException if the branch has a row already (SQLState class 23), or the connection is not one of the
     *     resource
     */
    void insert(Connection connection, BranchId branch, EncodedUndo undo) throws SQLException {
        Connection driver =
                sessions == null || lostInARow.get() >= MOST_LOST_IN_A_ROW ? null : DriverSession.driver(connection);
        if (sessions == null || driver == null) {
            insertByRow(connection, branch, undo, UndoLog.UNDO);
            return;
        }
        long now = nanos.getAsLong();
        Session session = sessions.getIfPresent(driver);
        if (session == null) {
            insertByRow(connection, branch, undo, UndoLog.UNDO);
            sessions.put(driver, new Session(now));
        } else if (session.lost || now - session.proven >= VALID_FOR.toNanos()) {
            insertByRow(connection, branch, undo, UndoLog.UNDO);
            session.proven = now;
        } else {
            insertBySession(connection, session, branch, undo);
        }
    }

    private void insertBySession(Connection connection, Session session, BranchId branch, EncodedUndo undo)
            throws SQLException {
        boolean hadVariable = session.hasVariable;
        if ((hadVariable || variableIsSet(connection)) && inserted(connection, session, branch, undo)) {
            session.hasVariable = true;
            if (hadVariable && lostInARow.get() != 0) {
                lostInARow.set(0);
            }
        } else {
            insertByRow(connection, branch, undo, UndoLog.UNDO);
            session.lost = true;
            lostInARow.incrementAndGet();
        }
    }

    /** @return false if something in between does not let it be set, as a firewall for SQL may; that query leaves nothing behind */
    private boolean variableIsSet(Connection connection) throws SQLException {
        try (PreparedStatement set = connection.prepareStatement(setVariable)) {
            set.execute();
            return true;
        } catch (SQLException e) {
            if (mayHaveEnded(e)) {
                throw e;
            }
            return false;
        }
    }

    /** Whether the connection or the local transaction may be lost, and the session be another one now. */
    private static boolean mayHaveEnded(SQLException error) {
        String state = String.valueOf(error.getSQLState());
        return DriverSession.mayBeLost(error) || state.startsWith("25") || state.startsWith("40");
    }

    /** @return false if the session is not known to lead to the resource; nothing is inserted then */
    private boolean inserted(Connection connection, Session session, BranchId branch, EncodedUndo undo)
            throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(bySession, Statement.RETURN_GENERATED_KEYS)) {
            set(statement, branch, undo);
            statement.setString(5, random);
            statement.setString(6, place);
            statement.setLong(7, UndoLog.UNDO);
            statement.executeUpdate();
            follow(statement, session);
            return true;
        } catch (SQLException e) {
            if (e.getErrorCode() == NOT_NULL) {
                return false;
            }
            throw e;
        }
    }

    /** The first number comes right after the variable was read from the very table. */
    private static void follow(PreparedStatement statement, Session session) throws SQLException {
        long before = session.last;
        long number;
        try (ResultSet keys = statement.getGeneratedKeys()) {
            number = keys.next() ? keys.getLong(1) : 0;
        }
        if (number > before) {
            session.last = number;
        } else if (before == 0) {
            session.lost = true; // a table that is numbered otherwise than by the script, which tells nothing
        } else {
            session.hasVariable = false;
            session.last = 0;
            throw new UndoLogException("undo_log gave row " + number + " of this session after row " + before
                    + ": it is not the table that it was, or its AUTO_INCREMENT was set back. Let no other program change"
                    + " undo_log.");
        }
    }

    /** Inserts a row with a proof that needs to know nothing; errors likewise. */
    void insertByRow(Connection connection, BranchId branch, EncodedUndo undo, int status) throws SQLException {
        int inserted;
        try (PreparedStatement statement = connection.prepareStatement(byRow)) {
            set(statement, branch, undo);
            statement.setLong(5, status);
            statement.setString(6, random);
            statement.setString(7, place);
            inserted = statement.executeUpdate();
        } catch (SQLException e) {
            throw sql.grammar() != null && e.getErrorCode() == NOT_NULL ? notInserted(connection) : e;
        }
        if (inserted != 1 && (byKey == null || insertedByKey(connection, byKey, branch, undo, status) != 1)) {
            throw notInserted(connection);
        }
    }

    private int insertedByKey(Connection connection, String byKey, BranchId branch, EncodedUndo undo, int status)
            throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(byKey)) {
            statement.setString(1, UndoLog.keyXid(random));
            set(statement, 2, branch, undo);
            statement.setLong(6, status);
            statement.setString(7, place);
            return statement.executeUpdate();
        } catch (SQLException e) {
            throw DIVISION_BY_ZERO.equals(e.getSQLState())
                    ? UndoLogException.withoutKeyRow(random + "/" + place, e)
                    : e;
        }
    }

    private static void set(PreparedStatement statement, BranchId branch, EncodedUndo undo) throws SQLException {
        set(statement, 1, branch, undo);
    }

    private static void set(PreparedStatement statement, int first, BranchId branch, EncodedUndo undo)
            throws SQLException {
        statement.setLong(first, branch.number());
        statement.setString(first + 1, branch.xid().toString());
        statement.setString(first + 2, undo.context());
        statement.setBytes(first + 3, undo.info());
    }

    private SQLException notInserted(Connection connection) throws SQLException {
        if (sql.grammar() != null) {
            try (PreparedStatement select = connection.prepareStatement("SELECT " + sql.grammar());
                    ResultSet result = select.executeQuery()) {
                if (result.next() && !result.getBoolean(1)) {
                    return new CaptureRefusedException(
                            "the session's sql_mode ORACLE changes the grammar", "Take it out of sql_mode.");
                }
            }
        }
        String resource = random + "/" + place;
        String lost = lost(connection);
        return lost == null ? UndoLogException.otherResource(resource) : UndoLogException.otherResource(resource, lost);
    }

    /** For the message alone: an old snapshot may still show the row, and the table that it is of may be gone. */
    private @Nullable String lost(Connection connection) {
        try {
            return UndoLog.lost(connection, random);
        } catch (SQLException e) {
            return null;
        }
    }
}
