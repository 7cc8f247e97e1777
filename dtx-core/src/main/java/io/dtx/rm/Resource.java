package io.dtx.rm;

import io.dtx.context.CurrentTransaction;
import io.dtx.context.GlobalLockScope;
import io.dtx.error.SqlStates;
import io.dtx.model.Xid;
import io.dtx.sql.Dialect;
import io.dtx.sql.Edition;
import io.dtx.sql.SqlAnalyzer;
import io.dtx.undo.CaptureRefusedException;
import io.dtx.undo.Database;
import io.dtx.undo.ResourceCheck;
import io.dtx.undo.UndoLogCreation;
import io.dtx.undo.UndoLogException;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One managed data source: its connections, and its state towards the coordinator. Thread-safe.
 *
 * <p>It is opened (its undo_log looked at, its id read) on the first connection that is taken. Where that fails, everything
 * outside of global transactions works as if dtx were not there, and so do plain reads inside; writes inside are refused with
 * the remedy. It is tried again on later connections.
 */
public final class Resource {

    private static final Logger log = LoggerFactory.getLogger(Resource.class);
    /** Between two attempts to open it, unless a global transaction needs it. */
    private static final Duration BETWEEN_ATTEMPTS = Duration.ofSeconds(10);

    private static final Duration LONGEST_CHECK = Duration.ofSeconds(10);
    /** That one waits for another's attempt to open it. */
    private static final Duration LONGEST_OPENING = Duration.ofSeconds(5);

    private final String name;
    private final DataSource target;
    private final Shared shared;
    private final ResourceSettings settings;
    private final SqlAnalyzer analyser;
    private final Consumer<Opened> onOpened;
    private final ReentrantLock opening = new ReentrantLock();
    private final ReentrantLock sweeping = new ReentrantLock();
    private final AtomicBoolean checked = new AtomicBoolean();

    private volatile @Nullable OpenResource open;
    private volatile @Nullable Dialect dialect;
    private volatile @Nullable Edition edition;
    private volatile @Nullable Problem problem;
    /** What has become of undo_log since it was opened, and the remedy; null as far as is known for nothing. */
    private volatile @Nullable String lost;
    /** Whether it is open, and was found not to be usable for the coordinator's orders. */
    private volatile boolean unusable;
    /** Null as long as the application may still be at work on its database's tables. */
    private volatile @Nullable UndoLogCreation creation;
    /** Guarded by {@link #sweeping}. */
    private @Nullable Sweep sweep;
    /** Guarded by {@link #opening}. */
    private boolean told;

    /** What keeps it from opening, and when that was found. */
    private record Problem(SQLException error, long nanos) {

        String text() {
            return error instanceof CaptureRefusedException refusal
                    ? refusal.reason() + ". " + refusal.remedy()
                    : String.valueOf(error.getMessage());
        }
    }

    /**
     * Told when a resource is open, and again when it has become usable.
     *
     * @param usable whether the coordinator's orders may be carried out on it
     */
    record Opened(OpenResource resource, DataSource target, boolean usable) {}

    Resource(
            String name,
            DataSource target,
            Shared shared,
            ResourceSettings settings,
            SqlAnalyzer analyser,
            Consumer<Opened> onOpened) {
        this.name = name;
        this.target = target;
        this.shared = shared;
        this.settings = settings;
        this.analyser = analyser;
        this.onOpened = onOpened;
    }

    /** The name it was given, for people. */
    public String name() {
        return name;
    }

    /** A connection of the target, wrapped. */
    public Connection getConnection() throws SQLException {
        return wrapOrClose(target.getConnection());
    }

    Connection getConnection(String user, String password) throws SQLException {
        return wrapOrClose(target.getConnection(user, password));
    }

    private Connection wrapOrClose(Connection physical) throws SQLException {
        try {
            return wrap(physical);
        } catch (SQLException | RuntimeException e) {
            StatementRun.closeQuietly(physical, e);
            throw e;
        }
    }

    /**
     * Wraps a connection that the caller took from the target, and has not used yet. Closing the wrapper closes it. A
     * connection that is wrapped already, by whichever resource and below whatever others have put around it, is returned as it
     * is: its statements would be captured twice.
     */
    public Connection wrap(Connection physical) throws SQLException {
        if (isWrapped(physical)) {
            return physical;
        }
        if (open == null) {
            tryToOpen(physical);
        }
        return new ManagedConnection(this, physical, shared).proxy();
    }

    private static boolean isWrapped(Connection connection) {
        try {
            return connection.isWrapperFor(Managed.class);
        } catch (SQLException | AbstractMethodError e) {
            return false; // a driver or a pool that does not know JDBC's wrappers
        }
    }

    /** A data source over the target whose connections are wrapped. */
    public DataSource asDataSource() {
        return new ManagedDataSource(this, target);
    }

