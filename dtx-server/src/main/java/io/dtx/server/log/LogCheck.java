package io.dtx.server.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.thirdparty.com.google.protobuf.InvalidProtocolBufferException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks through the files of the log before Ratis does, which drops a last entry that ends with its file, answered or not, and
 * neither leads nor stops where the first file is missing.
 *
 * <pre>
 * log_FIRST-LAST, log_inprogress_FIRST
 *          := magic entry* zero*
 * magic    := "RaftLog1"
 * entry    := length LogEntryProto checksum
 * length   := varint
 * checksum := CRC-32C of length and LogEntryProto   ; 4 bytes big-endian
 * </pre>
 *
 * <p>Space is filled with zeros before entries are written to it, and an entry is answered only when all of it is on the disk.
 * So a last entry of which a beginning is there, and zeros where the rest and its checksum would be, was never answered: the
 * process or the machine died while it was written. It is cut away. Anything else that is not a whole entry may have been one
 * (a byte is another, the file is shorter than what was written to it), and stops the start. An entry whose length alone was
 * damaged looks like one that was cut short; it is told from one by its checksum, with the length that it would have to have.
 */
final class LogCheck {

    private static final Logger log = LoggerFactory.getLogger(LogCheck.class);
    private static final byte[] MAGIC = "RaftLog1".getBytes(StandardCharsets.US_ASCII);
    private static final Pattern CLOSED = Pattern.compile("log_(\\d+)-(\\d+)");
    private static final Pattern OPEN = Pattern.compile("log_inprogress_(\\d+)");
    private static final Pattern SNAPSHOT = Pattern.compile("snapshot\\.(\\d+)_(\\d+)");
    private static final int CHECKSUM = Integer.BYTES;
    private static final int LONGEST_LENGTH = 5;
    /** A LogEntryProto begins with its term. */
    private static final byte FIRST_TAG = LogEntryProto.TERM_FIELD_NUMBER << 3;

    private record Segment(Path file, long first, long last) {
        boolean open() {
            return last == Long.MAX_VALUE;
        }
    }

    private LogCheck() {}

    /** Checks the log of each group in a directory, as {@link #check} does. */
    static void checkAll(Path raft) throws IOException {
        try (Stream<Path> groups = Files.list(raft)) {
            for (Path group : groups.toList()) {
                check(group);
            }
        }
    }

    /**
     * @param group the directory of the log's group; nothing is checked if it is not there yet
     * @throws IOException if something that may have been answered is damaged or missing
     */
    static void check(Path group) throws IOException {
        Path directory = group.resolve("current");
        if (!Files.isDirectory(directory)) {
            return;
        }
        long snapshot = snapshotIndex(group.resolve("sm"));
        long next = 0;
        for (Segment segment : segments(directory)) {
            long needed = Math.max(next, snapshot + 1);
            if (segment.first() > needed) {
                throw new IOException("entries " + needed + " to " + (segment.first() - 1)
                        + " of the log are missing in " + directory + ". " + remedy());
            }
            next = new Reader(segment, Files.readAllBytes(segment.file())).read();
        }
    }

