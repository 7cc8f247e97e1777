package io.dtx.sql;

import static org.assertj.core.api.Assertions.assertThat;

import io.dtx.sql.SqlStatement.Delete;
import io.dtx.sql.SqlStatement.Insert;
import io.dtx.sql.SqlStatement.LockingRead;
import io.dtx.sql.SqlStatement.Read;
import io.dtx.sql.SqlStatement.Refused;
import io.dtx.sql.SqlStatement.Update;
import io.dtx.test.Database;
import io.dtx.test.DatabaseServer;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * What the analyser says of a statement is what the database does with it. Random statements, whole and broken, run for
 * real: a read changes nothing; a write changes the table that it is said to change, the columns and exactly the rows
 * that the pieces cut out of it choose. Whatever the database does not accept proves nothing and is passed over.
 *
 * <p>Run one seed again with {@code -Ddtx.seed=..}, more statements with {@code -Ddtx.sql.samples=..}.
 */
abstract class AgreementContract {

    private static final long SEED = Long.getLong("dtx.seed", new Random().nextLong());
    private static final int SAMPLES = Integer.getInteger("dtx.sql.samples", 400);

    /** The columns of both tables, the key first. */
    private static final List<String> COLUMNS = List.of("id", "a", "b", "c", "d");

    private final DatabaseServer server;
    private final SqlAnalyzer analyzer = new SqlAnalyzer();

    AgreementContract(DatabaseServer server) {
        this.server = server;
    }

    /** How this database declares a key that it fills itself. */
    abstract String generatedKey();

    @Test
    void theDatabaseDoesWhatTheAnalyserSays() throws SQLException {
        Dialect dialect = server.dialect();
        RandomStatements statements = new RandomStatements(SEED, dialect);
        Random random = new Random(SEED);
        Database database = server.createFresh();
        Map<Class<?>, Integer> ran = new HashMap<>();
        try (Connection connection = database.connect()) {
            createTables(connection);
            connection.setAutoCommit(false);
            for (int i = 0; i < SAMPLES; i++) {
                String whole = statements.next().sql();
                for (String sql : List.of(whole, RandomStatements.broken(whole, random))) {
                    SqlStatement statement = analyzer.analyze(sql, SessionRules.standard(dialect));
                    try {
                        if (agrees(connection, sql, statement)) {
                            ran.merge(statement.getClass(), 1, Integer::sum);
                        }
                    } catch (AssertionError e) {
                        throw new AssertionError("seed " + SEED + ", said " + statement + " of: " + sql, e);
                    } finally {
                        connection.rollback();
                    }
                }
            }
        }
        int proved = ran.values().stream().mapToInt(Integer::intValue).sum();
        assertThat(proved).as("statements that ran: %s", ran).isGreaterThan(SAMPLES / 8);
        assertThat(ran.keySet())
                .as("statements of every kind ran: %s", ran)
                .contains(Insert.class, Update.class, Delete.class, LockingRead.class);
    }

    private void createTables(Connection connection) throws SQLException {
        try (var statement = connection.createStatement()) {
            for (String table : List.of("t", "u")) {
                statement.execute(
                        "CREATE TABLE " + table + " (a INT, b INT, c INT DEFAULT 7, d INT, " + generatedKey() + ")");
                for (int row = 0; row < 12; row++) {
                    statement.execute("INSERT INTO " + table + " (a, b, c, d) VALUES (" + row % 3 + ", " + row % 4
                            + ", " + (row % 5 == 0 ? "NULL" : String.valueOf(row)) + ", 1)");
                }
            }
        }
    }

