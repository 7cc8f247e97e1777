package io.dtx.rm;

import io.dtx.sql.Dialect;
import io.dtx.sql.SqlStatement;
import io.dtx.undo.Column;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.jspecify.annotations.Nullable;

/**
 * Keeps what {@code LAST_INSERT_ID()} tells the application, which each undo insert on the same connection changes: its table
 * numbers its rows. Before the first local commit nothing has changed it, and nothing is done. After that
 *
 * <ul>
 *   <li>MySQL's and MariaDB's {@code LAST_INSERT_ID(n)} puts a value back, when the application asks for it, or inserts. The value
 *       is known of an INSERT that was a local transaction of its own (autocommit), whose number is asked for within it;
 *       otherwise a number that no table generates is put there, by which it shows that no INSERT has generated one since;
 *   <li>PostgreSQL's {@code lastval()} can not be put back, and is refused.
 * </ul>
 *
 * Of one connection, as long as the application has it; used by one thread at a time.
 */
final class LastInsertId {

    private static final String NONE = "18446744073709551615";

    private final Connection physical;
    /** Whether an INSERT of the application's came since it has the connection: before, the number is somebody else's. */
    private boolean inserted;
    /** Whether the statement that runs asks for the number. */
    private boolean asks;
    /** Whether an undo insert came after what the application should see. */
    private boolean overwritten;
    /** Whether {@link #NONE} was put there, and perhaps still is. */
    private boolean marked;
    /** What the application should see; null if that is not known. */
    private @Nullable String kept;

    LastInsertId(Connection physical) {
        this.physical = physical;
    }

    void undoInserted() {
        overwritten = true;
    }

    /** Statements that are not looked at may have generated numbers: what was known is known no longer. */
    void forget() {
        inserted = false;
        overwritten = false;
        marked = false;
        kept = null;
    }

    /** A statement, or batch, of the application's comes. */
    void next() {
        asks = false;
    }

    /**
     * Before any statement of the application's runs that is not forwarded unseen, in a global transaction or for nobody; for a
     * batch of unprotected ones {@link #forget} is called instead.
     *
     * @param asksForIt whether the statement asks for the number
     */
    void before(Owner owner, Dialect dialect, boolean asksForIt, SqlStatement statement) throws SQLException {
        if (asksForIt) {
            asks = true;
            putBack(owner, dialect);
        }
        boolean mayGenerate = statement instanceof SqlStatement.Insert || statement instanceof SqlStatement.Unprotected;
        inserted |= mayGenerate;
        if (!overwritten && !marked && kept == null) {
            return;
        }
        if (mayGenerate && dialect == Dialect.MYSQL) {
            if (overwritten) {
                restore();
            }
            if (statement instanceof SqlStatement.Unprotected || !physical.getAutoCommit()) {
                kept = null; // nobody asks for the number that it generates
            }
        }
    }

    private void putBack(Owner owner, Dialect dialect) throws SQLException {
        if (!inserted) {
            throw SqlErrors.refused(
                    owner.xid(),
                    "the last generated number, asked for before an INSERT on this connection: it may be a row's of dtx,"
                            + " or of whoever had the connection before",
                    "ask for it on the connection of the INSERT, in one local transaction, or ask the driver for the"
                            + " generated keys");
        }
        if (overwritten && kept != null && dialect == Dialect.MYSQL) {
            restore();
        } else if (overwritten || (marked && get().equals(NONE))) {
            throw SqlErrors.refused(
                    owner.xid(),
                    "the last generated number, asked for after a local commit, with which dtx inserts a row of its own",
                    dialect == Dialect.POSTGRESQL
                            ? "use RETURNING, currval('the_sequence') or the driver's generated keys"
                            : "ask for it before the local commit, or ask the driver for the generated keys");
        } else {
            marked = false;
        }
    }

    /** After captured statements, within the local transaction of their own that they are (autocommit). */
    void after(OpenResource resource, Iterable<SqlStatement> statements) throws SQLException {
        for (SqlStatement statement : statements) {
            if (mayGenerate(resource, statement)) {
                String value = get();
                marked = marked && value.equals(NONE);
                kept = marked ? null : value;
                return;
            }
        }
    }

    /**
     * The statement runs again as a whole, after a local rollback that leaves numbers as they are.
     *
     * @param keptBefore what was kept before it ran for the first time
     * @return whether it may: not if it asks for the number, which is another one now
     */
    boolean again(Dialect dialect, @Nullable String keptBefore) throws SQLException {
        if (asks) {
            return false;
        }
        if (dialect == Dialect.MYSQL && inserted) {
            kept = keptBefore;
            restore();
        }
        return true;
    }

    @Nullable String kept() {
        return kept;
    }

    private boolean mayGenerate(OpenResource resource, SqlStatement statement) throws SQLException {
        return statement instanceof SqlStatement.Insert insert
                && resource.database().dialect() == Dialect.MYSQL
                && resource.tables().table(physical, insert.table()).columns().stream()
                        .anyMatch(Column::autoIncrement);
    }

    private String get() throws SQLException {
        try (Statement select = physical.createStatement();
                ResultSet result = select.executeQuery("SELECT LAST_INSERT_ID()")) {
            result.next();
            return result.getString(1);
        }
    }

    /** Puts back what is kept, or the mark that it is not known. */
    private void restore() throws SQLException {
        String value = kept;
        marked = value == null;
        set(value == null ? NONE : value);
        overwritten = false;
    }

    private void set(String value) throws SQLException {
        try (PreparedStatement select = physical.prepareStatement("SELECT LAST_INSERT_ID(CAST(? AS UNSIGNED))")) {
            select.setString(1, value);
            select.executeQuery().close();
        }
    }
}
