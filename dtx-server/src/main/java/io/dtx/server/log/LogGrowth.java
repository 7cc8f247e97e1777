package io.dtx.server.log;

/**
 * How much has been applied since the last snapshot, which is about what the disk keeps of the log and what a restart reads again.
 * Whether a snapshot is due goes by both: many small entries are a long restart, and few large ones (a branch may lock rows
 * with 3 MB of keys) fill the disk. Not thread-safe.
 */
final class LogGrowth {

    private final long mostEntries;
    private final long mostBytes;
    private long entries;
    private long bytes;
    /** Of these, what is in the snapshot that was begun last. */
    private long entriesBegun;

    private long bytesBegun;

    LogGrowth(long mostEntries, long mostBytes) {
        this.mostEntries = mostEntries;
        this.mostBytes = mostBytes;
    }

    void applied(long entryBytes) {
        entries++;
        bytes += entryBytes;
    }

    /** Stays so until a snapshot is durable: one that could not be written is due again. */
    boolean snapshotDue() {
        return entries >= mostEntries || bytes >= mostBytes;
    }

    void snapshotBegun() {
        entriesBegun = entries;
        bytesBegun = bytes;
    }

    void snapshotDurable() {
        entries -= entriesBegun;
        bytes -= bytesBegun;
        noneBegun();
    }

    /** The state is that of a snapshot. */
    void loaded() {
        entries = 0;
        bytes = 0;
        noneBegun();
    }

    private void noneBegun() {
        entriesBegun = 0;
        bytesBegun = 0;
    }
}