    /** Runs the statement and checks what was said of it; false if the database did not accept it. */
    private static boolean agrees(Connection connection, String sql, SqlStatement statement) throws SQLException {
        if (statement instanceof Refused) {
            return false;
        }
        Map<Long, List<String>> others = rows(connection, "u");
        Map<Long, List<String>> before = rows(connection, "t");
        Set<Long> chosen;
        int count;
        try {
            chosen = chosen(connection, statement);
            count = execute(connection, sql);
        } catch (SQLException e) {
            return false;
        }
        assertThat(rows(connection, "u")).isEqualTo(others);
        Map<Long, List<String>> after = rows(connection, "t");
        if (statement instanceof Insert insert) {
            assertThat(insert.onDuplicate()).isEqualTo(SqlStatement.OnDuplicate.FAIL);
            assertThat(insert.ofQuery() || count == insert.rows().size()).isTrue();
            assertThat(after).hasSize(before.size() + count).containsAllEntriesOf(before);
        } else if (statement instanceof Delete) {
            assertThat(count).isEqualTo(chosen.size());
            Map<Long, List<String>> left = new HashMap<>(before);
            left.keySet().removeAll(chosen);
            assertThat(after).isEqualTo(left);
        } else if (statement instanceof Update update) {
            assertThat(after.keySet()).isEqualTo(before.keySet());
            Set<String> changed = new HashSet<>();
            for (Map.Entry<Long, List<String>> row : before.entrySet()) {
                List<String> now = Objects.requireNonNull(after.get(row.getKey()));
                for (int i = 0; i < COLUMNS.size(); i++) {
                    if (!now.get(i).equals(row.getValue().get(i))) {
                        changed.add(COLUMNS.get(i));
                        assertThat(chosen).contains(row.getKey());
                    }
                }
            }
            assertThat(update.assigned().stream()
                            .map(TableName.Identifier::text)
                            .toList())
                    .containsAll(changed);
        } else {
            assertThat(statement).isInstanceOfAny(Read.class, LockingRead.class, SqlStatement.LockingJoin.class);
            assertThat(after).isEqualTo(before);
        }
        return true;
    }

    /** The keys of the rows that the pieces of the statement choose, all parameters being 1. */
    private static Set<Long> chosen(Connection connection, SqlStatement statement) throws SQLException {
        if (statement instanceof Update update) {
            return keys(connection, update.from(), update.where(), update.orderBy(), update.limit());
        }
        if (statement instanceof Delete delete) {
            return keys(connection, delete.from(), delete.where(), delete.orderBy(), delete.limit());
        }
        return Set.of();
    }

    private static Set<Long> keys(
            Connection connection,
            Fragment from,
            @Nullable Fragment where,
            @Nullable Fragment orderBy,
            @Nullable Fragment limit)
            throws SQLException {
        String sql = "SELECT id FROM " + from.sql()
                + (where == null ? "" : " WHERE (" + where.sql() + ")")
                + (orderBy == null ? "" : " " + orderBy.sql())
                + (limit == null ? "" : " " + limit.sql())
                + " FOR UPDATE";
        int parameters = 0;
        for (Fragment fragment : new Fragment[] {from, where, orderBy, limit}) {
            parameters += fragment == null ? 0 : fragment.parameters().size();
        }
        try (PreparedStatement select = connection.prepareStatement(sql)) {
            for (int i = 1; i <= parameters; i++) {
                select.setInt(i, 1);
            }
            Set<Long> keys = new HashSet<>();
            try (ResultSet rows = select.executeQuery()) {
                while (rows.next()) {
                    keys.add(rows.getLong(1));
                }
            }
            return keys;
        }
    }

    /** Runs the statement; the update count, or -1 for a query, which is read to its end. */
    private static int execute(Connection connection, String sql) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            int parameters = statement.getParameterMetaData().getParameterCount();
            for (int i = 1; i <= parameters; i++) {
                statement.setInt(i, 1);
            }
            if (statement.execute()) {
                try (ResultSet rows = statement.getResultSet()) {
                    while (rows.next()) {
                        // Functions in the list are called as rows are read.
                    }
                }
            }
            return statement.getUpdateCount();
        }
    }

    /** The rows of a table by their keys. */
    private static Map<Long, List<String>> rows(Connection connection, String table) throws SQLException {
        Map<Long, List<String>> rows = new HashMap<>();
        String sql = "SELECT " + String.join(", ", COLUMNS) + " FROM " + table;
        try (var statement = connection.createStatement();
                ResultSet result = statement.executeQuery(sql)) {
            while (result.next()) {
                List<String> row = new ArrayList<>();
                for (int i = 1; i <= COLUMNS.size(); i++) {
                    row.add(String.valueOf(result.getObject(i)));
                }
                rows.put(result.getLong(1), row);
            }
        }
        return rows;
    }
}
