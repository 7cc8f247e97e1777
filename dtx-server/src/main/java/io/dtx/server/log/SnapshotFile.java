package io.dtx.server.log;

import io.dtx.model.Xid;
import io.dtx.server.coordinator.Committed;
import io.dtx.server.coordinator.Snapshot;
import io.dtx.server.coordinator.Transaction;
import io.dtx.server.log.record.SnapshotRecord;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32C;
import java.util.zip.CheckedOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * A snapshot as a file, written and read as a stream.
 *
 * <pre>
 * file        := magic header unfinished* rolled_back* committed* end checksum
 * magic       := "DTXSNAP1"                         ; 8 bytes ASCII
 * header, unfinished, rolled_back, committed, end
 *             := length SnapshotRecord              ; length: varint; record: protobuf, see log.proto
 * checksum    := CRC-32C of all bytes before it     ; 4 bytes big-endian
 * </pre>
 *
 * The end record counts the records before it. The checksum is verified over the whole file before anything of it is parsed.
 */
final class SnapshotFile {

    private static final byte[] MAGIC = "DTXSNAP1".getBytes(StandardCharsets.US_ASCII);
    /** It and all earlier ones are read. Version 1 knew no executions, version 2 no proof of an old copy. */
    private static final int VERSION = 3;
    /** Written where nothing is in it that only {@link #VERSION} knows: other nodes may not be upgraded yet. */
    private static final int USUAL_VERSION = 2;

    private static final int BUFFER = 1 << 16;
    private static final int CHECKSUM = Integer.BYTES;
    private static final int COMMITTED_PER_RECORD = 4096;

    private SnapshotFile() {}

    /** Writes the stream to its end; making it durable is the caller's part. */
    static void write(Snapshot snapshot, OutputStream target) throws IOException {
        CheckedOutputStream checked = new CheckedOutputStream(target, new CRC32C());
        DataOutputStream out = new DataOutputStream(new BufferedOutputStream(checked, BUFFER));
        out.write(MAGIC);
        new Writer(out).write(snapshot);
        out.flush();
        out.writeInt((int) checked.getChecksum().getValue());
        out.flush();
    }

    private static final class Writer {
        private final OutputStream out;
        private final List<Long> run = new ArrayList<>();
        private long records;

        private Writer(OutputStream out) {
            this.out = out;
        }

        private void write(Snapshot snapshot) throws IOException {
            SnapshotRecord.Builder header = SnapshotRecord.newBuilder();
            Xid olderThan = snapshot.olderThan();
            header.getHeaderBuilder()
                    .setVersion(olderThan == null ? USUAL_VERSION : VERSION)
                    .setCluster(snapshot.cluster() == null ? "" : snapshot.cluster())
                    .setTimestampMillis(snapshot.timestampMillis())
                    .setWatermarkMillis(snapshot.watermarkMillis())
                    .setOlderThan(olderThan == null ? "" : olderThan.toString());
            write(header);
            for (Transaction transaction : snapshot.unfinished()) {
                write(SnapshotRecord.newBuilder().setUnfinished(TransactionCodec.encode(transaction)));
            }
            for (Transaction transaction : snapshot.rolledBack()) {
                write(SnapshotRecord.newBuilder().setRolledBack(TransactionCodec.encode(transaction)));
            }
            snapshot.committed().forEach((high, low, finishedAt) -> {
                run.addAll(List.of(high, low, finishedAt));
                if (run.size() >= COMMITTED_PER_RECORD * 3) {
                    writeRun();
                }
            });
            writeRun();
            SnapshotRecord.Builder end = SnapshotRecord.newBuilder();
            end.getEndBuilder().setRecords(records);
            write(end);
        }

        private void writeRun() throws IOException {
            if (!run.isEmpty()) {
                SnapshotRecord.Builder committed = SnapshotRecord.newBuilder();
                committed.getCommittedBuilder().addAllEntries(run);
                write(committed);
                run.clear();
            }
        }

        private void write(SnapshotRecord.Builder record) throws IOException {
            record.build().writeDelimitedTo(out);
            records++;
        }
    }

