package io.dtx.rm;

import io.dtx.sql.Dialect;
import io.dtx.sql.SqlStatement;
import io.dtx.sql.SqlStatement.Insert;
import io.dtx.sql.SqlStatement.OnDuplicate;
import io.dtx.undo.Column;
import io.dtx.undo.Row;
import io.dtx.undo.RowSelection;
import io.dtx.undo.Table;
import io.dtx.undo.Value;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * INSERTs of one row each into one table in a batch, whose rows are found again by their keys: given by the application, made by
 * the database and told by the driver, or (PostgreSQL) returned with the row. An INSERT that succeeded has made the row of its
 * key: it would have failed if the row had been there.
 */
final class BatchInserts implements BatchPart {

    /** What one query that gives generated keys to the application may have of parameters. */
    private static final int MOST_KEYS = 10_000;

    private final StatementRun execution;
    private final List<BatchElement> elements;
    private final RowSelection selection;
    private final KeySource source;
    /** By element; empty unless given. */
    private final List<List<Value>> given;

    private @Nullable Ran result;

    /** How the keys of the new rows are known. */
    private enum KeySource {
        GIVEN,
        BY_DRIVER,
        RETURNED
    }

    private BatchInserts(
            StatementRun execution,
            List<BatchElement> elements,
            RowSelection selection,
            KeySource source,
            List<List<Value>> given) {
        this.execution = execution;
        this.elements = elements;
        this.selection = selection;
        this.source = source;
        this.given = given;
    }

    /** Null if the elements are not all such INSERTs, or their keys can not be told for sure. */
    static @Nullable BatchInserts of(StatementRun execution, List<BatchElement> elements) throws SQLException {
        Insert first = plain(elements.get(0).statement());
        if (first == null) {
            return null;
        }
        for (BatchElement element : elements) {
            Insert insert = plain(element.statement());
            if (insert == null || !insert.table().equals(first.table())) {
                return null;
            }
        }
        Table table = execution.resource().tables().table(execution.physical(), first.table());
        RowSelection selection = execution.resource().selections().forInsert(table);
        List<List<Value>> given = given(selection, elements);
        if (given != null) {
            return new BatchInserts(execution, elements, selection, KeySource.GIVEN, given);
        }
        KeySource source = source(execution, first, table);
        boolean tooMany = execution.keys().wanted() && elements.size() > MOST_KEYS;
        return source == null || tooMany ? null : new BatchInserts(execution, elements, selection, source, List.of());
    }

    private static @Nullable Insert plain(SqlStatement statement) {
        return statement instanceof Insert insert
                        && insert.onDuplicate() == OnDuplicate.FAIL
                        && insert.rows().size() == 1
                        && insert.returning() == null
                ? insert
                : null;
    }

    private static @Nullable List<List<Value>> given(RowSelection selection, List<BatchElement> elements)
            throws SQLException {
        List<List<Value>> keys = new ArrayList<>();
        for (BatchElement element : elements) {
            List<Value> key = GivenKeys.inserted(selection, (Insert) element.statement(), element.parameters());
            if (key == null) {
                return null;
            }
            keys.add(key);
        }
        return new HashSet<>(keys).size() == keys.size() ? keys : null;
    }

    private static @Nullable KeySource source(StatementRun execution, Insert insert, Table table) throws SQLException {
        if (!(execution.application() instanceof PreparedStatement)) {
            return null;
        }
        Dialect dialect = execution.resource().database().dialect();
        if (dialect == Dialect.POSTGRESQL) {
            return KeySource.RETURNED;
        }
        Column key = table.key().get(0);
        int position = InsertedKeys.listed(table, insert.columns()).indexOf(key);
        boolean left = position < 0
                || position >= insert.rows().get(0).size()
                || insert.rows().get(0).get(position) instanceof SqlStatement.Value.Default;
        boolean asked = execution.keys().names() != null || execution.keys().indexes() != null;
        boolean told = table.key().size() == 1
                && (dialect == Dialect.H2 ? key.autoIncrement() : key.counted())
                && left
                && !table.sideEffectsAccepted()
                && !(asked && dialect == Dialect.H2);
        return told ? KeySource.BY_DRIVER : null;
    }

    @Override
    public int[] run() throws SQLException {
        return switch (source) {
            case GIVEN -> given();
            case BY_DRIVER -> byDriver();
            case RETURNED -> returned();
        };
    }

    /**
     * Which rows have stayed is told by the keys that are there with the part and not without it, or by the counts; these are
     * then inserted once more, one by one.
     */
    @Override
    public void failed(int[] counts, Savepoint savepoint, One one) throws SQLException {
        Connection physical = execution.physical();
        Set<List<Value>> stayed =
                new HashSet<>(selection.lock(physical, given, execution::starts).keySet());
        physical.rollback(savepoint);
        stayed.removeAll(selection.lock(physical, given, execution::starts).keySet());
        execution.transaction().unchanged();
        for (int i = 0; i < elements.size(); i++) {
            boolean again = source == KeySource.GIVEN
                    ? stayed.contains(given.get(i))
                    : i < counts.length && counts[i] != Statement.EXECUTE_FAILED;
            if (again) {
                one.run(elements.get(i));
            }
        }
    }

