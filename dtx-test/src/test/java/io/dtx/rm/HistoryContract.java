package io.dtx.rm;

import static io.dtx.rm.Application.update;
import static org.assertj.core.api.Assertions.assertThat;

import io.dtx.context.CurrentTransaction;
import io.dtx.context.CurrentTransaction.Scope;
import io.dtx.context.GlobalLockScope;
import io.dtx.context.Participation;
import io.dtx.model.TransactionStatus;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A generated history: writers move money between accounts in global transactions, half of which roll back after their local
 * commits; others do the same in local transactions that respect global locks; readers lock and read. Each value that is written
 * carries the mark of its writer, so that each value that is read tells whose it is.
 *
 * <p>To run one again: {@code -Ddtx.test.seed=<seed>}; what the threads do is the same then, how they meet is not.
 */
abstract class HistoryContract extends ResourceContract {

    private static final int ACCOUNTS = 8;
    private static final int START = 1000;
    private static final int WRITERS = 4;
    private static final int LOCAL_WRITERS = 2;
    private static final int READERS = 4;
    private static final Duration LENGTH = Duration.ofSeconds(4);

    /** Marks of writers: 1 for the start; those that were rolled back must never be seen. */
    private final AtomicLong marks = new AtomicLong(1);

    private final Map<Long, String> undone = new ConcurrentHashMap<>();
    /** What committed transfers added, by account. */
    private final List<AtomicInteger> expected = new ArrayList<>();

    private final List<String> violations = new ArrayList<>();
    private final AtomicInteger committed = new AtomicInteger();
    private final AtomicInteger rolledBack = new AtomicInteger();
    /** Rows, and of these whole sums: PostgreSQL lets few of them end under REPEATABLE READ. */
    private final AtomicInteger reads = new AtomicInteger();

    private final AtomicInteger totals = new AtomicInteger();
    private final AtomicInteger conflicts = new AtomicInteger();
    private volatile boolean over;

    private record Cell(int amount, long mark) {}

    @ParameterizedTest
    @ValueSource(ints = {Connection.TRANSACTION_READ_COMMITTED, Connection.TRANSACTION_REPEATABLE_READ})
    @DisplayName("I10: no dirty read, no lost update, a constant total, in a generated history of transfers and reads")
    void i10_aHistoryOfTransfersAndReads(int isolation) {
        long seed = Long.getLong("dtx.test.seed", System.nanoTime());
        System.out.println("history on " + database.dialect() + " at isolation " + isolation + ", seed " + seed);
        prepare();
        List<CompletableFuture<Void>> threads = new ArrayList<>();
        Random seeds = new Random(seed);
        try (Application application =
                Application.on(coordinator, "history", Duration.ofSeconds(2), Application.SETTINGS)) {
            DataSource data = application.manage(database);
            for (int i = 0; i < WRITERS; i++) {
                threads.add(start(seeds.nextLong(), random -> transfer(application, data, isolation, random)));
            }
            for (int i = 0; i < LOCAL_WRITERS; i++) {
                threads.add(start(seeds.nextLong(), random -> transferLocally(data, isolation, random)));
            }
            for (int i = 0; i < READERS; i++) {
                boolean global = i % 2 == 0;
                threads.add(start(seeds.nextLong(), random -> read(application, data, isolation, global)));
            }
            CompletableFuture.delayedExecutor(LENGTH.toMillis(), TimeUnit.MILLISECONDS)
                    .execute(() -> over = true);
            threads.forEach(thread -> thread.orTimeout(120, TimeUnit.SECONDS).join());
        }
        System.out.println(committed + " committed, " + rolledBack + " rolled back, " + reads + " rows read, " + totals
                + " totals, "
                + conflicts
                + " conflicts");
        assertThat(violations).as("seed " + seed).isEmpty();
        assertThat(committed).as("transfers committed").hasPositiveValue();
        assertThat(rolledBack).as("transfers rolled back").hasPositiveValue();
        assertThat(reads).as("reads").hasPositiveValue();
        for (int id = 1; id <= ACCOUNTS; id++) {
            assertThat(Rows.of(database, "SELECT amount FROM money WHERE id = " + id))
                    .as("account " + id + ", seed " + seed)
                    .containsExactly(String.valueOf(START + expected.get(id - 1).get()));
        }
        assertThat(coordinator.<Integer>read(state -> state.unfinished().size()))
                .isZero();
    }

    private void prepare() {
        over = false;
        violations.clear();
        expected.clear();
        List.of(committed, rolledBack, reads, totals, conflicts).forEach(counter -> counter.set(0));
        database.run("CREATE TABLE money (id INT PRIMARY KEY, amount INT NOT NULL, mark BIGINT NOT NULL)");
        for (int id = 1; id <= ACCOUNTS; id++) {
            expected.add(new AtomicInteger());
            database.run("INSERT INTO money VALUES (" + id + ", " + START + ", 1)");
        }
    }

    private interface Step {
        void run(Random random) throws SQLException;
    }

    private CompletableFuture<Void> start(long seed, Step step) {
        CompletableFuture<Void> end = new CompletableFuture<>();
        Random random = new Random(seed);
        new Thread(
                        () -> {
                            try {
                                while (!over) {
                                    step.run(random);
                                }
                                end.complete(null);
                            } catch (SQLException | RuntimeException | Error e) {
                                end.completeExceptionally(e);
                            }
                        },
                        "history")
                .start();
        return end;
    }

