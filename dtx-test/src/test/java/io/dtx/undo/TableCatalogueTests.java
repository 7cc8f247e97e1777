package io.dtx.undo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

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
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** How often the database is asked what a table is, if many threads want to know. On H2: nothing here is a database's own. */
@SuppressWarnings("NullAway.Init")
class TableCatalogueTests {

    private static final int THREADS = 16;
    private static final TableName ACCOUNT = new TableName(List.of(), new Identifier("ACCOUNT", false), null);
    private static final TableName AUDIT = new TableName(List.of(), new Identifier("AUDIT", false), null);

    private final io.dtx.test.Database server = Databases.h2().createFresh();
    private final ExecutorService threads = Executors.newFixedThreadPool(THREADS);
    private final AtomicLong nanos = new AtomicLong();
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
            catalogue().table(connection, ACCOUNT);
            queriesOfOne = queries.getAndSet(0);
        }
        assertThat(queriesOfOne).isPositive();
    }

    @AfterEach
    void stopThreads() {
        threads.shutdownNow();
    }

    private TableCatalogue catalogue() {
        return new TableCatalogue(database, Duration.ofMinutes(1), nanos::get);
    }

    private interface First {
        void query() throws Exception;
    }

    /** @param first if given, what comes before the first query */
    private Connection counted(@Nullable First first) throws SQLException {
        Connection connection = server.connect();
        AtomicBoolean begun = new AtomicBoolean();
        return (Connection) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {Connection.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("prepareStatement")
                            || method.getName().equals("createStatement")) {
                        queries.incrementAndGet();
                        if (first != null && begun.compareAndSet(false, true)) {
                            first.query();
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
        TableCatalogue tables = catalogue();
        List<Table> read = all(tables);
        assertThat(queries).hasValue(queriesOfOne);
        assertThat(read).allSatisfy(table -> assertThat(table).isSameAs(read.get(0)));
    }

    @Test
    void aDescriptionThatGrowsOldIsReadAnewByOneOfItsUsers() throws Exception {
        TableCatalogue tables = catalogue();
        List<Table> young = all(tables);
        nanos.addAndGet(TimeUnit.SECONDS.toNanos(50));
        queries.set(0);
        assertThat(all(tables)).allSatisfy(table -> assertThat(table).isSameAs(young.get(0)));
        assertThat(queries).hasValue(0);

        nanos.incrementAndGet();
        assertThat(all(tables)).hasSize(THREADS);
        assertThat(queries).hasValue(queriesOfOne);
        assertThat(all(tables)).allSatisfy(table -> assertThat(table).isNotSameAs(young.get(0)));
        assertThat(queries).hasValue(queriesOfOne);
    }

    @Test
    void oneThatIsTooOldIsReadOnceForAll() throws Exception {
        TableCatalogue tables = catalogue();
        List<Table> old = all(tables);
        nanos.addAndGet(TimeUnit.SECONDS.toNanos(60));
        queries.set(0);

        assertThat(all(tables)).allSatisfy(table -> assertThat(table).isNotSameAs(old.get(0)));
        assertThat(queries).hasValue(queriesOfOne);
    }

    /** What all threads are given, at once. */
    private List<Table> all(TableCatalogue tables) throws Exception {
        return atOnce(() -> {
            try (Connection connection = counted(null)) {
                return tables.table(connection, ACCOUNT);
            }
        });
    }

    /** What is being read while the tables are forgotten may be outdated itself. */
    @Test
    void whatWasBegunBeforeTheTablesWereForgottenIsNotKept() throws SQLException {
        TableCatalogue tables = catalogue();
        Table first;
        try (Connection connection = counted(null)) {
            first = tables.table(connection, ACCOUNT);
        }
        nanos.addAndGet(TimeUnit.SECONDS.toNanos(55));
        try (Connection connection = counted(() -> tables.forget(first))) {
            tables.table(connection, ACCOUNT);
        }
        queries.set(0);
        nanos.incrementAndGet();
        try (Connection connection = counted(null)) {
            tables.table(connection, ACCOUNT);
        }
        assertThat(queries).hasValue(queriesOfOne);
    }

    @Test
    void aTableWithoutAKeyIsReadOnceToo() throws Exception {
        server.run("CREATE TABLE audit (text VARCHAR(20))");
        TableCatalogue tables = catalogue();
        UnlockableTableException first = refusal(tables);
        int queriesOfRefused = queries.getAndSet(0);
        assertThat(queriesOfRefused).isPositive();
        assertThat(atOnce(() -> refusal(tables))).allSatisfy(refusal -> {
            assertThat((Throwable) refusal).isNotSameAs(first).hasMessage(first.getMessage());
        });
        assertThat(queries).hasValue(0);

        nanos.addAndGet(TimeUnit.SECONDS.toNanos(50) + 1);
        server.run("ALTER TABLE audit ADD COLUMN id INT PRIMARY KEY");
        try (Connection connection = counted(null)) {
            assertThat(tables.table(connection, AUDIT).name()).isEqualTo("AUDIT");
            assertThat(tables.table(connection, AUDIT).name()).isEqualTo("AUDIT");
        }
        assertThat(queries).hasValue(queriesOfOne);
    }

    @Test
    void aRefusalForAMissingKeyIsReasonToForgetNothingElse() throws Exception {
        server.run("CREATE TABLE audit (text VARCHAR(20))");
        TableCatalogue tables = catalogue();
        List<Table> known = all(tables);
        UnlockableTableException refusal = refusal(tables);
        assertThat(tables.refresh(refusal)).as("read just now").isFalse();

        nanos.addAndGet(TimeUnit.SECONDS.toNanos(2));
        server.run("ALTER TABLE audit ADD COLUMN id INT PRIMARY KEY");
        assertThat(tables.refresh(refusal)).isTrue();
        assertThat(all(tables)).allSatisfy(table -> assertThat(table).isSameAs(known.get(0)));
        try (Connection connection = counted(null)) {
            assertThat(tables.table(connection, AUDIT).name()).isEqualTo("AUDIT");
        }
    }

    private UnlockableTableException refusal(TableCatalogue tables) throws SQLException {
        try (Connection connection = counted(null)) {
            return catchThrowableOfType(UnlockableTableException.class, () -> tables.table(connection, AUDIT));
        }
    }

    /** The reader may wait in the database for something that a waiting thread holds there. */
    @Test
    void nobodyWaitsLongForAnotherToRead() throws Exception {
        TableCatalogue tables = catalogue();
        CountDownLatch reading = new CountDownLatch(1);
        CountDownLatch hold = new CountDownLatch(1);
        Future<Table> held = threads.submit(() -> {
            try (Connection connection = counted(() -> {
                reading.countDown();
                hold.await();
            })) {
                return tables.table(connection, ACCOUNT);
            }
        });
        assertThat(reading.await(10, TimeUnit.SECONDS)).isTrue();
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
        TableCatalogue tables = catalogue();
        AtomicInteger readers = new AtomicInteger();
        List<Boolean> found = atOnce(() -> {
            try (Connection connection = counted(() -> {
                if (readers.incrementAndGet() <= 3) {
                    throw new SQLException("broken");
                }
            })) {
                return tables.table(connection, ACCOUNT) != null;
            } catch (SQLException e) {
                return false;
            }
        });
        assertThat(found).containsOnly(true, false);
        assertThat(found.stream().filter(one -> one)).hasSize(THREADS - 3);
        assertThat(readers).as("one after the other").hasValue(4);
        assertThat(queries).hasValue(3 + queriesOfOne);
    }
}