    private static List<Segment> segments(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.flatMap(LogCheck::segment)
                    .sorted(Comparator.comparingLong(Segment::first))
                    .toList();
        }
    }

    private static Stream<Segment> segment(Path file) {
        String name = String.valueOf(file.getFileName());
        Matcher closed = CLOSED.matcher(name);
        if (closed.matches()) {
            return Stream.of(new Segment(file, Long.parseLong(closed.group(1)), Long.parseLong(closed.group(2))));
        }
        Matcher open = OPEN.matcher(name);
        return open.matches()
                ? Stream.of(new Segment(file, Long.parseLong(open.group(1)), Long.MAX_VALUE))
                : Stream.empty();
    }

    private static long snapshotIndex(Path directory) throws IOException {
        if (!Files.isDirectory(directory)) {
            return -1;
        }
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(file -> SNAPSHOT.matcher(String.valueOf(file.getFileName())))
                    .filter(Matcher::matches)
                    .mapToLong(name -> Long.parseLong(name.group(2)))
                    .max()
                    .orElse(-1);
        }
    }

    private static String remedy() {
        return "Of several nodes: empty this node's data directory, and start it, so that it joins the others anew. A node by"
                + " itself: put back an undamaged copy of the whole data directory that is not older, or give up its"
                + " transactions by starting with an empty one";
    }

    private static final class Reader {
        private final Segment segment;
        private final byte[] bytes;
        private int at;
        private int lengthEnd;
        private long next;

        Reader(Segment segment, byte[] bytes) {
            this.segment = segment;
            this.bytes = bytes;
            this.next = segment.first();
        }

        /** @return the index after the last entry */
        long read() throws IOException {
            int filled = filled();
            if (segment.open() && filled < MAGIC.length && Arrays.equals(bytes, 0, filled, MAGIC, 0, filled)) {
                return next; // made just before the end of the process: Ratis removes it
            }
            if (filled < MAGIC.length || !Arrays.equals(bytes, 0, MAGIC.length, MAGIC, 0, MAGIC.length)) {
                throw damaged("it does not begin as a file of the log");
            }
            at = MAGIC.length;
            while (at < filled && entry()) {
                next++;
            }
            if (at < filled) {
                cut(filled);
            }
            if (!segment.open() && next != segment.last() + 1) {
                throw damaged("entries " + next + " to " + segment.last() + " are missing");
            }
            return next;
        }

        /** Where nothing but zeros follows. */
        private int filled() {
            int end = bytes.length;
            while (end > 0 && bytes[end - 1] == 0) {
                end--;
            }
            return end;
        }

        /** Where an entry that begins here would end by its length; negative if it has none. */
        private long end(int begin) {
            long length = 0;
            for (int i = 0; i < LONGEST_LENGTH && begin + i < bytes.length; i++) {
                length |= (long) (bytes[begin + i] & 0x7f) << (7 * i);
                if (bytes[begin + i] >= 0) {
                    lengthEnd = begin + i + 1;
                    return length == 0 ? -1 : lengthEnd + length + CHECKSUM;
                }
            }
            return -1;
        }

        /** Goes past an entry; false if there is no whole one here. */
        private boolean entry() throws IOException {
            long end = end(at);
            if (end < 0 || end > bytes.length || checksum(at, (int) end - CHECKSUM) != stored((int) end)) {
                return false;
            }
            long index;
            try {
                index = LogEntryProto.parseFrom(ByteBuffer.wrap(bytes, lengthEnd, (int) end - CHECKSUM - lengthEnd))
                        .getIndex();
            } catch (InvalidProtocolBufferException e) {
                throw damaged("the entry at byte " + at + " can not be read");
            }
            if (index != next) {
                throw damaged("the entry at byte " + at + " is " + index + ", not " + next);
            }
            at = (int) end;
            return true;
        }

        private int checksum(int from, int to) {
            CRC32C checksum = new CRC32C();
            checksum.update(bytes, from, to - from);
            return (int) checksum.getValue();
        }

        private int stored(int end) {
            return ByteBuffer.wrap(bytes, end - CHECKSUM, CHECKSUM).getInt();
        }

        private void cut(int filled) throws IOException {
            if (!segment.open() || !neverAnswered(filled)) {
                throw damaged("entry " + next + ", at byte " + at + ", is damaged");
            }
            log.warn(
                    "Entry {} at the end of {} was being written when the process or the machine died, and was never answered:"
                            + " cutting its {} bytes away",
                    next,
                    segment.file(),
                    filled - at);
            try (FileChannel file = FileChannel.open(segment.file(), StandardOpenOption.WRITE)) {
                file.truncate(at);
                file.force(true);
            }
        }

        /** Whether a beginning of an entry is here, inside the file, with zeros instead of its end. */
        private boolean neverAnswered(int filled) {
            long end = end(at);
            return end > 0
                    && end <= bytes.length
                    && filled <= end - CHECKSUM
                    && !wholeButForItsLength(filled)
                    && !followed(filled);
        }

        /** Whether another whole entry comes after what is damaged here. */
        private boolean followed(int filled) {
            for (int begin = at + 1; begin < filled; begin++) {
                long end = end(begin);
                if (end > 0
                        && end <= bytes.length
                        && bytes[lengthEnd] == FIRST_TAG
                        && checksum(begin, (int) end - CHECKSUM) == stored((int) end)) {
                    return true;
                }
            }
            return false;
        }

        /** Its checksum may end in zeros. */
        private boolean wholeButForItsLength(int filled) {
            for (int end = filled; end <= Math.min(filled + CHECKSUM, bytes.length); end++) {
                for (int size = 1; size < LONGEST_LENGTH; size++) {
                    int length = end - at - size - CHECKSUM;
                    byte[] encoded = length > 0 ? varint(length) : new byte[0];
                    if (encoded.length == size && checksum(encoded, at + size, end - CHECKSUM) == stored(end)) {
                        return true;
                    }
                }
            }
            return false;
        }

        private int checksum(byte[] length, int from, int to) {
            CRC32C checksum = new CRC32C();
            checksum.update(length);
            checksum.update(bytes, from, to - from);
            return (int) checksum.getValue();
        }

        private static byte[] varint(int value) {
            byte[] encoded = new byte[LONGEST_LENGTH];
            int size = 0;
            int rest = value;
            do {
                encoded[size++] = (byte) (rest > 0x7f ? rest | 0x80 : rest);
                rest >>>= 7;
            } while (rest != 0);
            return Arrays.copyOf(encoded, size);
        }

        private IOException damaged(String how) {
            return new IOException("the log's file " + segment.file() + " is damaged: " + how + ". " + remedy());
        }
    }
}