    /** Between two accounts, in the order in which all lock them; some in the other order, for deadlocks. */
    private record Transfer(int first, int second, int amount) {
        static Transfer of(Random random) {
            int one = 1 + random.nextInt(ACCOUNTS);
            int other = 1 + (one + random.nextInt(ACCOUNTS - 1)) % ACCOUNTS;
            boolean against = random.nextInt(10) == 0;
            return new Transfer(
                    against ? Math.max(one, other) : Math.min(one, other),
                    against ? Math.min(one, other) : Math.max(one, other),
                    1 + random.nextInt(10));
        }
    }

    /** In two local transactions of a global one. */
    private void transfer(Application application, DataSource data, int isolation, Random random) throws SQLException {
        Transfer transfer = Transfer.of(random);
        boolean commit = random.nextBoolean();
        boolean readFirst = random.nextBoolean();
        long mark = marks.incrementAndGet();
        Participation transaction = application.begin();
        boolean done = attempt(() -> {
            Scope scope = CurrentTransaction.bind(transaction);
            try {
                inLocal(
                        data,
                        isolation,
                        connection -> add(connection, transfer.first(), -transfer.amount(), mark, readFirst));
                inLocal(
                        data,
                        isolation,
                        connection -> add(connection, transfer.second(), transfer.amount(), mark, readFirst));
            } finally {
                scope.close();
            }
        });
        if (!done || !commit) {
            undone.put(mark, "rolled back: " + transaction.xid());
            rollBackAndAwait(application, transaction);
            rolledBack.incrementAndGet();
            return;
        }
        if (application.commit(transaction).status() == TransactionStatus.COMMITTED) {
            count(transfer);
        } else {
            undone.put(mark, "not committed: " + transaction.xid());
            awaitEnd(transaction);
        }
    }

    private void rollBackAndAwait(Application application, Participation transaction) {
        application.rollBack(transaction);
        awaitEnd(transaction);
    }

    private void transferLocally(DataSource data, int isolation, Random random) throws SQLException {
        Transfer transfer = Transfer.of(random);
        long mark = marks.incrementAndGet();
        Scope scope = GlobalLockScope.open();
        try {
            boolean done = attempt(() -> inLocal(data, isolation, connection -> {
                add(connection, transfer.first(), -transfer.amount(), mark, false);
                add(connection, transfer.second(), transfer.amount(), mark, true);
            }));
            if (done) {
                count(transfer);
            }
        } finally {
            scope.close();
        }
    }

    private void count(Transfer transfer) {
        expected.get(transfer.first() - 1).addAndGet(-transfer.amount());
        expected.get(transfer.second() - 1).addAndGet(transfer.amount());
        committed.incrementAndGet();
    }

    private void read(Application application, DataSource data, int isolation, boolean global) throws SQLException {
        @Nullable Participation transaction = global ? application.begin() : null;
        Scope scope = transaction == null ? GlobalLockScope.open() : CurrentTransaction.bind(transaction);
        try {
            attempt(() -> inLocal(data, isolation, connection -> {
                int sum = 0;
                for (int id = 1; id <= ACCOUNTS; id++) {
                    Cell cell = lock(connection, id);
                    sum += cell.amount();
                    reads.incrementAndGet();
                    String why = undone.get(cell.mark());
                    if (why != null) {
                        violation("account " + id + " was read with the mark of one that " + why);
                    }
                }
                if (sum != ACCOUNTS * START) {
                    violation("the total was read as " + sum);
                }
                totals.incrementAndGet();
            }));
        } finally {
            scope.close();
            if (transaction != null) {
                application.commit(transaction);
            }
        }
    }

    private void violation(String what) {
        synchronized (violations) {
            violations.add(what);
        }
    }

    /** Read first, the sum is made by the application: an update that comes in between is lost. */
    private static void add(Connection connection, int id, int amount, long mark, boolean readFirst)
            throws SQLException {
        int changed;
        if (readFirst) {
            Cell cell = lock(connection, id);
            changed = update(
                    connection, "UPDATE money SET amount = ?, mark = ? WHERE id = ?", cell.amount() + amount, mark, id);
        } else {
            changed =
                    update(connection, "UPDATE money SET amount = amount + ?, mark = ? WHERE id = ?", amount, mark, id);
        }
        assertThat(changed).isEqualTo(1);
    }

    private static Cell lock(Connection connection, int id) throws SQLException {
        try (PreparedStatement select =
                connection.prepareStatement("SELECT amount, mark FROM money WHERE id = ? FOR UPDATE")) {
            select.setInt(1, id);
            try (ResultSet rows = select.executeQuery()) {
                assertThat(rows.next()).isTrue();
                return new Cell(rows.getInt(1), rows.getLong(2));
            }
        }
    }

    private interface Local {
        void run(Connection connection) throws SQLException;
    }

    private static void inLocal(DataSource data, int isolation, Local work) throws SQLException {
        try (Connection connection = data.getConnection()) {
            connection.setTransactionIsolation(isolation);
            connection.setAutoCommit(false);
            try {
                work.run(connection);
                connection.commit();
            } catch (SQLException | RuntimeException | Error e) {
                connection.rollback();
                throw e;
            }
        }
    }

    private interface Body {
        void run() throws SQLException;
    }

    /** False if a conflict ended it: nothing of the last local transaction is left then. */
    private boolean attempt(Body body) throws SQLException {
        try {
            body.run();
            return true;
        } catch (SQLException e) {
            if (isConflict(e)) {
                conflicts.incrementAndGet();
                return false;
            }
            throw e;
        }
    }

    /** Deadlocks, serialization failures and lock time-outs of the database, and dtx's own. */
    private static boolean isConflict(SQLException error) {
        String state = String.valueOf(error.getSQLState());
        return state.startsWith("40")
                || state.equals("HYT00")
                || state.equals("25000")
                || error.getErrorCode() == 1205
                || error.getErrorCode() == 1020; // MariaDB's innodb_snapshot_isolation
    }
}
