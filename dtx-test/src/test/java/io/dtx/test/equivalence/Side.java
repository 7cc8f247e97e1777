package io.dtx.test.equivalence;

import io.dtx.test.equivalence.Observed.Raised;
import io.dtx.test.equivalence.Step.Bound;
import io.dtx.test.equivalence.Step.Call;
import io.dtx.test.equivalence.Step.Command;
import io.dtx.test.equivalence.Step.Execute;
import io.dtx.test.equivalence.Step.Keys;
import java.sql.BatchUpdateException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.sql.Types;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One of the two connections on which a sequence runs: that of an application with dtx, or that without. */
final class Side {

    private final Connection connection;
    private final List<String> qualifiers;
    private final Set<String> clocks;
    private final Map<String, Savepoint> savepoints = new HashMap<>();

    /** That of the last execution, and what it was made for. */
    private @Nullable Statement last;

    private String madeFor = "";

    /**
     * @param qualifiers what statements may write before a table's name, the shortest first
     * @param clocks labels of columns whose values are left out, as no two runs agree on them
     */
    Side(Connection connection, List<String> qualifiers, Set<String> clocks) {
        this.connection = connection;
        this.qualifiers = qualifiers;
        this.clocks = clocks;
    }

    Connection connection() {
        return connection;
    }

    void begin(boolean autocommit) throws SQLException {
        savepoints.clear();
        closeLast();
        connection.setAutoCommit(autocommit);
    }

    void set(String savepoint) throws SQLException {
        savepoints.put(savepoint, connection.setSavepoint(savepoint));
    }

    /** Goes back to it; false if it was never set (a shorter sequence may lack it). */
    boolean rollBackTo(String savepoint) throws SQLException {
        Savepoint set = savepoints.get(savepoint);
        if (set != null) {
            connection.rollback(set);
            savepoints.keySet().removeIf(later -> later.compareTo(savepoint) > 0);
        }
        return set != null;
    }

    void release(String savepoint) throws SQLException {
        Savepoint set = savepoints.remove(savepoint);
        if (set != null) {
            connection.releaseSavepoint(set);
            savepoints.keySet().removeIf(later -> later.compareTo(savepoint) > 0);
        }
    }

    /** Goes back to the savepoint that was set last; false if there is none. */
    boolean rollBackToLast() throws SQLException {
        String last = savepoints.keySet().stream().max(String::compareTo).orElse(null);
        return last != null && rollBackTo(last);
    }

    Observed execute(Execute step) {
        try {
            return step.call().prepared() ? prepared(step) : plain(step);
        } catch (SQLException e) {
            int done = 0;
            if (e instanceof BatchUpdateException batch) {
                done = (int) Arrays.stream(batch.getUpdateCounts())
                        .filter(count -> count != Statement.EXECUTE_FAILED)
                        .count();
            }
            return Observed.of(new Raised(e.getSQLState(), String.valueOf(e.getMessage()), done));
        } catch (RuntimeException e) {
            return Observed.of(new Raised("JAVA", e.toString(), 0));
        }
    }

    private String text(Command command) {
        return command.sql()
                .replace(Table.SCHEMA, qualifiers.get(0) + ".")
                .replace(Table.CATALOGUE, qualifiers.get(qualifiers.size() - 1) + ".");
    }

    private void closeLast() throws SQLException {
        Statement statement = last;
        last = null;
        if (statement != null) {
            statement.close();
        }
    }

    private Statement statement(Execute step) throws SQLException {
        Statement known = reusable(step, "");
        if (known != null) {
            return known;
        }
        Statement made = connection.createStatement();
        last = made;
        return made;
    }

    private PreparedStatement preparedStatement(Execute step, String sql) throws SQLException {
        if (reusable(step, step.keys() + " " + sql) instanceof PreparedStatement known) {
            return known;
        }
        PreparedStatement made = prepare(step, sql);
        last = made;
        return made;
    }

    private @Nullable Statement reusable(Execute step, String wanted) throws SQLException {
        Statement known = last;
        if (known != null && step.again() && wanted.equals(madeFor) && !known.isClosed()) {
            return known;
        }
        closeLast();
        madeFor = wanted;
        return null;
    }

    private Observed executeBatch(Execute step, Statement statement, boolean keys) throws SQLException {
        boolean large = step.call() == Call.STATEMENT_LARGE_BATCH || step.call() == Call.PREPARED_LARGE_BATCH;
        List<Long> counts = large
                ? Arrays.stream(statement.executeLargeBatch()).boxed().toList()
                : Arrays.stream(statement.executeBatch()).asLongStream().boxed().toList();
        return updated(statement, counts, keys);
    }