    /** For health. Does no I/O. */
    public State state() {
        OpenResource opened = open;
        Problem known = problem;
        return new State(
                name,
                opened == null ? null : opened.id(),
                opened == null ? "" : opened.label(),
                opened != null,
                opened != null ? lost : known == null ? null : known.text());
    }

    /**
     * Looks for what dtx will refuse on this resource, for the log at start; on a connection of its own, and for at most ten
     * seconds. Nothing is found before the resource is open.
     */
    public ResourceCheck check() throws SQLException {
        OpenResource opened = open;
        if (opened == null) {
            return new ResourceCheck(List.of(), 0, true);
        }
        try (Connection connection = target.getConnection()) {
            return ResourceCheck.of(connection, opened.database(), LONGEST_CHECK);
        }
    }

    /** Tells the log, once it is open, what will be refused: once. */
    void tellWhatWillBeRefused() {
        OpenResource opened = open;
        if (opened == null || !checked.compareAndSet(false, true)) {
            return;
        }
        try {
            String text = check().text(opened.label());
            if (!text.isEmpty()) {
                log.warn("{}", text);
            }
        } catch (SQLException | RuntimeException e) {
            log.debug("{} could not be looked through for what will be refused", name, e);
        }
    }

    /** Deletes left-over undo rows and guard rows now, as the background sweep does. */
    public void sweep() throws SQLException {
        sweep(settings.sweepAge());
    }

    /** @param age the least age of an undo row that is asked about */
    void sweep(Duration age) throws SQLException {
        sweeping.lock();
        try {
            OpenResource opened = open;
            if (opened == null) {
                return;
            }
            Sweep known = sweep;
            if (known == null) {
                known = new Sweep(opened, target, shared.coordinator(), settings, shared.listener());
                sweep = known;
            }
            known.run(age);
        } finally {
            sweeping.unlock();
        }
    }

    /** The application's own database initialisation has run: from now on what is missing stays missing, or is created. */
    void databaseReady(UndoLogCreation where) {
        creation = where;
        problem = null;
    }

    /**
     * Opens it in the background, if no connection has done that: so that an idle process can restore. One that is open is looked
     * at again where there is reason to.
     */
    void attach() {
        OpenResource opened = open;
        if (opened == null) {
            try (Connection connection = target.getConnection()) {
                tryToOpen(connection);
            } catch (SQLException | RuntimeException e) {
                failed(e, creation != null);
            }
            return;
        }
        if (unusable) {
            lookAgain();
        }
        if (opened.undoLog().isDoubtful()) {
            lookForUndoLog(opened);
        }
    }

    /**
     * Whether undo_log is still the one that was opened. One that is not is never opened anew in this process: what it has
     * committed under the old id may have to be restored, and its rows are locked under that id (RATIONALE).
     */
    private void lookForUndoLog(OpenResource opened) {
        try (Connection connection = target.getConnection()) {
            String before = lost;
            String now = opened.undoLog().lost(connection);
            rollBack(connection);
            lost = now;
            if (now != null && before == null) {
                log.warn("data source '{}' can not take part in global transactions any more: {}", name, now);
            } else if (now == null && before != null) {
                log.info("data source '{}' takes part in global transactions again: {}", name, opened.label());
            }
        } catch (SQLException | RuntimeException e) {
            log.debug("undo_log of {} could not be looked at again", name, e);
        }
    }

    /** Whether a standby was promoted meanwhile. */
    private void lookAgain() {
        try (Connection connection = target.getConnection()) {
            OpenResource opened = openedNow();
            if (opened != null && opened.notUsable(connection).isEmpty()) {
                unusable = false;
                onOpened.accept(new Opened(opened, target, true));
                log.info("data source '{}' takes writes now, and is used for restores: {}", name, opened.label());
            }
        } catch (SQLException | RuntimeException e) {
            log.debug("{} could not be looked at again", name, e);
        }
    }

    boolean checksLocalWrites() {
        return settings.localWrites() == LocalWrites.CHECK;
    }

    /**
     * Whether the schema is known to have no undo_log: then no branch was ever committed there, and no row of it has a global
     * lock. One that could not be looked at, or is not as it should be, says nothing of that.
     */
    boolean holdsNoUndoLog(Connection physical) throws SQLException {
        if (open == null && physical.getAutoCommit()) {
            tryToOpen(physical);
        }
        Problem known = problem;
        return open == null && known != null && known.error() instanceof UndoLogException e && e.isTableMissing();
    }

    /** Null as long as it is not open. */
    @Nullable OpenResource openedNow() {
        return open;
    }

    /** Whether the target is still in use. Takes a connection. */
    boolean givesConnections() {
        try (Connection connection = target.getConnection()) {
            return !connection.isClosed();
        } catch (SQLException | RuntimeException e) {
            return false;
        }
    }

    Shared shared() {
        return shared;
    }

    SqlAnalyzer analyser() {
        return analyser;
    }

