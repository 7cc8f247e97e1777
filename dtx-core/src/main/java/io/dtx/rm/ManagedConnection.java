package io.dtx.rm;

import io.dtx.context.CurrentTransaction;
import io.dtx.context.GlobalLockScope;
import io.dtx.context.Participation;
import io.dtx.rm.Interception.Call;
import io.dtx.sql.Dialect;
import io.dtx.sql.Edition;
import io.dtx.sql.SessionRules;
import io.dtx.sql.SqlAnalyzer;
import io.dtx.sql.SqlStatement;
import java.sql.CallableStatement;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import org.jspecify.annotations.Nullable;

/** What is behind a wrapped connection. Used by one thread at a time, as every connection is. */
final class ManagedConnection implements Interception.Hearing {

    private final Resource resource;
    private final Connection physical;
    private final LocalTransaction transaction;
    private final AutocommitStatement autocommit;
    private final Connection proxy;
    /** Whether the session's mode is known to leave the grammar alone. */
    private boolean grammarKnown;
    /** As the application has set it; null while it has not. */
    private @Nullable Integer isolation;

    ManagedConnection(Resource resource, Connection physical, Shared shared) {
        this.resource = resource;
        this.physical = physical;
        this.transaction = new LocalTransaction(physical, shared);
        this.autocommit = new AutocommitStatement(physical, transaction, shared.retry());
        this.proxy = InterceptedMethods.proxy(this, physical);
    }

    @Override
    public void raised(SQLException error) {
        transaction.raised(error);
    }

    Connection proxy() {
        return proxy;
    }

    Connection physical() {
        return physical;
    }

    Resource resource() {
        return resource;
    }

    LocalTransaction transaction() {
        return transaction;
    }

    Object statement(Call call) throws Throwable {
        return wrap(Statement.class, call, null, KeyRequest.NONE);
    }

    /** A text that is refused is refused here, where the database might already stumble over it, and again when executed. */
    Object preparedStatement(Call call) throws Throwable {
        Participation current = CurrentTransaction.get();
        if (current != null) {
            analyse(new Owner(current), call.argument(0, String.class));
        }
        KeyRequest keys = call.arguments().length == 2 ? KeyRequest.of(call.arguments()[1]) : KeyRequest.NONE;
        return wrap(PreparedStatement.class, call, call.argument(0, String.class), keys);
    }

    Object callableStatement(Call call) throws Throwable {
        Participation current = CurrentTransaction.get();
        if (current != null) {
            throw procedure(new Owner(current));
        }
        return wrap(CallableStatement.class, call, call.argument(0, String.class), KeyRequest.NONE);
    }

    static SQLException procedure(Owner owner) {
        return SqlErrors.refused(
                owner.xid(), "a stored procedure", "write its statements in the application, or call it outside");
    }

    /**
     * What a text does.
     *
     * @throws SQLException refused, if it can not be captured
     */
    SqlStatement analyse(Owner owner, String sql) throws SQLException {
        Dialect dialect = resource.dialect(owner.xid(), physical);
        SqlStatement statement = resource.analyser().analyze(sql, rulesFor(owner, dialect, sql));
        if (statement instanceof SqlStatement.Refused refused) {
            throw SqlErrors.refused(owner.xid(), refused.reason(), refused.remedy());
        }
        return statement;
    }

    private boolean isPlainRead(Owner owner, String sql) throws SQLException {
        Dialect dialect = resource.dialect(owner.xid(), physical);
        return resource.analyser().analyze(sql, rulesFor(owner, dialect, sql)) instanceof SqlStatement.Read;
    }

    /** Whether a text that was analysed asks for the number that the session generated last. */
    boolean asksForLastNumber(Owner owner, String sql) throws SQLException {
        if (!SqlAnalyzer.mayAskForLastNumber(sql)) {
            return false; // without asking the session for its rules
        }
        Dialect dialect = resource.dialect(owner.xid(), physical);
        return resource.analyser().asksForLastNumber(sql, rulesFor(owner, dialect, sql));
    }