    /** For the application to see; after {@link #run}. */
    Ran result() {
        return Objects.requireNonNull(result);
    }

    private int[] given() throws SQLException {
        Statement application = execution.application();
        int[] counts = execute(application);
        captureByKeys(given);
        result = new Ran(application, null, -1, null, List.of());
        return counts;
    }

    private int[] byDriver() throws SQLException {
        Statement application = execution.application();
        boolean own = !execution.keys().wanted();
        Statement statement =
                own ? execution.physical().prepareStatement(sql(), Statement.RETURN_GENERATED_KEYS) : application;
        try {
            if (own) {
                execution.starts(statement);
            }
            int[] counts = execute(statement);
            List<Row> rows = captureByKeys(generated(statement));
            // H2's driver shows the keys only once.
            boolean shown = execution.resource().database().dialect() != Dialect.H2 || own;
            result = shown ? new Ran(application, null, -1, null, List.of()) : keysOf(rows);
            return counts;
        } finally {
            if (own) {
                statement.close();
            }
        }
    }

    private List<List<Value>> generated(Statement statement) throws SQLException {
        List<List<Value>> keys = new ArrayList<>();
        Column key = selection.table().key().get(0);
        try (ResultSet rows = statement.getGeneratedKeys()) {
            boolean h2 = execution.resource().database().dialect() == Dialect.H2;
            int column = h2 ? rows.findColumn(key.name()) : 1;
            while (rows.next()) {
                List<Value> known = selection.givenKey(List.of(rows.getLong(column)));
                if (known != null) {
                    keys.add(known);
                }
            }
        }
        return keys;
    }

    private int[] returned() throws SQLException {
        String sql = sql() + "\nRETURNING " + selection.selectList(null);
        try (PreparedStatement statement =
                execution.physical().prepareStatement(sql, Statement.RETURN_GENERATED_KEYS)) {
            execution.starts(statement);
            int[] counts = execute(statement);
            List<Row> rows;
            try (ResultSet images = statement.getGeneratedKeys()) {
                rows = selection.readAll(images);
            }
            capture(rows);
            result = execution.keys().wanted()
                    ? keysOf(rows)
                    : new Ran(execution.application(), null, -1, null, List.of());
            return counts;
        }
    }

    /** Reads once more what the application is to see, in the order of the elements. */
    private Ran keysOf(List<Row> rows) throws SQLException {
        List<String> columns = execution
                .keys()
                .columns(selection.table(), execution.resource().database().dialect());
        String sql = "SELECT " + String.join(", ", columns) + ", " + selection.selectList(null) + " FROM "
                + selection.table().sql() + " WHERE " + selection.keyCondition(null, rows.size())
                + selection.table().allRows();
        PreparedStatement select = execution
                .physical()
                .prepareStatement(sql, ResultSet.TYPE_SCROLL_INSENSITIVE, ResultSet.CONCUR_READ_ONLY);
        try {
            execution.starts(select);
            selection.bindKeys(select, 1, rows);
            ResultSet found = select.executeQuery();
            int shown = found.getMetaData().getColumnCount() - selection.width();
            Map<List<Value>, Integer> places = new HashMap<>();
            for (Row row : selection.readAll(found, shown + 1)) {
                places.put(selection.key(row), places.size() + 1);
            }
            List<Integer> order = rows.stream()
                    .map(row -> Objects.requireNonNull(places.get(selection.key(row))))
                    .toList();
            ResultSet keys = FirstColumns.of(OrderedRows.of(found, order), shown);
            return new Ran(execution.application(), null, -1, keys, List.of(select));
        } catch (SQLException | RuntimeException e) {
            StatementRun.closeQuietly(select, e);
            throw e;
        }
    }

    private String sql() {
        return ((Insert) elements.get(0).statement()).body().sql();
    }

    private int[] execute(Statement statement) throws SQLException {
        int[] counts = BatchPart.execute(execution, statement, elements);
        for (int count : counts) {
            if (count != 1 && count != Statement.SUCCESS_NO_INFO) {
                throw new NotTold("an INSERT of one row was counted as " + count);
            }
        }
        return counts;
    }

    private List<Row> captureByKeys(List<List<Value>> keys) throws SQLException {
        List<Row> rows = List.copyOf(
                selection.lock(execution.physical(), keys, execution::starts).values());
        capture(rows);
        return rows;
    }

    private void capture(List<Row> rows) throws SQLException {
        if (rows.size() != elements.size()) {
            throw new NotTold(rows.size() + " of " + elements.size() + " new rows were found");
        }
        RowDiff.capture(execution, selection, List.of(), rows);
    }
}
