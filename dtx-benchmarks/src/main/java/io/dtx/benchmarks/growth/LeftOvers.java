package io.dtx.benchmarks.growth;

import com.alibaba.druid.pool.DruidDataSource;
import io.dtx.rm.Resource;
import io.dtx.server.runtime.LeaderSettings;
import io.dtx.sql.Dialect;
import io.dtx.test.Database;
import io.dtx.test.DatabaseServer;
import io.dtx.test.EmbeddedCoordinator;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import javax.sql.DataSource;

/** undo_log with the rows of many other transactions, which were committed long ago and are forgotten. */
final class LeftOvers {

    private static final int ROUNDS = 5;
    private static final int PER_ROUND = 100;

    private final int rows = Integer.getInteger("bench.growth.leftovers", 1_000_000);

    void measure(DatabaseServer server, List<Figure> figures) throws SQLException, InterruptedException {
        LeaderSettings forgetful = LeaderSettings.STANDARD.withOutcomeRetention(Duration.ofSeconds(1));
        try (EmbeddedCoordinator coordinator = EmbeddedCoordinator.start(null, forgetful);
                Application application = new Application(coordinator);
                DruidDataSource few = pool(prepared(server))) {
            Database full = prepared(server);
            try (DruidDataSource many = pool(full)) {
                measure(coordinator, application, few, many, full, figures);
            }
        }
    }

    private static DruidDataSource pool(Database database) {
        return Driver.of(database).get(0).pool(database);
    }

    private static Database prepared(DatabaseServer server) {
        Database database = server.createFresh();
        database.run(
                "CREATE TABLE account (id BIGINT PRIMARY KEY, balance BIGINT NOT NULL)",
                "INSERT INTO account VALUES (1, 1000)");
        return database;
    }

    private void measure(
            EmbeddedCoordinator coordinator,
            Application application,
            DruidDataSource few,
            DruidDataSource many,
            Database full,
            List<Figure> figures)
            throws SQLException, InterruptedException {
        DataSource withFew = application.wrap(few);
        DataSource withMany = application.wrap(many);
        for (int i = 0; i < 300; i++) {
            transfer(application, withFew);
            transfer(application, withMany);
        }
        String before = application.client().newXid().ulid().substring(0, 10);
        // So that what is older than now is forgotten, as after a long time it would be.
        transfer(application, withMany);
        while (coordinator.read(machine -> machine.counts().outcomes()) > 0) {
            Thread.sleep(100);
        }
        double fill = fill(full, application.client().cluster() + "-" + before);

        List<Double> empty = new ArrayList<>();
        List<Double> filled = new ArrayList<>();
        for (int round = 0; round < ROUNDS; round++) {
            empty.addAll(transfers(application, withFew));
            filled.addAll(transfers(application, withMany));
        }
        double attach;
        double swept;
        double sweptInVain;
        long left;
        List<Double> meanwhile = new ArrayList<>();
        try (Application starting = new Application(coordinator);
                DruidDataSource pool = pool(full)) {
            long nanos = System.nanoTime();
            starting.wrap(pool);
            attach = Contest.millisSince(nanos);
            Resource resource = starting.manager().resources().get(0);
            nanos = System.nanoTime();
            CompletableFuture<Void> sweep = CompletableFuture.runAsync(() -> sweep(resource));
            do {
                meanwhile.addAll(transfers(application, withMany));
            } while (!sweep.isDone());
            sweep.join();
            swept = Contest.millisSince(nanos);
            left = count(full);
            fill(full, "another0-" + before);
            nanos = System.nanoTime();
            sweep(resource);
            sweptInVain = Contest.millisSince(nanos);
        }
        Map<String, Double> values = new LinkedHashMap<>();
        values.put("transaction ms, empty", Contest.median(empty));
        values.put("transaction ms, filled", Contest.median(filled));
        values.put("transaction ms, while swept", Contest.median(meanwhile));
        values.put("attach ms", attach);
        values.put("sweep s", swept / 1000);
        values.put("rows left", (double) left);
        values.put("sweep s, all of another cluster", sweptInVain / 1000);
        Figure figure = new Figure(
                "left-over undo rows", full.dialect() == Dialect.MYSQL ? "mariadb" : "postgresql", rows, values);
        System.out.println(figure + ", filled in " + fill + " ms");
        figures.add(figure);
    }

    private static List<Double> transfers(Application application, DataSource dataSource) throws SQLException {
        List<Double> millis = new ArrayList<>();
        for (int i = 0; i < PER_ROUND; i++) {
            long nanos = System.nanoTime();
            transfer(application, dataSource);
            millis.add(Contest.millisSince(nanos));
        }
        return millis;
    }

    private static void transfer(Application application, DataSource dataSource) throws SQLException {
        application.template().executeWithoutResult(() -> {
            try (Connection connection = dataSource.getConnection();
                    PreparedStatement update =
                            connection.prepareStatement("UPDATE account SET balance = balance + ? WHERE id = ?")) {
                connection.setAutoCommit(false);
                update.setLong(1, 1);
                update.setLong(2, 1);
                update.executeUpdate();
                connection.commit();
            }
        });
    }

    private static void sweep(Resource resource) {
        try {
            resource.sweep();
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /** @param xid the part that all of them have */
    private double fill(Database database, String xid) throws SQLException {
        boolean mySql = database.dialect() == Dialect.MYSQL;
        String sql = mySql
                ? "INSERT INTO undo_log (branch_id, xid, context, rollback_info, log_status, log_created, log_modified)"
                        + " SELECT seq, CONCAT('" + xid
                        + "', LPAD(seq, 16, '0')), 'dtx1;raw;200;00000000', REPEAT('x', 200), 0,"
                        + " UTC_TIMESTAMP(6) - INTERVAL 1 DAY, UTC_TIMESTAMP(6) - INTERVAL 1 DAY FROM seq_1_to_" + rows
                : "INSERT INTO undo_log (branch_id, xid, context, rollback_info, log_status, log_created, log_modified)"
                        + " SELECT n, '" + xid
                        + "' || LPAD(n::text, 16, '0'), 'dtx1;raw;200;00000000', REPEAT('x', 200)::bytea, 0,"
                        + " now() - INTERVAL '1 day', now() - INTERVAL '1 day' FROM generate_series(1, " + rows
                        + ") AS n";
        long nanos = System.nanoTime();
        database.run(sql);
        return Contest.millisSince(nanos);
    }

    private static long count(Database database) throws SQLException {
        try (Connection connection = database.connect();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT COUNT(*) FROM undo_log WHERE log_status <> 2")) {
            row.next();
            return row.getLong(1);
        }
    }
}
