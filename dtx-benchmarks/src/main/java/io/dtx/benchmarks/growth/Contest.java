package io.dtx.benchmarks.growth;

import com.alibaba.druid.pool.DruidDataSource;
import io.dtx.sql.Dialect;
import io.dtx.test.Database;
import io.dtx.test.EmbeddedCoordinator;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import javax.sql.DataSource;

/** The same local transaction, plain and in a global transaction of its own, by turns. */
final class Contest implements AutoCloseable {

    private static final int FEW = 5;
    private static final long ENOUGH_NANOS = 2_000_000_000L;
    private static final int MOST = 200;

    private final Database database;
    private final EmbeddedCoordinator coordinator;
    private final DruidDataSource plain;
    private final DruidDataSource target;
    private final Application application;
    private final DataSource managed;

    /** What is done on a connection, before it commits. */
    interface Work {
        void on(Connection connection) throws SQLException;
    }

    private static final class Undone extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    Contest(Database database, Driver driver, EmbeddedCoordinator coordinator) {
        this.database = database;
        this.coordinator = coordinator;
        this.plain = driver.pool(database);
        this.target = driver.pool(database);
        this.application = new Application(coordinator);
        this.managed = application.wrap(target);
    }

    /** @param size how many rows or statements: for figures per one of them */
    Figure measure(String part, String subject, long size, Work work) throws SQLException, InterruptedException {
        List<Double> plainly = new ArrayList<>();
        List<Double> globally = new ArrayList<>();
        List<Double> undone = new ArrayList<>();
        List<Double> plainStatements = new ArrayList<>();
        List<Double> globalStatements = new ArrayList<>();
        Duration plainCpu = Duration.ZERO;
        Duration globalCpu = Duration.ZERO;
        long begun = System.nanoTime();
        for (int round = 0; round < FEW || (round < MOST && System.nanoTime() - begun < ENOUGH_NANOS); round++) {
            long before = statements();
            Duration used = cpu();
            long nanos = System.nanoTime();
            run(plain, work);
            plainly.add(millisSince(nanos));
            plainStatements.add((double) (statements() - before - 1));
            plainCpu = plainCpu.plus(cpu()).minus(used);
            before = statements();
            used = cpu();
            nanos = System.nanoTime();
            application.template().executeWithoutResult(() -> run(managed, work));
            globally.add(millisSince(nanos));
            int looks = settle();
            globalCpu = globalCpu.plus(cpu()).minus(used);
            globalStatements.add((double) (statements() - before - 1 - looks));
            nanos = System.nanoTime();
            try {
                application.template().executeWithoutResult(() -> {
                    run(managed, work);
                    throw new Undone();
                });
            } catch (Undone expected) {
                settle();
            }
            undone.add(millisSince(nanos));
        }
        Map<String, Double> values = new LinkedHashMap<>();
        values.put("plain ms", median(plainly));
        values.put("dtx ms", median(globally));
        values.put("plain CPU ms", plainCpu.toNanos() / 1e6 / plainly.size());
        values.put("dtx CPU ms", globalCpu.toNanos() / 1e6 / plainly.size());
        values.put("added CPU µs each", globalCpu.minus(plainCpu).toNanos() / 1e3 / plainly.size() / size);
        values.put("done and undone ms", median(undone));
        if (database.dialect() == Dialect.MYSQL) {
            values.put("statements plain", median(plainStatements));
            values.put("statements dtx", median(globalStatements));
        }
        Figure figure = new Figure(part, subject, size, values);
        System.out.println(figure);
        return figure;
    }

    private static void run(DataSource dataSource, Work work) throws SQLException {
        try (Connection connection = dataSource.getConnection()) {
            connection.setAutoCommit(false);
            work.on(connection);
            connection.commit();
        }
    }

    /** Returns when no row is left to delete or to restore: how often it looked. */
    private int settle() throws SQLException, InterruptedException {
        int looks = 1;
        while (number("SELECT COUNT(*) FROM undo_log WHERE log_status <> 2", 1) > 0
                || coordinator.read(machine -> !machine.unfinished().isEmpty())) {
            looks++;
            Thread.sleep(5);
        }
        return looks;
    }

    /** Of this process, which is application and coordinator, and of the database's, which are its children. */
    private static Duration cpu() {
        ProcessHandle self = ProcessHandle.current();
        return Stream.concat(Stream.of(self), self.descendants())
                .map(process -> process.info().totalCpuDuration().orElse(Duration.ZERO))
                .reduce(Duration.ZERO, Duration::plus);
    }

    private long statements() throws SQLException {
        return database.dialect() == Dialect.MYSQL ? number("SHOW GLOBAL STATUS LIKE 'Questions'", 2) : 0;
    }

    private long number(String sql, int column) throws SQLException {
        try (Connection connection = plain.getConnection();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return row.getLong(column);
        }
    }

    static double median(List<Double> values) {
        List<Double> sorted = new ArrayList<>(values);
        Collections.sort(sorted);
        return sorted.get(sorted.size() / 2);
    }

    static double millisSince(long nanos) {
        return (System.nanoTime() - nanos) / 1e6;
    }

    @Override
    public void close() {
        application.close();
        target.close();
        plain.close();
    }
}