    private <S extends Statement> S wrap(Class<S> type, Call call, @Nullable String sql, KeyRequest keys)
            throws Throwable {
        S target = type.cast(call.forward());
        if (target == null) {
            throw new SQLException("the driver gave no statement");
        }
        ManagedStatement statement = new ManagedStatement(this, target, sql, keys);
        S wrapped = InterceptedMethods.proxy(type, statement, target);
        statement.proxiedBy(wrapped);
        return wrapped;
    }

    /**
     * Whom a statement that runs now works for: null for nobody who cares, so that it is only forwarded.
     *
     * @throws SQLException refused, if the open local transaction belongs to another
     */
    @Nullable Owner admitted() throws SQLException {
        Participation current = CurrentTransaction.get();
        transaction.admit(current);
        if (current != null) {
            return new Owner(current);
        }
        return respectsLocks() ? Owner.NOBODY : null;
    }

    /** Whether the values and texts that a statement is given now may have to be known when it runs. */
    boolean records() {
        return CurrentTransaction.get() != null || respectsLocks();
    }

    private boolean respectsLocks() {
        return transaction.isBound() || GlobalLockScope.isOpen() || resource.checksLocalWrites();
    }

    /**
     * Whether a statement of nobody passes unseen: none that writes rows, and asked for by no one but
     * {@link LocalWrites#CHECK}, which is not to get in the way of what creates tables, undo_log among them.
     */
    boolean passesUnseen(Owner owner, String sql) throws SQLException {
        if (!owner.isAskedForByTheSettingAlone() || transaction.isBound()) {
            return false;
        }
        return UncheckedStatements.contains(sql) || resource.holdsNoUndoLog(physical);
    }

    /** Likewise behind work of nobody that is open in the local transaction: a migration changes rows, and then tables. */
    boolean changesSchemaBehindWork(Owner owner, String sql) throws SQLException {
        return owner.isAskedForByTheSettingAlone()
                && transaction.isBound()
                && UncheckedStatements.changesSchema(resource.dialect(null, physical), sql);
    }

    /**
     * PostgreSQL changes tables within the local transaction. The others commit it at that moment, so it is committed here before,
     * which asks for its locks.
     */
    void beforeSchemaChange() throws SQLException {
        if (resource.dialect(null, physical) != Dialect.POSTGRESQL) {
            transaction.commit();
        }
    }

    @Nullable Object metaData(Call call) throws Throwable {
        return call.forward() instanceof DatabaseMetaData metaData ? InterceptedMethods.proxy(this, metaData) : null;
    }

    @Nullable Object isValid(Call call) throws Throwable {
        Object valid = call.forward();
        if (Boolean.FALSE.equals(valid)) {
            transaction.foundInvalid();
        }
        return valid;
    }

    @Nullable Object savepoint(Call call) throws Throwable {
        Object savepoint = call.forward();
        if (savepoint instanceof Savepoint made) {
            transaction.savepoint(made);
        }
        return savepoint;
    }

    /** By the application. */
    void commit() throws SQLException {
        Owner owner = transaction.owner();
        try {
            transaction.commit();
        } catch (SQLException | RuntimeException | Error e) {
            transaction.tellLostWork(owner);
            throw e;
        }
    }

    /** By the application. */
    void rollback() throws SQLException {
        Owner owner = transaction.owner();
        try {
            transaction.rollback();
        } finally {
            transaction.tellLostWork(owner);
        }
    }

    /** In the middle of a local transaction it commits it (JDBC's rule), which must not go past the commit path. */
    void setAutoCommit(boolean on) throws SQLException {
        if (on && (transaction.isBound() || transaction.isAborted())) {
            commitImplicitly();
        }
        boolean changes = physical.getAutoCommit() != on;
        physical.setAutoCommit(on);
        if (changes) {
            transaction.begun();
        }
    }