    /** @throws IOException if the file is damaged, or of a version that this one can not read: says which file */
    static Snapshot read(Path file) throws IOException {
        long length = Files.size(file);
        verify(file, length);
        try (InputStream in = new BufferedInputStream(Files.newInputStream(file), BUFFER)) {
            in.skipNBytes(MAGIC.length);
            return new Reader(file).read(in);
        } catch (IllegalArgumentException e) {
            throw new IOException("the snapshot " + file + " holds what this version of dtx can not read", e);
        }
    }

    private static void verify(Path file, long length) throws IOException {
        CRC32C checksum = new CRC32C();
        byte[] buffer = new byte[BUFFER];
        try (InputStream in = new BufferedInputStream(Files.newInputStream(file), BUFFER)) {
            long left = length - CHECKSUM;
            for (boolean first = true; left > 0; first = false) {
                int read = in.readNBytes(buffer, 0, (int) Math.min(left, buffer.length));
                if (read == 0 || (first && !startsWithMagic(buffer, read))) {
                    throw damaged(file, "it does not begin like a snapshot", null);
                }
                checksum.update(buffer, 0, read);
                left -= read;
            }
            byte[] stored = in.readNBytes(CHECKSUM);
            if (left < 0
                    || stored.length != CHECKSUM
                    || ByteBuffer.wrap(stored).getInt() != (int) checksum.getValue()) {
                throw damaged(file, "its checksum is wrong", null);
            }
        }
    }

    private static boolean startsWithMagic(byte[] buffer, int length) {
        return length >= MAGIC.length && Arrays.equals(buffer, 0, MAGIC.length, MAGIC, 0, MAGIC.length);
    }

    private static IOException damaged(Path file, String how, @Nullable Throwable cause) {
        return new IOException(
                "the snapshot " + file + " is damaged (" + how
                        + "): put back an undamaged copy of the whole data directory, or start a new one",
                cause);
    }

    private static final class Reader {
        private final Path file;
        private final List<Transaction> unfinished = new ArrayList<>();
        private final List<Transaction> rolledBack = new ArrayList<>();
        private final Committed committed = new Committed();
        private SnapshotRecord.@Nullable Header header;
        private long records;

        private Reader(Path file) {
            this.file = file;
        }

        private Snapshot read(InputStream in) throws IOException {
            while (true) {
                SnapshotRecord record = SnapshotRecord.parseDelimitedFrom(in);
                if (record == null) {
                    throw damaged(file, "it has no end", null);
                }
                if (record.hasEnd()) {
                    if (record.getEnd().getRecords() != records || header == null) {
                        throw damaged(file, "records are missing", null);
                    }
                    return new Snapshot(
                            header.getCluster().isEmpty() ? null : header.getCluster(),
                            header.getTimestampMillis(),
                            header.getWatermarkMillis(),
                            unfinished,
                            rolledBack,
                            committed,
                            header.getOlderThan().isEmpty() ? null : Xid.parse(header.getOlderThan()));
                }
                take(record);
                records++;
            }
        }

        private void take(SnapshotRecord record) throws IOException {
            switch (record.getBodyCase()) {
                case HEADER -> {
                    int version = record.getHeader().getVersion();
                    if (version < 1 || version > VERSION) {
                        throw new IOException("the snapshot " + file + " has format version " + version
                                + ", this is version " + VERSION + ": start a newer version of dtx");
                    }
                    header = record.getHeader();
                }
                case UNFINISHED -> unfinished.add(TransactionCodec.decode(record.getUnfinished()));
                case ROLLED_BACK -> rolledBack.add(TransactionCodec.decode(record.getRolledBack()));
                case COMMITTED -> {
                    List<Long> run = record.getCommitted().getEntriesList();
                    for (int i = 0; i < run.size(); i += 3) {
                        committed.add(run.get(i), run.get(i + 1), run.get(i + 2));
                    }
                }
                default -> throw new IllegalArgumentException("unknown record in " + file);
            }
        }
    }
}
