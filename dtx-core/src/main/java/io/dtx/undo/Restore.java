package io.dtx.undo;

import io.dtx.model.BranchId;
import io.dtx.undo.Restoration.Result;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts back what a branch changed, in one local transaction.
 *
 * <p>Everything hangs on the branch's row of undo_log, which is locked first and stays locked until the end: two instances
 * that restore one branch at once come one after the other, and the second finds the row gone (T7); so do a restore and a
 * skip (T14). If there is no row, the guard row goes in: its unique key makes a phase one that comes later fail, and one
 * that is just inserting wait, or us (I5). Since all of it is one local transaction, dying anywhere leaves all or nothing;
 * running it again after a COMMIT whose outcome is unknown finds no undo row, and ends with the guard row. Stateless and
 * thread-safe.
 */
public final class Restore {

    private static final Logger log = LoggerFactory.getLogger(Restore.class);

    /** Each further round needs another transaction that inserted and removed the branch's row in between. */
    private static final int ROUNDS = 5;

    private final Database database;
    private final TableCatalogue tables;
    private final UndoLog undoLog;
    private final UndoCodec codec;
    private final DriverSession driver;
    private final Set<String> valuesShown;

    /**
     * @param driver of the resource's connections
     * @param valuesShown the names of tables, in any case, whose values may be among the differences of a stalled
     *     branch
     */
    public Restore(
            Database database,
            TableCatalogue tables,
            UndoLog undoLog,
            UndoCodec codec,
            DriverSession driver,
            Set<String> valuesShown) {
        this.database = database;
        this.tables = tables;
        this.undoLog = undoLog;
        this.codec = codec;
        this.driver = driver;
        this.valuesShown = valuesShown.stream()
                .map(table -> table.toLowerCase(Locale.ROOT))
                .collect(Collectors.toUnmodifiableSet());
    }

    /** {@link Run#restore} of one branch alone. */
    public Restoration restore(Connection connection, BranchId branch) throws SQLException {
        try (Run run = begin(connection)) {
            return run.restore(branch);
        }
    }

    /** {@link Run#skip} of one branch alone. */
    public Restoration skip(Connection connection, BranchId branch) throws SQLException {
        try (Run run = begin(connection)) {
            return run.skip(branch);
        }
    }

    /**
     * Makes a connection ready for restores.
     *
     * @param connection not intercepted, without work of its own; left as it was found, except that an open local
     *     transaction is rolled back first
     */
    public Run begin(Connection connection) throws SQLException {
        return new Run(connection, RestoreSession.begin(connection, database.rules(), driver));
    }

    /**
     * Restores branches on one connection, each in a local transaction of its own. After an SQLException it can only be closed.
     * Not thread-safe.
     */
    public final class Run implements AutoCloseable {

        private final Connection connection;
        private final RestoreSession session;
        /** Whether the session was made ready for an earlier branch: it may have been lost and replaced by the driver since. */
        private boolean prepared;

        private Run(Connection connection, RestoreSession session) {
            this.connection = connection;
            this.session = session;
        }

        /**
         * Restores a branch. Tables are described as they were within the last second; where that does not lead to the before
         * images, they may have been altered since, or the session replaced: both are looked at anew before anything is
         * concluded from it.
         *
         * <p>May be run again at any time, by any instance, whatever became of an earlier run.
         *
         * @throws SQLException if it could not be done, or the outcome of the COMMIT is unknown: nothing, or all, is
         *     restored; run it again
         */
        public Restoration restore(BranchId branch) throws SQLException {
            Attempt first = new Attempt(connection, false);
            Restoration restoration = inLocalTransaction(session, branch, () -> restoreOnce(branch, first));
            boolean certain = !first.usedKept && !prepared;
            prepared = true;
            if (restoration.result() != Result.STALLED || certain) {
                return restoration;
            }
            session.prepareAgain();
            Attempt anew = new Attempt(connection, true);
            return inLocalTransaction(session, branch, () -> restoreOnce(branch, anew));
        }

