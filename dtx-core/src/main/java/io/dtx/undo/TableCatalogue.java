package io.dtx.undo;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.dtx.sql.TableName;
import io.dtx.sql.TableName.Identifier;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The tables of one resource, as its database's catalogue describes them; kept for a while. Thread-safe.
 *
 * <p>Reading a description takes a dozen queries of the catalogue, each dearer than a transfer's own statements, so it must not be
 * done by all threads at once whenever its time is up. While a description still counts, one of those who use it, in
 * its last sixth, reads it anew, and the others go on with it. Where it counts no more, one reads and the others wait, but not for
 * long: the reader may have to wait in the database for a lock (on the table's definition) that one of them holds there. Whoever
 * has waited for {@link #PATIENCE} reads by himself, as all would without this.
 */
public final class TableCatalogue {

    private static final int MOST_TABLES = 10_000;
    private static final Duration LEAST_AGE = Duration.ofSeconds(1);
    private static final Duration PATIENCE = Duration.ofSeconds(1);
    private static final int LOCKS = 64;

    private final Database database;
    private final LongSupplier nanos;
    private final Cache<Name, Known> tables;
    private final long maxNanos;
    /** What was read before this moment may be outdated. */
    private volatile long forgotten;
    /** From this age on a description is read anew, by one of those who use it. */
    private final long renewNanos;
    /** Held while a table is read that is not known; by the hash of its name. Guards nothing. */
    private final List<ReentrantLock> reading =
            Stream.generate(ReentrantLock::new).limit(LOCKS).toList();
    /** As restores need them, and only for as long as one of them follows the other. */
    private final Cache<Exact, Table> latest;

    private record Name(List<Identifier> qualifiers, Identifier name) {}

    /** A table's exact name, and whether its side effects are accepted whatever this process was told. */
    private record Exact(String name, boolean sideEffectsAccepted) {}

    /** A table, or why none of its rows can be locked, and when that was read. */
    private static final class Known {
        private final @Nullable Table table;
        private final @Nullable UnlockableTableException refusal;
        private final long nanos;
        /** Whether somebody reads it anew. */
        private final AtomicBoolean renewed = new AtomicBoolean();

        Known(@Nullable Table table, @Nullable UnlockableTableException refusal, long nanos) {
            this.table = table;
            this.refusal = refusal;
            this.nanos = nanos;
        }

        Table table() throws UnlockableTableException {
            if (table != null) {
                return table;
            }
            throw Objects.requireNonNull(refusal).again();
        }

        boolean isOf(Table other) {
            return table != null && table.name().equals(other.name());
        }

        /** True for one caller alone. */
        boolean isToBeRenewed(long now, long age) {
            return now - nanos > age && renewed.compareAndSet(false, true);
        }
    }

    /** @param maxAge how long a description is used before it is read again */
    public TableCatalogue(Database database, Duration maxAge) {
        this(database, maxAge, System::nanoTime);
    }

    TableCatalogue(Database database, Duration maxAge, LongSupplier nanos) {
        this.database = database;
        this.nanos = nanos;
        this.forgotten = nanos.getAsLong() - 1;
        this.maxNanos = maxAge.toNanos();
        this.renewNanos = maxNanos / 6 * 5;
        this.tables = Caffeine.newBuilder()
                .maximumSize(MOST_TABLES)
                .expireAfterWrite(maxAge)
                .ticker(nanos::getAsLong)
                .executor(Runnable::run)
                .build();
        this.latest = Caffeine.newBuilder()
                .maximumSize(MOST_TABLES)
                .expireAfterWrite(LEAST_AGE)
                .executor(Runnable::run)
                .build();
    }

    /**
     * The table that a statement names on this connection.
     *
     * @throws CaptureRefusedException if there is none, or it can not be captured: no primary key, a view, an engine without
     *     transactions, temporary, foreign, system-versioned, with triggers, or outside the connection's default catalogue
     *     and schema. An {@link UnlockableTableException} is kept as a description is, since local transactions may go on
     *     writing such a table; no other refusal is
     */
    public Table table(Connection connection, TableName written) throws SQLException {
        Name name = new Name(written.qualifiers(), written.name());
        Known known = known(name);
        if (known == null) {
            return readOnce(connection, written, name);
        }
        return known.isToBeRenewed(nanos.getAsLong(), renewNanos) ? read(connection, written, name) : known.table();
    }

    private @Nullable Known known(Name name) {
        Known known = tables.getIfPresent(name);
        return known == null || nanos.getAsLong() - known.nanos >= maxNanos ? null : known;
    }

    private Table readOnce(Connection connection, TableName written, Name name) throws SQLException {
        ReentrantLock lock = reading.get(Math.floorMod(name.hashCode(), LOCKS));
        boolean first = tryLock(lock);
        try {
            Known known = known(name);
            return known == null ? read(connection, written, name) : known.table();
        } finally {
            if (first) {
                lock.unlock();
            }
        }
    }

    private static boolean tryLock(ReentrantLock lock) {
        try {
            return lock.tryLock(PATIENCE.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private Table read(Connection connection, TableName written, Name name) throws SQLException {
        long before = nanos.getAsLong();
        Known read;
        try {
            read = new Known(database.rules().describe(connection, database, written), null, before);
        } catch (UnlockableTableException e) {
            read = new Known(null, e, before);
        }
        if (before - forgotten > 0) {
            tables.asMap().merge(name, read, (old, now) -> old.nanos - now.nanos > 0 ? old : now);
        }
        return read.table();
    }

    /**
     * The table of exactly this name in the resource's catalogue and schema, as it was within the last second, if it was read
     * then: reading it anew for each of many restores costs the database more than the restores do.
     *
     * @param sideEffectsAccepted see {@link UndoEntry}; if not, what this process was told decides
     */
    @Nullable Table latest(String name, boolean sideEffectsAccepted) {
        return latest.getIfPresent(new Exact(name, sideEffectsAccepted));
    }

    /** Likewise, read now. */
    Table readLatest(Connection connection, String name, boolean sideEffectsAccepted) throws SQLException {
        Table read = readExact(connection, sideEffectsAccepted ? database.accepting(name) : database, name);
        latest.put(new Exact(name, sideEffectsAccepted), read);
        return read;
    }

    static Table readExact(Connection connection, Database database, String name) throws SQLException {
        return database.rules()
                .describe(connection, database, new TableName(List.of(), new Identifier(name, true), null));
    }

    /** Forgets what is known, because a statement found the database to be otherwise. */
    public void forget(Table table) {
        forgotten = nanos.getAsLong();
        tables.asMap().values().removeIf(known -> known.isOf(table));
    }

    /**
     * Forgets what was read before, because of an error that an altered table may explain. Tables that were read within the last
     * second stay, unless the error proves that one was altered: an application that fails all the time must not read the
     * catalogue all the time. And a missing primary key is explained by no table that has one.
     *
     * @return whether a table was forgotten: then the statement may fare better now
     */
    public boolean refresh(SQLException because) {
        if (because instanceof TableChangedException changed) {
            forget(changed.table());
            return true;
        }
        long now = nanos.getAsLong();
        boolean unlockable = because instanceof UnlockableTableException;
        boolean any = tables.asMap()
                .values()
                .removeIf(known -> now - known.nanos > LEAST_AGE.toNanos() && !(unlockable && known.table != null));
        if (any) {
            forgotten = now;
        }
        return any;
    }
}
