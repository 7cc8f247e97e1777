package io.dtx.rm;

import static org.assertj.core.api.Assertions.assertThat;

import io.dtx.context.Participation;
import io.dtx.model.TransactionStatus;
import io.dtx.sql.Dialect;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;

/**
 * What every test of a statement's shape does: runs it without dtx, in a global transaction that commits, and in one that rolls
 * back. The first two must give the application the same counts, keys and rows, and leave the same tables; the last must leave
 * the tables as they were.
 */
abstract class ShapesContract extends ResourceContract {

    static final List<String> TABLES = List.of("item", "tag");

    /** Some statements; notes what the application sees of them. */
    interface Steps {
        void on(Connection connection, List<String> seen) throws SQLException;
    }

    boolean is(Dialect dialect) {
        return database.dialect() == dialect;
    }

    @BeforeEach
    void createTables() {
        String key = autoKey();
        database.run(
                "CREATE TABLE item (id INT PRIMARY KEY, code VARCHAR(20), a INT, b VARCHAR(40) DEFAULT 'none',"
                        + " CONSTRAINT item_code UNIQUE (code))",
                "CREATE TABLE tag (id " + key + ", item INT, name VARCHAR(20), n INT DEFAULT 7,"
                        + " CONSTRAINT tag_name UNIQUE (name))");
        fill();
    }

    void fill() {
        database.run(
                "DELETE FROM item",
                is(Dialect.H2) ? "TRUNCATE TABLE tag RESTART IDENTITY" : truncate("tag"),
                "INSERT INTO item VALUES (1, 'one', 10, 'x'), (2, 'two', 20, NULL), (3, NULL, 30, 'z'), (4, 'four', 40, 'w')",
                "INSERT INTO tag (item, name) VALUES (1, 'red'), (1, 'blue'), (2, 'green')");
    }

    private String truncate(String table) {
        return "TRUNCATE TABLE " + table + (is(Dialect.POSTGRESQL) ? " RESTART IDENTITY" : "");
    }

    List<String> tables() {
        List<String> all = new ArrayList<>();
        for (String table : TABLES) {
            all.addAll(Rows.of(database, "SELECT * FROM " + table + " ORDER BY id"));
            all.add("--");
        }
        return all;
    }

    /** Runs the steps in the three ways. */
    void sameAsWithoutDtx(Steps steps) throws SQLException {
        List<String> before = tables();
        List<String> expected = new ArrayList<>();
        try (Connection connection = database.connect()) {
            connection.setAutoCommit(false);
            steps.on(connection, expected);
            connection.commit();
        }
        List<String> after = tables();
        assertThat(after).as("the steps change something").isNotEqualTo(before);
        for (boolean commits : new boolean[] {false, true}) {
            fill();
            Participation participation = application.begin();
            List<String> seen = new ArrayList<>();
            Application.inLocal(participation, dataSource, connection -> {
                steps.on(connection, seen);
                return true;
            });
            assertThat(seen).isEqualTo(expected);
            assertThat(tables()).isEqualTo(after);
            if (commits) {
                assertThat(application.commit(participation).status()).isEqualTo(TransactionStatus.COMMITTED);
                assertThat(tables()).isEqualTo(after);
            } else {
                rollBackAndAwait(participation);
                assertThat(tables()).isEqualTo(before);
            }
        }
    }

    /** Runs one prepared statement, and notes its count, or its rows. */
    static void run(Connection connection, List<String> seen, String sql, Object... parameters) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            bind(statement, parameters);
            note(seen, statement, statement.execute());
        }
    }

    /** Likewise, and its generated keys. */
    static void runForKeys(Connection connection, List<String> seen, String sql, Object... parameters)
            throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql, Statement.RETURN_GENERATED_KEYS)) {
            bind(statement, parameters);
            seen.add("count " + statement.executeUpdate());
            try (ResultSet keys = statement.getGeneratedKeys()) {
                noteRows(seen, keys);
            }
        }
    }

    /** Likewise, as plain text. */
    static void runText(Connection connection, List<String> seen, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            note(seen, statement, statement.execute(sql));
        }
    }

    static void bind(PreparedStatement statement, Object... parameters) throws SQLException {
        for (int i = 0; i < parameters.length; i++) {
            statement.setObject(i + 1, parameters[i]);
        }
    }

    private static void note(List<String> seen, Statement statement, boolean rows) throws SQLException {
        if (!rows) {
            seen.add("count " + statement.getUpdateCount());
            return;
        }
        try (ResultSet result = statement.getResultSet()) {
            noteRows(seen, result);
        }
        seen.add("more " + statement.getMoreResults() + " " + statement.getUpdateCount());
    }

    static void noteRows(List<String> seen, ResultSet result) throws SQLException {
        int width = result.getMetaData().getColumnCount();
        List<String> labels = new ArrayList<>();
        for (int i = 1; i <= width; i++) {
            labels.add(result.getMetaData().getColumnLabel(i));
        }
        seen.add("columns " + labels);
        while (result.next()) {
            List<String> row = new ArrayList<>();
            for (int i = 1; i <= width; i++) {
                row.add(String.valueOf(result.getObject(i)));
            }
            seen.add("row " + row);
        }
    }

    /** Inside a global transaction the statement is refused, and nothing has changed. */
    void refused(String sql, String reason) throws SQLException {
        List<String> before = tables();
        Participation participation = application.begin();
        Application.inLocal(participation, dataSource, connection -> {
            org.assertj.core.api.Assertions.assertThatThrownBy(() -> {
                        try (Statement statement = connection.createStatement()) {
                            statement.execute(sql);
                        }
                    })
                    .isInstanceOfSatisfying(SQLException.class, error -> {
                        assertThat(error.getSQLState()).as(error.toString()).isEqualTo("0A000");
                        assertThat(error.getMessage()).contains(reason).contains("Remedy: ");
                    });
            return true;
        });
        assertThat(tables()).isEqualTo(before);
        assertThat(application.commit(participation).status()).isEqualTo(TransactionStatus.COMMITTED);
    }
}