        /** On an operator's order: puts the guard row in the undo row's place, and changes nothing else (I7). */
        public Restoration skip(BranchId branch) throws SQLException {
            return inLocalTransaction(session, branch, () -> skipOnce(connection, branch));
        }

        /** Puts the connection back as it was found; what was committed stays, so an error here is none of a restore. */
        @Override
        public void close() throws SQLException {
            session.close();
        }
    }

    /** One attempt's look at the tables. */
    private final class Attempt {

        private final Connection connection;
        private final boolean anew;
        /** Whether a description was used that is older than this attempt. */
        private boolean usedKept;

        Attempt(Connection connection, boolean anew) {
            this.connection = connection;
            this.anew = anew;
        }

        Table describe(String name, boolean sideEffectsAccepted) throws SQLException {
            Table kept = anew ? null : tables.latest(name, sideEffectsAccepted);
            if (kept != null) {
                usedKept = true;
                return kept;
            }
            return tables.readLatest(connection, name, sideEffectsAccepted);
        }
    }

    private Restoration restoreOnce(BranchId branch, Attempt attempt) throws SQLException {
        Connection connection = attempt.connection;
        Optional<UndoLog.Locked> locked = undoLog.lock(connection, branch);
        if (locked.isEmpty()) {
            guard(connection, branch);
            return Restoration.ended(Result.NO_EFFECT);
        }
        if (locked.get().status() == UndoLog.GUARD) {
            return Restoration.ended(Result.NO_EFFECT);
        }
        List<UndoEntry> entries;
        try {
            entries = codec.decode(branch, locked.get().undo());
        } catch (UndoLogException e) {
            log.warn("branch {} can not be restored: {}", branch, e.toString());
            return Restoration.stalled(String.valueOf(e.getMessage()));
        }
        Restoration restoration = RestorePlan.carryOut(
                connection,
                database,
                attempt::describe,
                entries,
                table -> valuesShown.contains(table.toLowerCase(Locale.ROOT)));
        if (restoration.result() == Result.RESTORED) {
            undoLog.delete(connection, branch);
        }
        return restoration;
    }

    private Restoration skipOnce(Connection connection, BranchId branch) throws SQLException {
        Optional<UndoLog.Locked> locked = undoLog.lock(connection, branch);
        if (locked.isEmpty()) {
            guard(connection, branch);
        } else if (locked.get().status() != UndoLog.GUARD) {
            undoLog.delete(connection, branch);
            undoLog.insertGuard(connection, branch);
        }
        return Restoration.ended(Result.SKIPPED);
    }

    private void guard(Connection connection, BranchId branch) throws SQLException {
        try {
            undoLog.insertGuard(connection, branch);
        } catch (SQLException e) {
            if (UndoLog.violatesConstraint(e)) {
                throw new RowAppeared(e);
            }
            throw e;
        }
    }

    /** Between our look and our guard row, the branch's undo row, or another instance's guard row, was committed. */
    private static final class RowAppeared extends SQLException {
        private static final long serialVersionUID = 1L;

        RowAppeared(SQLException cause) {
            super("the branch's row of undo_log appeared just now; run again", "40001", cause);
        }
    }

    private interface Work {
        Restoration run() throws SQLException;
    }

    private static Restoration inLocalTransaction(RestoreSession session, BranchId branch, Work work)
            throws SQLException {
        for (int round = 1; ; round++) {
            try {
                session.work();
                Restoration restoration = work.run();
                if (restoration.result() == Result.STALLED) {
                    session.rollBack();
                } else {
                    session.commit();
                }
                return restoration;
            } catch (RowAppeared e) {
                if (round == ROUNDS) {
                    throw e;
                }
                log.debug("branch {}: its row of undo_log appeared while the guard row was inserted", branch);
                session.rollBack();
            } catch (SQLException e) {
                if (!session.isolatesOtherwise(e)) {
                    throw e;
                }
            }
        }
    }
}
