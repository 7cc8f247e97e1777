package io.dtx.server.runtime;

import com.github.f4b6a3.ulid.Ulid;
import io.dtx.server.coordinator.Snapshot;
import io.dtx.server.coordinator.Transaction;
import io.dtx.server.log.DataDirectory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.Objects;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Writes down, in the data directory, what is known of the transactions of a cluster that is given up for a new one: nobody can
 * ask for them afterwards, and their undo rows, those of committed ones among them, wait for a person.
 *
 * <pre>
 * dtx-given-up 1
 * # for people
 * cluster a1B2c3D4
 * forgotten 2026-11-22T16:15:30.123Z                                   ; see below; not there if there is none
 * a1B2c3D4-01JZZZZZZZZZZZZZZZZZZZZZZZ ACTIVE 2026-11-22T17:15:30.123Z  ; one line for each transaction
 * </pre>
 *
 * A transaction is {@code ACTIVE} or {@code ROLLING_BACK}, with the time at which it was first heard of, or {@code ROLLED_BACK},
 * {@code FORCED} or {@code COMMITTED}, with that of its end. One that is not there, and whose XID is not of after the time
 * {@code forgotten}, had finished, and its outcome is not kept any more. That line is left out where the data has shown itself to be
 * an old copy: then it says nothing.
 *
 * <p>The file is named after the cluster, has its name once it is durable, and is never written to again: what a later start, on
 * the same cluster, would write goes into one of its own, unless it is the same. Thread-safe.
 */
public final class GivenUp {

    private static final String MAGIC = "dtx-given-up 1";

    private final Path directory;
    private final ReentrantLock lock = new ReentrantLock();

    public GivenUp(Path dataDirectory) {
        this.directory = dataDirectory;
    }

    /**
     * Returns when it is durable.
     *
     * @param known of a cluster
     * @return the file
     * @throws UncheckedIOException if it can not be written
     */
    Path write(Snapshot known) {
        lock.lock();
        try {
            String name = "given-up-" + Objects.requireNonNull(known.cluster());
            Path temporary = directory.resolve(name + ".tmp");
            try (FileChannel channel = FileChannel.open(
                            temporary,
                            StandardOpenOption.CREATE,
                            StandardOpenOption.TRUNCATE_EXISTING,
                            StandardOpenOption.WRITE);
                    Writer out = Channels.newWriter(channel, StandardCharsets.UTF_8)) {
                write(known, out);
                out.flush();
                channel.force(true);
            }
            Path file = named(temporary, name);
            DataDirectory.forceDirectory(directory);
            return file;
        } catch (IOException e) {
            throw new UncheckedIOException("can not write down in " + directory + " what is given up", e);
        } finally {
            lock.unlock();
        }
    }

    private Path named(Path temporary, String name) throws IOException {
        Path file = directory.resolve(name + ".txt");
        for (int number = 2; Files.exists(file); number++) {
            if (Files.mismatch(file, temporary) < 0) {
                Files.delete(temporary); // a start before this one was broken off here
                return file;
            }
            file = directory.resolve(name + "-" + number + ".txt");
        }
        Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
        return file;
    }

    private static void write(Snapshot known, Writer out) throws IOException {
        out.write(MAGIC + "\n");
        out.write(
                "# What this coordinator knew of the transactions of a cluster when it was given up for a new one.\n");
        out.write(
                "# If its data was an old copy, what is ACTIVE here may have been decided since, and newer ones are missing.\n");
        out.write("# See 'What the undo rows of a lost cluster are' in the operations guide.\n");
        out.write("cluster " + known.cluster() + "\n");
        if (known.watermarkMillis() >= 0 && known.olderThan() == null) {
            out.write("forgotten " + Instant.ofEpochMilli(known.watermarkMillis()) + "\n");
        }
        for (Transaction transaction : known.unfinished()) {
            write(transaction, transaction.status().name(), transaction.createdAtMillis(), out);
        }
        for (Transaction transaction : known.rolledBack()) {
            String status =
                    transaction.forced() ? "FORCED" : transaction.status().name();
            write(transaction, status, transaction.finishedAtMillis(), out);
        }
        known.committed()
                .forEach((high, low, finishedAt) -> out.write(known.cluster() + "-" + new Ulid(high, low)
                        + " COMMITTED " + Instant.ofEpochMilli(finishedAt) + "\n"));
    }

    private static void write(Transaction transaction, String status, long millis, Writer out) throws IOException {
        out.write(transaction.xid() + " " + status + " " + Instant.ofEpochMilli(millis) + "\n");
    }
}
