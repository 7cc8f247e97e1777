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
    private final String schema;
    private final Set<String> clocks;
    private final Map<String, Savepoint> savepoints = new HashMap<>();

    /**
     * @param schema the schema's name as statements write it
     * @param clocks labels of columns whose values are left out, as no two runs agree on them
     */
    Side(Connection connection, String schema, Set<String> clocks) {
        this.connection = connection;
        this.schema = schema;
        this.clocks = clocks;
    }

    Connection connection() {
        return connection;
    }

    void begin(boolean autocommit) throws SQLException {
        savepoints.clear();
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
        return command.sql().replace(Table.SCHEMA, schema + ".");
    }

    private Observed plain(Execute step) throws SQLException {
        String sql = text(step.commands().get(0));
        boolean keys = step.keys() != Keys.NONE;
        try (Statement statement = connection.createStatement()) {
            if (step.call().batch()) {
                for (Command command : step.commands()) {
                    statement.addBatch(text(command));
                }
                return counted(statement, statement.executeBatch(), false);
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
                    case NAMES ->
                        statement.executeLargeUpdate(sql, step.keyNames().toArray(String[]::new));
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
    }

    private Observed prepared(Execute step) throws SQLException {
        Command first = step.commands().get(0);
        boolean keys = step.keys() != Keys.NONE;
        try (PreparedStatement statement = prepare(step, text(first))) {
            if (step.call().batch()) {
                for (Command command : step.commands()) {
                    bind(statement, command.parameters());
                    statement.addBatch();
                }
                return counted(statement, statement.executeBatch(), keys);
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

    private Observed counted(Statement statement, int[] counts, boolean keys) throws SQLException {
        return updated(statement, Arrays.stream(counts).asLongStream().boxed().toList(), keys);
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
        return String.valueOf(result.getString(index));
    }
}