    /** Who gives a connection back swallows what this raises (Spring, MyBatis), so nobody may be told of it. */
    private void commitImplicitly() throws SQLException {
        Owner owner = transaction.owner();
        try {
            transaction.commit();
        } catch (SQLException | RuntimeException | Error e) {
            if (owner != null) {
                owner.veto("an implicit commit failed: " + e.getMessage());
            }
            throw e;
        }
    }

    void close() throws SQLException {
        transaction.close();
        physical.close();
    }

    @Nullable Object abort(Call call) throws Throwable {
        transaction.abort();
        return call.forward();
    }

    /**
     * What decides where names lead, or how the local transaction runs, stays while it belongs to a global transaction; some
     * drivers would also commit here.
     */
    @Nullable Object changeState(Call call) throws Throwable {
        if (transaction.isBound()) {
            Owner owner = transaction.owner();
            throw SqlErrors.refused(
                    owner == null ? null : owner.xid(),
                    call.method().getName() + " in the middle of a local transaction",
                    "set it before the first statement, or on another DataSource");
        }
        return call.forward();
    }

    @Nullable Object setIsolation(Call call) throws Throwable {
        Object result = changeState(call);
        isolation = call.argument(0, Integer.class);
        return result;
    }

    private void refuseDirtyReads(Owner owner, OpenResource opened) throws SQLException {
        int level = isolation == null ? opened.isolation() : isolation;
        if (opened.showsUncommitted(level) && !owner.isNobody()) {
            throw SqlErrors.refused(
                    owner.xid(),
                    "a write at the isolation level READ UNCOMMITTED, whose queries see rows that were never committed",
                    "use READ COMMITTED or higher");
        }
    }

    /** Some work of a statement. May be run more than once, if its local transaction was rolled back. */
    interface Work<T> {
        T run() throws SQLException;
    }

    /** Runs work that is to be captured, in the local transaction that is open, or, in autocommit mode, in one of its own. */
    <T> T capture(Owner owner, OpenResource opened, Work<T> work) throws SQLException {
        refuseDirtyReads(owner, opened);
        if (physical.getAutoCommit()) {
            return autocommit.run(owner, opened, work);
        }
        transaction.bind(owner, opened, sql -> isPlainRead(owner, sql));
        try {
            return work.run();
        } catch (SQLException | RuntimeException | Error e) {
            transaction.failed(e);
            throw e;
        }
    }

    /**
     * How the session reads a text. Asked of the session only for a text in which the rules could make a difference: one with
     * a backslash, or in MySQL with a double quote. MySQL's mode that changes the grammar is asked for where the undo row is
     * inserted, which costs no round trip; for nobody, who inserts none, once for each use of a connection.
     */
    private SessionRules rulesFor(Owner owner, Dialect dialect, String sql) throws SQLException {
        boolean matters = switch (dialect) {
            case H2 -> false;
            case POSTGRESQL -> sql.indexOf('\\') >= 0;
            case MYSQL -> (owner.isNobody() && !grammarKnown) || sql.indexOf('\\') >= 0 || sql.indexOf('"') >= 0;
        };
        Edition edition = resource.edition(dialect, physical);
        if (!matters) {
            return SessionRules.standard(dialect).on(edition);
        }
        try {
            SessionRules rules = dialect == Dialect.MYSQL
                    ? SessionRules.mysql(setting("SELECT @@SESSION.sql_mode"))
                    : SessionRules.postgresql("on".equals(setting("SHOW standard_conforming_strings")));
            grammarKnown = true;
            return rules.on(edition);
        } catch (IllegalArgumentException e) {
            throw SqlErrors.refused(
                    CurrentTransaction.xid(), String.valueOf(e.getMessage()), "change the session's mode");
        }
    }

    private String setting(String sql) throws SQLException {
        try (Statement statement = physical.createStatement();
                ResultSet result = statement.executeQuery(sql)) {
            result.next();
            return String.valueOf(result.getString(1));
        }
    }
}
