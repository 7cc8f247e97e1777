package io.dtx.undo;

import io.dtx.model.BranchId;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.CRC32C;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.InflaterInputStream;

/**
 * Undo entries to the two columns of an undo row, and back.
 *
 * <pre>
 * context := "dtx1;" codec ";" size ";" checksum
 * codec   := "raw" | "deflate"                      ; deflate over 64 KiB: zlib format (RFC 1950)
 * size    := decimal                                 ; of the record before compression, in bytes
 * checksum:= 8 hex digits                            ; CRC-32C of xid, branch number (8 bytes, big-endian), stored bytes
 * </pre>
 *
 * The record itself is the protobuf message StoredUndo. The checksum is over the branch's identity too, so that a record in
 * another branch's row is not taken for that branch's. Immutable and thread-safe.
 */
public final class UndoCodec {

    private static final int COMPRESS_OVER = 64 * 1024;
    private static final String VERSION = "dtx1";
    private static final Pattern CONTEXT = Pattern.compile(VERSION + ";(raw|deflate);([0-9]{1,10});([0-9a-f]{8})");

    private final long maxSize;
    private final String whereLarger;

    /** @param maxSize the largest record, in bytes as stored; what the user has set, as {@code dtx.undo-log.max-size} */
    public UndoCodec(long maxSize) {
        this(maxSize, ", or raise dtx.undo-log.max-size (and the database's packet limit, if there is one)");
    }

    private UndoCodec(long maxSize, String whereLarger) {
        this.maxSize = maxSize;
        this.whereLarger = whereLarger;
    }

    /**
     * For a database that may take less than the user has set.
     *
     * @param set the largest record, in bytes as stored, as the user has set it
     * @param possible the largest that the database takes, likewise
     */
    public static UndoCodec within(long set, long possible) {
        return set <= possible
                ? new UndoCodec(set)
                : new UndoCodec(
                        possible,
                        ": dtx.undo-log.max-size allows more, but not this database. PostgreSQL and H2 take 64 MB at most,"
                                + " MySQL and MariaDB three quarters of max_allowed_packet, which can be raised");
    }

    /**
     * Encodes what a local transaction did, in statement order.
     *
     * @throws UndoLogException if the record would be larger than allowed, or could not be restored because its images do not
     *     follow from each other: the local transaction must be rolled back
     */
    public EncodedUndo encode(BranchId branch, List<UndoEntry> entries) throws UndoLogException {
        RowChanges.check(entries);
        byte[] record = UndoRecords.toMessage(entries).toByteArray();
        boolean compress = record.length > COMPRESS_OVER;
        byte[] stored = compress ? deflate(record) : record;
        if (stored.length > maxSize) {
            throw new UndoLogException(
                    "the undo record of branch " + branch + " has " + stored.length + " bytes; at most "
                            + maxSize
                            + " are allowed. Change fewer rows in one local transaction" + whereLarger + ".");
        }
        String context = String.join(
                ";", VERSION, compress ? "deflate" : "raw", Integer.toString(record.length), checksum(branch, stored));
        return new EncodedUndo(context, stored);
    }

    /**
     * Decodes a record completely, or not at all.
     *
     * @throws UndoLogException if the bytes are not what was encoded for this branch, or of a version not known here
     */
    public List<UndoEntry> decode(BranchId branch, EncodedUndo undo) throws UndoLogException {
        Matcher context = CONTEXT.matcher(undo.context());
        if (!context.matches()) {
            throw unusable(
                    branch, "its context is not known to this version of dtx: '" + printable(undo.context()) + "'");
        }
        if (!context.group(3).equals(checksum(branch, undo.info()))) {
            throw unusable(branch, "its checksum is wrong: the row was changed by something else than dtx");
        }
        try {
            long size = Long.parseLong(context.group(2));
            byte[] record = context.group(1).equals("deflate") ? inflate(undo.info(), size) : undo.info();
            if (record.length != size) {
                throw unusable(branch, "it has " + record.length + " bytes instead of " + size);
            }
            return UndoRecords.fromBytes(record);
        } catch (IOException | IllegalArgumentException e) {
            throw new UndoLogException(
                    "the undo record of branch " + branch + " can not be read; nothing was restored", e);
        }
    }

    private static UndoLogException unusable(BranchId branch, String why) {
        return new UndoLogException(
                "the undo record of branch " + branch + " can not be used: " + why + ". Nothing was restored.");
    }

    private static String printable(String context) {
        String printable = context.replaceAll("[^\\x20-\\x7e]", "?");
        return printable.length() <= 64 ? printable : printable.substring(0, 64) + "...";
    }

    private static String checksum(BranchId branch, byte[] stored) {
        CRC32C checksum = new CRC32C();
        checksum.update(branch.xid().toString().getBytes(StandardCharsets.UTF_8));
        checksum.update(ByteBuffer.allocate(Long.BYTES).putLong(branch.number()).flip());
        checksum.update(stored);
        return HexFormat.of().toHexDigits(checksum.getValue(), 8);
    }

    private static byte[] deflate(byte[] record) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(record.length / 3);
        try (DeflaterOutputStream deflater = new DeflaterOutputStream(out)) {
            deflater.write(record);
        } catch (IOException e) {
            throw new UncheckedIOException(e); // memory does not fail
        }
        return out.toByteArray();
    }

    /** Reads at most one byte more than the size, so that no record can ask for more memory than it says. */
    private static byte[] inflate(byte[] stored, long size) throws IOException {
        try (InflaterInputStream inflater = new InflaterInputStream(new ByteArrayInputStream(stored))) {
            return inflater.readNBytes((int) Math.min(Integer.MAX_VALUE - 8L, size + 1));
        }
    }
}
