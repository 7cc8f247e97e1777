package io.dtx.undo;

import static org.assertj.core.api.Assertions.assertThat;

import io.dtx.sql.TableName;
import io.dtx.sql.TableName.Identifier;
import io.dtx.test.Databases;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** How often the database is asked what a table is, if many threads want to know. On H2: nothing here is a database's own. */
@SuppressWarnings("NullAway.Init")
class TableCatalogueTests {

    private static final int THREADS = 16;
    private static final TableName ACCOUNT = new TableName(List.of(), new Identifier("ACCOUNT", false), null);

    private final io.dtx.test.Database server = Databases.h2().createFresh();
    private final ExecutorService threads = Executors.newFixedThreadPool(THREADS);
    /** Queries of the catalogue. */
    private final AtomicInteger queries = new AtomicInteger();

    private Database database;
    private int queriesOfOne;

    @BeforeEach
    void createTable() throws SQLException {
        server.run("CREATE TABLE account (id BIGINT PRIMARY KEY, balance DECIMAL(18,2) NOT NULL)");
        try (Connection connection = counted(null)) {
            database = Database.of(connection);
            queries.set(0);
            new TableCatalogue(database, Duration.ofMinutes(1)).table(connection, ACCOUNT);
            queriesOfOne = queries.getAndSet(0);
        }
        assertThat(queriesOfOne).isPositive();
    }

    @AfterEach
    void stopThreads() {
        threads.shutdownNow();
    }

    /** @param hold if given, the first query waits for it */
    private Connection counted(@Nullable CountDownLatch hold) throws SQLException {
        Connection connection = server.connect();
        AtomicInteger first = new AtomicInteger();
        return (Connection) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {Connection.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("prepareStatement")
                            || method.getName().equals("createStatement")) {
                        queries.incrementAndGet();
                        if (hold != null && first.incrementAndGet() == 1) {
                            hold.await();
                        }
                    }
                    try {
                        return method.invoke(connection, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    private <T> List<T> atOnce(Callable<T> work) throws Exception {
        CountDownLatch start = new CountDownLatch(1);
        List<Future<T>> futures = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
            futures.add(threads.submit(() -> {
                start.await();
                return work.call();
            }));
        }
        start.countDown();
        List<T> results = new ArrayList<>();
        for (Future<T> future : futures) {
            results.add(future.get(30, TimeUnit.SECONDS));
        }
        return results;
    }

    @Test
    void aTableThatIsNotKnownIsReadOnceForAllWhoWantIt() throws Exception {
        TableCatalogue tables = new TableCatalogue(database, Duration.ofMinutes(1));
        List<Table> read = atOnce(() -> {
            try (Connection connection = counted(null)) {
                return tables.table(connection, ACCOUNT);
            }
        });
        assertThat(queries).hasValue(queriesOfOne);
        assertThat(read.stream().distinct()).hasSize(1);
    }

    @Test
    void aDescriptionThatGrowsOldIsReadAnewByOneOfItsUsers() throws Exception {
        TableCatalogue tables = new TableCatalogue(database, Duration.ofSeconds(60));
        TableCatalogue aging = new TableCatalogue(database, Duration.ofMillis(2_400));
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(6_600);
        atOnce(() -> {
            try (Connection connection = counted(null)) {
                while (System.nanoTime() < end) {
                    tables.table(connection, ACCOUNT);
                    aging.table(connection, ACCOUNT);
                    Thread.sleep(5);
                }
                return true;
            }
        });
        // At 0, 2, 4 and 6 s, and before for the other one.
        assertThat(queries.get()).isBetween(4 * queriesOfOne, 5 * queriesOfOne);
    }

    /** The reader may wait in the database for something that a waiting thread holds there. */
    @Test
    void nobodyWaitsLongForAnotherToRead() throws Exception {
        TableCatalogue tables = new TableCatalogue(database, Duration.ofMinutes(1));
        CountDownLatch hold = new CountDownLatch(1);
        Future<Table> held = threads.submit(() -> {
            try (Connection connection = counted(hold)) {
                return tables.table(connection, ACCOUNT);
            }
        });
        while (queries.get() == 0) {
            Thread.sleep(1);
        }
        Future<Table> other = threads.submit(() -> {
            try (Connection connection = counted(null)) {
                return tables.table(connection, ACCOUNT);
            }
        });
        assertThat(other.get(10, TimeUnit.SECONDS)).isNotNull();
        assertThat(held.isDone()).isFalse();
        hold.countDown();
        assertThat(held.get(10, TimeUnit.SECONDS)).isNotNull();
    }

    @Test
    void aReaderThatFailsLeavesItToTheNext() throws Exception {
        TableCatalogue tables = new TableCatalogue(database, Duration.ofMinutes(1));
        AtomicInteger failed = new AtomicInteger();
        List<Boolean> found = atOnce(() -> {
            try (Connection connection = counted(null)) {
                if (failed.incrementAndGet() <= 3) {
                    broken(connection);
                }
                return tables.table(connection, ACCOUNT) != null;
            } catch (SQLException e) {
                return false;
            }
        });
        assertThat(found.stream().filter(one -> one)).hasSizeGreaterThanOrEqualTo(THREADS - 3);
    }

    /** Its queries fail from here on. */
    @SuppressWarnings("try")
    private static void broken(Connection connection) throws SQLException {
        connection.close();
    }
}
