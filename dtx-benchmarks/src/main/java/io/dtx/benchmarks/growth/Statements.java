package io.dtx.benchmarks.growth;

import io.dtx.sql.Dialect;
import io.dtx.test.Database;
import io.dtx.test.DatabaseServer;
import io.dtx.test.EmbeddedCoordinator;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/** Statements that change many rows, and batches of many statements. */
final class Statements {

    private static final int ROWS = 20_000;

    private final AtomicLong next = new AtomicLong(1_000_000);

    /** @param parts which: {@code rows}, {@code batches} */
    void measure(DatabaseServer server, List<String> parts, List<Figure> figures)
            throws SQLException, InterruptedException {
        Database database = server.createFresh();
        String numbers = database.dialect() == Dialect.MYSQL
                ? "SELECT seq, 1000, 'somebody' FROM seq_1_to_" + ROWS
                : "SELECT n, 1000, 'somebody' FROM generate_series(1, " + ROWS + ") AS n";
        database.run(
                "CREATE TABLE account (id BIGINT PRIMARY KEY, balance BIGINT NOT NULL, owner VARCHAR(40) NOT NULL)",
                "INSERT INTO account (id, balance, owner) " + numbers);
        try (EmbeddedCoordinator coordinator = EmbeddedCoordinator.start()) {
            for (Driver driver : Driver.of(database)) {
                try (Contest contest = new Contest(database, driver, coordinator)) {
                    if (parts.contains("rows") && driver == Driver.of(database).get(0)) {
                        rows(contest, driver, figures);
                    }
                    if (parts.contains("batches")) {
                        batches(contest, driver, figures);
                    }
                }
            }
        }
    }

    private static void rows(Contest contest, Driver driver, List<Figure> figures)
            throws SQLException, InterruptedException {
        String part = "rows changed by one UPDATE";
        Contest.Work warmUp = connection -> updateRows(connection, 10);
        for (int i = 0; i < 5; i++) {
            contest.measure("warm-up", "", 10, warmUp);
        }
        for (int size : List.of(1, 100, 10_000)) {
            figures.add(contest.measure(part, driver.title(), size, connection -> updateRows(connection, size)));
        }
    }

    private static void updateRows(Connection connection, int rows) throws SQLException {
        try (PreparedStatement update =
                connection.prepareStatement("UPDATE account SET balance = balance + 1 WHERE id <= ?")) {
            update.setLong(1, rows);
            update.executeUpdate();
        }
    }

    private void batches(Contest contest, Driver driver, List<Figure> figures)
            throws SQLException, InterruptedException {
        for (int size : List.of(10, 100, 1_000)) {
            figures.add(contest.measure(
                    "statements in one batch",
                    "INSERT, " + driver.title(),
                    size,
                    connection -> insert(connection, size)));
        }
        for (int size : List.of(10, 100, 1_000)) {
            figures.add(contest.measure(
                    "statements in one batch",
                    "UPDATE, " + driver.title(),
                    size,
                    connection -> update(connection, size)));
        }
    }

    private void insert(Connection connection, int statements) throws SQLException {
        try (PreparedStatement insert =
                connection.prepareStatement("INSERT INTO account (id, balance, owner) VALUES (?, ?, ?)")) {
            for (int i = 0; i < statements; i++) {
                insert.setLong(1, next.getAndIncrement());
                insert.setLong(2, 1000);
                insert.setString(3, "somebody");
                insert.addBatch();
            }
            insert.executeBatch();
        }
    }

    private static void update(Connection connection, int statements) throws SQLException {
        try (PreparedStatement update =
                connection.prepareStatement("UPDATE account SET balance = balance + ? WHERE id = ?")) {
            for (int i = 1; i <= statements; i++) {
                update.setLong(1, 1);
                update.setLong(2, i);
                update.addBatch();
            }
            update.executeBatch();
        }
    }
}