    /**
     * The database's family.
     *
     * @throws SQLException refused, if it is not known
     */
    Dialect dialect(@Nullable Xid xid, Connection physical) throws SQLException {
        Dialect known = dialect;
        if (known == null) {
            try {
                known = Database.of(physical).dialect();
                dialect = known;
            } catch (CaptureRefusedException e) {
                throw SqlErrors.refused(xid, e);
            }
        }
        return known;
    }

    /** Which functions the server builds in; drivers know that without asking. */
    Edition edition(Dialect family, Connection physical) throws SQLException {
        Edition known = edition;
        if (known == null) {
            known = edition(family, physical.getMetaData());
            edition = known;
        }
        return known;
    }

    private static Edition edition(Dialect family, DatabaseMetaData server) throws SQLException {
        int version = server.getDatabaseMajorVersion();
        String name = server.getDatabaseProductName() + " " + server.getDatabaseProductVersion();
        return switch (family) {
            case MYSQL ->
                name.toLowerCase(Locale.ROOT).contains("mariadb")
                        ? Edition.MARIADB
                        : version >= 8 ? Edition.MYSQL_8 : Edition.COMMON;
            case POSTGRESQL -> version >= 18 ? Edition.POSTGRESQL_18 : Edition.COMMON;
            case H2 -> Edition.COMMON;
        };
    }

    /** @throws SQLException refused, with what keeps it from opening */
    OpenResource opened(@Nullable Xid xid, Connection physical) throws SQLException {
        OpenResource opened = open;
        if (opened == null && physical.getAutoCommit()) {
            tryToOpen(physical);
            opened = open;
        }
        if (opened == null) {
            Problem known = problem;
            SQLException refused = SqlErrors.refused(
                    xid,
                    "the data source '" + name + "' can not take part in global transactions",
                    known == null ? "use a new connection" : known.text());
            refused.initCause(known == null ? null : known.error());
            throw refused;
        }
        return opened;
    }

    /** @param connection without work of its own */
    private void tryToOpen(Connection connection) {
        boolean needed = CurrentTransaction.get() != null
                || GlobalLockScope.isOpen()
                || (checksLocalWrites() && problem == null);
        Problem known = problem;
        if (!needed && known != null && System.nanoTime() - known.nanos() < BETWEEN_ATTEMPTS.toNanos()) {
            return;
        }
        if (!opening.tryLock() && !(needed && awaitOpening())) {
            return;
        }
        try {
            if (open == null) {
                UndoLogCreation allowed = creation;
                OpenResource opened =
                        OpenResource.of(connection, settings, allowed == null ? UndoLogCreation.NEVER : allowed);
                String notUsable = opened.notUsable(connection);
                dialect = opened.database().dialect();
                unusable = !notUsable.isEmpty();
                onOpened.accept(new Opened(opened, target, !unusable));
                open = opened;
                problem = null;
                log.info("data source '{}' takes part in global transactions: {}", name, opened.label());
                if (unusable) {
                    log.warn(
                            "data source '{}' is not used for restores, since {}. If it leads to a replica, leave it out"
                                    + " with dtx.data-sources.exclude",
                            name,
                            notUsable);
                }
            }
        } catch (SQLException | RuntimeException e) {
            failed(e, needed || creation != null);
            rollBack(connection);
        } finally {
            opening.unlock();
        }
    }

    /** The database may be silent for whoever is looking at it: what needs the resource is then refused, and nothing else waits. */
    private boolean awaitOpening() {
        try {
            return opening.tryLock(LONGEST_OPENING.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /**
     * @param tell whether people must know: not before the database is ready, unless it is needed now; until then a migration
     *     tool may be about to create the table
     */
    private void failed(Exception e, boolean tell) {
        SQLException error = e instanceof SQLException sql ? sql : new SQLException(e.toString(), SqlStates.REFUSED, e);
        Problem before = problem;
        Problem now = new Problem(error, System.nanoTime());
        problem = now;
        boolean news = before == null || !before.text().equals(now.text());
        if (tell && (news || !told)) {
            told = true;
            log.warn("data source '{}' can not take part in global transactions: {}", name, now.text());
        }
    }

    private static void rollBack(Connection connection) {
        try {
            if (!connection.getAutoCommit()) {
                connection.rollback();
            }
        } catch (SQLException e) {
            log.debug("a rollback after a look at a resource", e);
        }
    }

    @Override
    public String toString() {
        return "Resource[" + name + "]";
    }

    /**
     * What is known of a resource now.
     *
     * @param name the name it was given
     * @param id the resource id that its database holds; null as long as it is not known
     * @param label its normalised URL without credentials; empty as long as no connection was made
     * @param attached whether it is open; the coordinator may then order restores from this process, unless its database or its
     *     connections are read-only
     * @param problem what keeps it from taking part in global transactions, and the remedy; null for nothing
     */
    public record State(
            String name,
            @Nullable String id,
            String label,
            boolean attached,
            @Nullable String problem) {}
}
