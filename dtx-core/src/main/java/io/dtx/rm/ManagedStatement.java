package io.dtx.rm;

import io.dtx.rm.Interception.Call;
import io.dtx.rm.SqlErrors.RefusedException;
import io.dtx.sql.Dialect;
import io.dtx.sql.SqlStatement;
import java.sql.CallableStatement;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * What is behind a wrapped statement. Outside of a global transaction it forwards. Inside, it asks what the text does, and
 * forwards reads, refuses, or has it captured; what was captured then answers for the results. Used by one thread at a time,
 * but for {@link #cancel}.
 */
final class ManagedStatement implements Interception.Hearing {

    /** Setters that write to the database itself in PostgreSQL (large objects), past every capture. */
    private static final List<String> LARGE_OBJECT_SETTERS = List.of("setBlob", "setClob", "setNClob");

    private final ManagedConnection connection;
    private final Statement target;
    private final @Nullable String prepared;
    private final KeyRequest preparedKeys;
    private final Parameters parameters = new Parameters();
    private final List<Element> batch = new ArrayList<>();
    private final AtomicReference<@Nullable Statement> running = new AtomicReference<>();
    private boolean batchForwarded;
    private @Nullable Ran ran;
    private @Nullable Statement proxy;

    /** How an execute method was called: what it must give. */
    enum Mode {
        ANY,
        QUERY,
        UPDATE,
        LARGE_UPDATE
    }

    /** One text with its parameters. */
    private record Element(String sql, Parameters parameters, KeyRequest keys) {}

    ManagedStatement(
            ManagedConnection connection, Statement target, @Nullable String prepared, KeyRequest preparedKeys) {
        this.connection = connection;
        this.target = target;
        this.prepared = prepared;
        this.preparedKeys = preparedKeys;
    }

    void proxiedBy(Statement wrapped) {
        this.proxy = wrapped;
    }

    @Nullable Statement proxy() {
        return proxy;
    }

    @Override
    public void raised(SQLException error) {
        connection.transaction().raised(error);
    }

    ManagedConnection connection() {
        return connection;
    }

    @Nullable Object execute(Call call, Mode mode) throws Throwable {
        forgetResults();
        Owner owner = connection.admitted();
        if (owner == null) {
            usedOutside(textOf(call));
            return wrapped(call.forward());
        }
        Element element = element(call);
        boolean schemaChange = connection.changesSchemaBehindWork(owner, element.sql());
        if (schemaChange) {
            connection.beforeSchemaChange();
        }
        if (schemaChange || connection.passesUnseen(owner, element.sql())) {
            usedOutside(element.sql());
            return forward(call, element.parameters());
        }
        SqlStatement statement = analysed(owner, element);
        connection.transaction().lastInsertId().next();
        beforeRunning(owner, element.sql(), statement);
        if (statement instanceof SqlStatement.Unprotected unprotected) {
            connection.resource().shared().unprotected().runs(unprotected);
            connection.transaction().runsUnprotected();
            return forward(call, element.parameters());
        }
        if (statement instanceof SqlStatement.Read) {
            return forward(call, element.parameters());
        }
        check(owner, mode, statement);
        BatchElement only = new BatchElement(element.sql(), element.parameters(), element.keys(), statement);
        Ran result;
        try {
            result = captured(
                    owner,
                    ownTransaction -> remember(execution(owner, only, ownTransaction, execution -> {
                        Ran captured = StatementCapture.run(execution, statement);
                        if (ownTransaction) {
                            connection.transaction().lastInsertId().after(execution.resource(), List.of(statement));
                        }
                        return captured;
                    })));
        } catch (RefusedException e) {
            if (!StatementCapture.hasNothingToWaitFor(owner, statement, e.getCause())) {
                throw e;
            }
            connection.transaction().runsUnprotected();
            return forward(call, element.parameters());
        }
        return switch (mode) {
            case ANY -> result.rows() != null;
            case QUERY -> wrapped(result.rows());
            case UPDATE -> result.count();
            case LARGE_UPDATE -> (long) result.count();
        };
    }

    private void beforeRunning(Owner owner, String sql, SqlStatement statement) throws SQLException {
        Dialect dialect = connection.resource().dialect(owner.xid(), connection.physical());
        connection
                .transaction()
                .lastInsertId()
                .before(owner, dialect, connection.asksForLastNumber(owner, sql), statement);
    }

    private void usedOutside(@Nullable String sql) {
        if (sql == null || target instanceof CallableStatement) {
            connection.transaction().usedOutside();
        } else {
            connection.transaction().usedOutside(sql);
        }
    }

    private @Nullable String textOf(Call call) {
        Object[] arguments = call.arguments();
        return arguments.length > 0 && arguments[0] instanceof String sql ? sql : prepared;
    }

    private Element element(Call call) {
        Object[] arguments = call.arguments();
        if (arguments.length > 0 && arguments[0] instanceof String sql) {
            return new Element(
                    sql, new Parameters(), arguments.length > 1 ? KeyRequest.of(arguments[1]) : KeyRequest.NONE);
        }
        return new Element(preparedText(), parameters, preparedKeys);
    }

    private String preparedText() {
        if (prepared == null) {
            throw new IllegalStateException("a statement without a text");
        }
        return prepared;
    }

    private SqlStatement analysed(Owner owner, Element element) throws SQLException {
        SqlStatement statement = connection.analyse(owner, element.sql());
        checkParameters(owner, element, statement);
        return statement;
    }

    private void checkParameters(Owner owner, Element element, SqlStatement statement) throws SQLException {
        if (target instanceof CallableStatement) {
            throw ManagedConnection.procedure(owner);
        }
        int count = statement.parameters();
        if (!element.parameters().complete(count)) {
            throw SqlErrors.refused(
                    owner.xid(),
                    "not all of the statement's " + count + " parameters were set inside the global transaction",
                    "set all parameters there, on a PreparedStatement");
        }
        if (element.parameters().setBy(LARGE_OBJECT_SETTERS)
                && connection.resource().dialect(owner.xid(), connection.physical()) == Dialect.POSTGRESQL) {
            throw SqlErrors.refused(
                    owner.xid(), "a large object as parameter", "use setBytes, setString or setBinaryStream");
        }
    }

    private static void check(Owner owner, Mode mode, SqlStatement statement) throws SQLException {
        boolean query = statement.returnsRows();
        boolean fits = mode == Mode.ANY || (mode == Mode.QUERY) == query;
        if (!fits) {
            throw SqlErrors.refused(
                    owner.xid(),
                    query ? "a query sent as an update" : "an update sent as a query",
                    query ? "use executeQuery" : "use executeUpdate");
        }
    }

    private @Nullable Object forward(Call call, Parameters given) throws Throwable {
        try {
            if (given.setBy(LARGE_OBJECT_SETTERS) && target instanceof PreparedStatement statement) {
                given.bindAll(statement);
            }
            return wrapped(call.forward());
        } catch (SQLException e) {
            connection.transaction().failed(e);
            throw e;
        }
    }

    private interface Capture {
        Ran run(boolean ownTransaction) throws SQLException;
    }

    private Ran captured(Owner owner, Capture capture) throws SQLException {
        OpenResource opened = connection.resource().opened(owner.xid(), connection.physical());
        boolean ownTransaction = connection.physical().getAutoCommit();
        try {
            return connection.capture(owner, opened, () -> capture.run(ownTransaction));
        } finally {
            running.set(null);
        }
    }

    private <T> T execution(Owner owner, BatchElement element, boolean ownTransaction, BatchRun.Work<T> work)
            throws SQLException {
        OpenResource opened = connection.resource().opened(owner.xid(), connection.physical());
        Shared shared = connection.resource().shared();
        try (DatabaseWaits.Watch watch = shared.databaseWaits().watch(owner.xid(), opened.id(), element.statement())) {
            return work.run(new StatementRun(
                    shared.coordinator(),
                    owner,
                    connection.transaction(),
                    connection.physical(),
                    opened,
                    target,
                    element.sql(),
                    element.parameters(),
                    element.keys(),
                    ownTransaction,
                    () -> asWritten(element),
                    watch,
                    running::set));
        } catch (SQLException e) {
            if (opened.errors().isOfAnAlteredTable(e)) {
                opened.tables().refresh(e); // what is known of it is likely to be outdated, too
                throw SqlErrors.conflict("a table was altered just now: run the local transaction again", e);
            }
            throw e;
        }
    }

    private int asWritten(BatchElement element) throws SQLException {
        running.set(target);
        if (target instanceof PreparedStatement statement && element.sql().equals(prepared)) {
            element.parameters().bindAll(statement);
            return statement.executeUpdate();
        }
        if (element.keys().indexes() != null) {
            return target.executeUpdate(
                    element.sql(),
                    element.keys().indexes().stream()
                            .mapToInt(Integer::intValue)
                            .toArray());
        }
        if (element.keys().names() != null) {
            return target.executeUpdate(element.sql(), element.keys().names().toArray(String[]::new));
        }
        return target.executeUpdate(
                element.sql(), element.keys().wanted() ? Statement.RETURN_GENERATED_KEYS : Statement.NO_GENERATED_KEYS);
    }

    @Nullable Object setParameter(Call call) throws Throwable {
        if (!Parameters.isSetter(call.method())) {
            return call.forward(); // of a CallableStatement, by name
        }
        int index = call.argument(0, Integer.class);
        if (!connection.records()) {
            if (!parameters.isEmpty()) {
                parameters.forget(index);
            }
            return call.forward();
        }
        Object[] arguments = call.arguments();
        PreparedStatement statement = (PreparedStatement) target;
        parameters.record(
                statement, call.method(), index, Arrays.asList(arguments).subList(1, arguments.length));
        if (!LARGE_OBJECT_SETTERS.contains(call.method().getName())) { // else set when it is known what runs
            parameters.set(statement, index);
        }
        return null;
    }

    @Nullable Object clearParameters(Call call) throws Throwable {
        parameters.clear();
        return call.forward();
    }

    @Nullable Object addBatch(Call call) throws Throwable {
        if (!connection.records()) {
            batchForwarded = true;
            return call.forward();
        }
        Element element = element(call);
        batch.add(new Element(element.sql(), element.parameters().copy(), preparedKeys));
        return null;
    }

    @Nullable Object clearBatch(Call call) throws Throwable {
        batch.clear();
        batchForwarded = false;
        return call.forward();
    }

    @Nullable Object executeBatch(Call call, boolean large) throws Throwable {
        forgetResults();
        Owner owner = connection.admitted();
        if (owner == null && batch.isEmpty()) {
            connection.transaction().usedOutside();
            batchForwarded = false;
            return call.forward();
        }
        List<Element> elements = List.copyOf(batch);
        batch.clear();
        if (owner == null || batchForwarded) {
            target.clearBatch(); // or what was added outside would run with the next batch there
            batchForwarded = false;
            throw SqlErrors.refused(
                    owner == null ? null : owner.xid(),
                    "a batch of which one part was added inside, and another part added, or all of it run, outside",
                    "add and run all of it in the same place");
        }
        if (passUnseen(owner, elements)) {
            connection.transaction().usedOutside();
            return forwardBatch(call, elements);
        }
        List<BatchElement> analysed = analysed(owner, elements);
        connection.transaction().lastInsertId().next();
        if (unprotected(owner, analysed)) {
            connection.transaction().lastInsertId().forget();
            return unprotectedBatch(call, elements);
        }
        for (BatchElement element : analysed) {
            beforeRunning(owner, element.sql(), element.statement());
        }
        int[] counts;
        try {
            counts = runBatch(owner, analysed);
        } catch (RefusedException e) {
            // Of all its elements, before any has run: an element that is refused by itself raises what batches raise.
            if (!StatementCapture.haveNothingToWaitFor(owner, e.getCause())) {
                throw e;
            }
            return unprotectedBatch(call, elements);
        }
        return large ? Arrays.stream(counts).asLongStream().toArray() : counts;
    }

    private @Nullable Object unprotectedBatch(Call call, List<Element> elements) throws Throwable {
        connection.transaction().runsUnprotected();
        try {
            return forwardBatch(call, elements);
        } catch (SQLException e) {
            connection.transaction().failed(e);
            throw e;
        }
    }

    private boolean passUnseen(Owner owner, List<Element> elements) throws SQLException {
        for (Element element : elements) {
            if (!connection.passesUnseen(owner, element.sql())) {
                return false;
            }
        }
        return true;
    }

    /** Each text is looked at once. */
    private List<BatchElement> analysed(Owner owner, List<Element> elements) throws SQLException {
        Map<String, SqlStatement> known = new HashMap<>();
        List<BatchElement> analysed = new ArrayList<>();
        for (Element element : elements) {
            SqlStatement statement = known.get(element.sql());
            if (statement == null) {
                statement = connection.analyse(owner, element.sql());
                known.put(element.sql(), statement);
            }
            checkParameters(owner, element, statement);
            analysed.add(new BatchElement(element.sql(), element.parameters(), element.keys(), statement));
        }
        return analysed;
    }

    /** Whether a batch is of unprotected statements only; one that is of both kinds is refused. */
    private boolean unprotected(Owner owner, List<BatchElement> elements) throws SQLException {
        List<SqlStatement.Unprotected> found = new ArrayList<>();
        for (BatchElement element : elements) {
            if (element.statement() instanceof SqlStatement.Unprotected unprotected) {
                found.add(unprotected);
            }
        }
        if (!found.isEmpty() && found.size() < elements.size()) {
            throw SqlErrors.refused(
                    owner.xid(),
                    "a batch of which some statements are unprotected",
                    "run these in a batch of their own");
        }
        found.forEach(connection.resource().shared().unprotected()::runs);
        return !found.isEmpty();
    }

    private @Nullable Object forwardBatch(Call call, List<Element> elements) throws Throwable {
        for (Element element : elements) {
            if (target instanceof PreparedStatement statement && element.sql().equals(prepared)) {
                element.parameters().bindAll(statement);
                statement.addBatch();
            } else {
                target.addBatch(element.sql());
            }
        }
        return call.forward();
    }

    private int[] runBatch(Owner owner, List<BatchElement> elements) throws SQLException {
        for (BatchElement element : elements) {
            if (element.statement() instanceof SqlStatement.Read) {
                throw SqlErrors.refused(owner.xid(), "a query in a batch", "use executeQuery");
            }
            check(owner, Mode.UPDATE, element.statement());
        }
        if (elements.isEmpty()) {
            return new int[0];
        }
        boolean atOnce = savepointsUndo(owner)
                && elements.stream()
                        .allMatch(element -> prepared == null || element.sql().equals(prepared));
        List<BatchRun> runs = new ArrayList<>();
        captured(owner, ownTransaction -> {
            OpenResource opened = connection.resource().opened(owner.xid(), connection.physical());
            StatementCapture.refuseUnlockable(owner, opened, connection.physical(), elements);
            BatchRun.Runner runner = new BatchRun.Runner() {
                @Override
                public <T> T with(BatchElement element, BatchRun.Work<T> work) throws SQLException {
                    return execution(owner, element, ownTransaction, work);
                }
            };
            BatchRun run = new BatchRun(target, elements, atOnce, preparedKeys.wanted(), ownTransaction, runner);
            runs.add(run);
            Ran result = run.run();
            if (ownTransaction) {
                connection
                        .transaction()
                        .lastInsertId()
                        .after(
                                opened,
                                elements.stream()
                                        .map(BatchElement::statement)
                                        .distinct()
                                        .toList());
            }
            return remember(result);
        });
        return runs.get(runs.size() - 1).counts();
    }

    /** H2 at REPEATABLE READ goes on showing, and counting as duplicates, rows that a rollback to a first savepoint has undone. */
    private boolean savepointsUndo(Owner owner) throws SQLException {
        Connection physical = connection.physical();
        return connection.resource().dialect(owner.xid(), physical) != Dialect.H2
                || physical.getTransactionIsolation() != Connection.TRANSACTION_REPEATABLE_READ;
    }

    private Ran remember(Ran result) throws SQLException {
        forgetResults(); // of a run whose local transaction was rolled back
        ran = result;
        return result;
    }

    private void forgetResults() throws SQLException {
        Ran last = ran;
        ran = null;
        if (last != null) {
            last.close();
        }
    }

    private @Nullable Object wrapped(@Nullable Object result) {
        return result instanceof ResultSet rows ? InterceptedMethods.proxy(this, rows) : result;
    }

    @Nullable Object resultSet(Call call) throws Throwable {
        return wrapped(ran == null ? call.forward() : ran.rows());
    }

    @Nullable Object updateCount(Call call, boolean large) throws Throwable {
        if (ran == null) {
            return call.forward();
        }
        return large ? (Object) (long) ran.count() : (Object) ran.count();
    }

    @Nullable Object moreResults(Call call) throws Throwable {
        if (ran == null) {
            return call.forward();
        }
        boolean keep = call.arguments().length > 0 && Statement.KEEP_CURRENT_RESULT == call.argument(0, Integer.class);
        if (ran.rows() != null && !keep) {
            ran.rows().close();
        }
        ran = ran.withoutResults();
        return false;
    }

    @Nullable Object generatedKeys(Call call) throws Throwable {
        return wrapped(ran == null ? call.forward() : ran.generatedKeys());
    }

    @Nullable Object ofWhatRan(Call call) throws Throwable {
        return ran == null ? call.forward() : Calls.forward(call.method(), ran.source(), call.arguments());
    }

    @Nullable Object cancel(Call call) throws Throwable {
        Statement ours = running.get();
        if (ours != null && ours != target) {
            ours.cancel();
        }
        return call.forward();
    }

    @Nullable Object close(Call call) throws Throwable {
        try {
            forgetResults();
        } finally {
            call.forward();
        }
        return null;
    }

    /** Through an updatable result set. */
    @Nullable Object updateThroughRows(Call call) throws Throwable {
        Owner owner = connection.admitted();
        if (owner != null) {
            throw SqlErrors.refused(
                    owner.xid(), "a change through an updatable result set", "write an UPDATE, INSERT or DELETE");
        }
        // Its text was a mere query's, which would be in the way of no global transaction.
        connection.transaction().usedOutside();
        return call.forward();
    }
}
