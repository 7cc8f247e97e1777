package io.dtx.undo;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.dtx.model.BranchId;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The insert into undo_log, which proves that it lands in its resource's database and schema, or inserts nothing (T16). There are
 * three proofs, and each stands by itself; each class argues for its own:
 *
 * <ul>
 *   <li>by the row ({@link ProofByRow}): needs no knowledge of the connection;
 *   <li>by the session ({@link ProofBySession}, MariaDB): cheaper;
 *   <li>by the key ({@link ProofByKey}, PostgreSQL where the local transaction is SERIALIZABLE): reads nothing.
 * </ul>
 *
 * <p>The texts by the row and by the key ask the session which of them counts; the query of the other is not run.
 *
 * <p>Which sessions have the variable that the proof by the session compares is known by the driver's object for the connection,
 * below the pool's wrapper. That is a guess, which only decides what is tried: an object that is seen for the first time has its
 * insert proven by the row, and so have wrappers that are new each time; the second insert sets the variable. Where the variable
 * is gone although it was set, the insert is repeated by the row, in the same local transaction, which either proves the resource
 * or raises; a statement that fails leaves nothing behind. From then on that connection stays with the row; and where that comes
 * to several connections and to none that keeps its variable (a pool that resets sessions), the whole data source does.
 *
 * <p>Thread-safe; a connection is used by one thread at a time.
 */
final class UndoInsert {

    private static final Duration VALID_FOR = Duration.ofMinutes(1);
    private static final int MOST_LOST_IN_A_ROW = 3;

    private final UndoLogSql sql;
    private final String random;
    private final String place;
    private final LongSupplier nanos;
    private final ProofByRow byRow;
    /** Null where there is no proof by the key. */
    private final @Nullable ProofByKey byKey;
    /** Null where there is no proof by the session, as are the sessions. */
    private final @Nullable ProofBySession bySession;
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
     * @param byValues see {@link ProofByRow}
     * @param keyed whether the row is there whose key has the resource's id in it
     */
    UndoInsert(UndoLogSql sql, String random, String place, boolean byValues, boolean keyed, LongSupplier nanos) {
        this.sql = sql;
        this.random = random;
        this.place = place;
        this.nanos = nanos;
        String readsConflict = keyed ? sql.readsConflict() : null;
        this.byRow = new ProofByRow(sql, random, place, byValues, readsConflict);
        this.byKey = readsConflict == null ? null : new ProofByKey(sql, random, place, readsConflict);
        String mark = byValues ? sql.sessionMark() : null;
        this.bySession = mark == null ? null : new ProofBySession(sql, random, place, mark);
        this.sessions = mark == null
                ? null
                : Caffeine.newBuilder().weakKeys().executor(Runnable::run).build();
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
        if (sessions == null || bySession == null || driver == null) {
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
            insertBySession(connection, bySession, session, branch, undo);
        }
    }

    private void insertBySession(
            Connection connection, ProofBySession proof, Session session, BranchId branch, EncodedUndo undo)
            throws SQLException {
        boolean hadVariable = session.hasVariable;
        OptionalLong inserted = hadVariable || proof.setVariable(connection)
                ? proof.insert(connection, branch, undo)
                : OptionalLong.empty();
        if (inserted.isPresent()) {
            follow(session, inserted.getAsLong());
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

    /** The first number comes right after the variable was read from the very table. */
    private static void follow(Session session, long number) throws UndoLogException {
        long before = session.last;
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
        try {
            inserted = byRow.insert(connection, branch, undo, status);
        } catch (SQLException e) {
            throw sql.grammar() != null && e.getErrorCode() == UndoRow.NOT_NULL ? notInserted(connection) : e;
        }
        if (inserted != 1 && (byKey == null || byKey.insert(connection, branch, undo, status) != 1)) {
            throw notInserted(connection);
        }
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