    private Observed plain(Execute step) throws SQLException {
        String sql = text(step.commands().get(0));
        boolean keys = step.keys() != Keys.NONE;
        Statement statement = statement(step);
        if (step.call().batch()) {
            for (Command command : step.commands()) {
                statement.addBatch(text(command));
            }
            return executeBatch(step, statement, false);
        }
        if (step.shape().isQuery() && step.call() != Call.STATEMENT_ANY) {
            return rows(statement.executeQuery(sql));
        }
        if (step.call() == Call.STATEMENT_ANY) {
            boolean result = switch (step.keys()) {
                case NONE -> statement.execute(sql);
                case FLAG -> statement.execute(sql, Statement.RETURN_GENERATED_KEYS);
                case NAMES -> statement.execute(sql, step.keyNames().toArray(String[]::new));
                case INDEXES -> statement.execute(sql, new int[] {1});
            };
            return any(statement, result, keys);
        }
        if (step.call() == Call.STATEMENT_LARGE) {
            long count = switch (step.keys()) {
                case NONE -> statement.executeLargeUpdate(sql);
                case FLAG -> statement.executeLargeUpdate(sql, Statement.RETURN_GENERATED_KEYS);
                case NAMES -> statement.executeLargeUpdate(sql, step.keyNames().toArray(String[]::new));
                case INDEXES -> statement.executeLargeUpdate(sql, new int[] {1});
            };
            return updated(statement, List.of(count), keys);
        }
        int count = switch (step.keys()) {
            case NONE -> statement.executeUpdate(sql);
            case FLAG -> statement.executeUpdate(sql, Statement.RETURN_GENERATED_KEYS);
            case NAMES -> statement.executeUpdate(sql, step.keyNames().toArray(String[]::new));
            case INDEXES -> statement.executeUpdate(sql, new int[] {1});
        };
        return updated(statement, List.of((long) count), keys);
    }

    private Observed prepared(Execute step) throws SQLException {
        Command first = step.commands().get(0);
        boolean keys = step.keys() != Keys.NONE;
        PreparedStatement statement = preparedStatement(step, text(first));
        if (step.call().batch()) {
            for (Command command : step.commands()) {
                bind(statement, command.parameters());
                statement.addBatch();
            }
            return executeBatch(step, statement, keys);
        }
        bind(statement, first.parameters());
        if (step.shape().isQuery() && step.call() != Call.PREPARED_ANY) {
            return rows(statement.executeQuery());
        }
        return switch (step.call()) {
            case PREPARED_ANY -> any(statement, statement.execute(), keys);
            case PREPARED_LARGE -> updated(statement, List.of(statement.executeLargeUpdate()), keys);
            default -> updated(statement, List.of((long) statement.executeUpdate()), keys);
        };
    }

    private PreparedStatement prepare(Execute step, String sql) throws SQLException {
        return switch (step.keys()) {
            case NONE -> connection.prepareStatement(sql);
            case FLAG -> connection.prepareStatement(sql, Statement.RETURN_GENERATED_KEYS);
            case NAMES -> connection.prepareStatement(sql, step.keyNames().toArray(String[]::new));
            case INDEXES -> connection.prepareStatement(sql, new int[] {1});
        };
    }

    private static void bind(PreparedStatement statement, List<Bound> parameters) throws SQLException {
        int index = 1;
        for (Bound bound : parameters) {
            if (bound.sample() == null) {
                statement.setNull(index++, Types.NULL);
            } else {
                statement.setObject(index++, bound.sample().parameter());
            }
        }
    }

    private Observed any(Statement statement, boolean result, boolean keys) throws SQLException {
        return result
                ? rows(statement.getResultSet())
                : updated(statement, List.of((long) statement.getUpdateCount()), keys);
    }

    private Observed updated(Statement statement, List<Long> counts, boolean keys) throws SQLException {
        List<String> generated = keys ? lines(statement.getGeneratedKeys(), false) : List.of();
        return new Observed(counts, generated, List.of(), null);
    }

    private Observed rows(@Nullable ResultSet result) throws SQLException {
        return new Observed(List.of(), List.of(), lines(result, true), null);
    }

    private List<String> lines(@Nullable ResultSet result, boolean labels) throws SQLException {
        List<String> lines = new ArrayList<>();
        if (result == null) {
            return lines;
        }
        try (result) {
            ResultSetMetaData columns = result.getMetaData();
            List<String> names = new ArrayList<>();
            for (int i = 1; i <= columns.getColumnCount(); i++) {
                names.add(columns.getColumnLabel(i));
            }
            if (labels) {
                lines.add(String.join("|", names).toLowerCase(Locale.ROOT));
            }
            while (result.next()) {
                List<String> line = new ArrayList<>();
                for (int i = 1; i <= names.size(); i++) {
                    line.add(clocks.contains(names.get(i - 1)) ? "~" : cell(result, i, columns.getColumnType(i)));
                }
                lines.add(String.join("|", line));
            }
        }
        return lines;
    }

    private static String cell(ResultSet result, int index, int type) throws SQLException {
        boolean binary =
                type == Types.BINARY || type == Types.VARBINARY || type == Types.LONGVARBINARY || type == Types.BLOB;
        if (binary) {
            byte[] bytes = result.getBytes(index);
            return bytes == null ? "null" : "0x" + HexFormat.of().formatHex(bytes);
        }
        return Cells.byValue(type, result.getString(index));
    }
}
