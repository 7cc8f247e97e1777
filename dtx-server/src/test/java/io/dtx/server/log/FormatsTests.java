package io.dtx.server.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.dtx.model.BranchId;
import io.dtx.model.Differences;
import io.dtx.model.Execution;
import io.dtx.model.Lock;
import io.dtx.model.LockKey;
import io.dtx.model.LockMode;
import io.dtx.model.Rollback;
import io.dtx.model.RollbackReason;
import io.dtx.model.RowDifference;
import io.dtx.model.RowDifference.Cell;
import io.dtx.model.RowDifference.Contents;
import io.dtx.model.RowDifference.What;
import io.dtx.model.TransactionStatus;
import io.dtx.model.Xid;
import io.dtx.server.coordinator.AuditEntry;
import io.dtx.server.coordinator.Branch;
import io.dtx.server.coordinator.BranchState;
import io.dtx.server.coordinator.Command;
import io.dtx.server.coordinator.Committed;
import io.dtx.server.coordinator.Snapshot;
import io.dtx.server.coordinator.Transaction;
import io.dtx.server.log.EntryCodec.Entry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.UUID;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What earlier versions wrote to disk is read: from files, in hexadecimal, that are never written again.
 *
 * <p>A new version adds its own: {@code -Dformats.write=true} writes what is missing. (That of version 1 is what version 2 wrote
 * for what version 1 knew, with a 1 for the 2.)
 */
class FormatsTests {

    private static final Path FILES = Path.of("src", "test", "resources", "io", "dtx", "server", "log");
    private static final long TIME = 1_700_000_000_000L;
    private static final Xid XID = Xid.mint("cluster1", TIME, new byte[] {0, 0, 0, 0, 0, 0, 0, 0, 0, 7});
    private static final Xid OTHER = Xid.mint("cluster1", TIME + 1, new byte[] {0, 0, 0, 0, 0, 0, 0, 0, 0, 8});
    private static final BranchId BRANCH = new BranchId(XID, 1L << 62);
    private static final List<Lock> LOCKS = List.of(
            new Lock(LockKey.on("r1", "", "s", "t", "").number("7").build(), LockMode.EXCLUSIVE),
            new Lock(LockKey.on("r1", "", "s", "t", "u").text("a_b").build(), LockMode.SHARED));

    @TempDir
    private Path temporary;

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    @DisplayName("I8: log entries of every version so far are read, to the last field")
    void i8_entriesOfEveryVersionAreRead(int version) throws IOException {
        Entry entry = new Entry(TIME + 5, commands(version));
        byte[] written =
                EntryCodec.encode(entry).toBuilder().setVersion(version).build().toByteArray();

        assertThat(EntryCodec.decode(ByteBuffer.wrap(file("entry-" + version, written))))
                .isEqualTo(entry);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    @DisplayName("I8: snapshots of every version so far are read, to the last field")
    void i8_snapshotsOfEveryVersionAreRead(int version) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        SnapshotFile.write(snapshot(version), out);
        byte[] bytes = file("snapshot-" + version, withVersion(out.toByteArray(), version));
        Path file = Files.write(temporary.resolve("snapshot"), bytes);

        assertThat(SnapshotFile.read(file)).isEqualTo(snapshot(version));
    }

    /** The header's first field comes after the magic, two lengths and a tag. */
    private static byte[] withVersion(byte[] snapshot, int version) {
        assertThat(snapshot[11]).isEqualTo((byte) 8);
        snapshot[12] = (byte) version;
        CRC32C checksum = new CRC32C();
        checksum.update(snapshot, 0, snapshot.length - 4);
        ByteBuffer.wrap(snapshot).putInt(snapshot.length - 4, (int) checksum.getValue());
        return snapshot;
    }

    @Test
    void theVersionThatIsWrittenHasItsFile() {
        assertThat(FILES.resolve("entry-" + EntryCodec.VERSION + ".hex")).exists();
        assertThat(FILES.resolve("entry-" + (EntryCodec.VERSION + 1) + ".hex")).doesNotExist();
    }

    private static List<Command> commands(int version) {
        List<Execution> executions =
                version < 2 ? List.of() : List.of(new Execution(new UUID(1, -2), new UUID(Long.MIN_VALUE, 3)));
        List<Command> commands = new ArrayList<>(List.of(
                new Command.CreateCluster("cluster1"),
                new Command.CreateCluster("cluster2", "cluster1"),
                new Command.Begin(XID, "transfer", "bank1", 60_000),
                new Command.RegisterBranch(BRANCH, "r1", "bank1", executions, LOCKS),
                new Command.Commit(XID, 3),
                new Command.RollBack(OTHER, new Rollback(RollbackReason.VETO, "bank2", "no money")),
                new Command.BranchRestored(BRANCH, 2),
                new Command.BranchStalled(BRANCH, 3, "row 7 differs", differences(version)),
                new Command.RetryBranch(BRANCH, "ann", "repaired"),
                new Command.SkipBranch(BRANCH, "ann", "settled", true),
                new Command.ForgetOutcomes(TIME),
                new Command.CheckLocks(null, LOCKS),
                new Command.CheckLocks(XID, LOCKS),
                new Command.AskUnknown(List.of(XID, OTHER)),
                new Command.AskOutcome(XID)));
        if (version >= 2) {
            commands.add(new Command.ForgetForced(XID, "ann", "seen to"));
        }
        return commands;
    }

    private static Differences differences(int version) {
        return version < 2
                ? Differences.NONE
                : new Differences(
                        9,
                        List.of(
                                new RowDifference(
                                        "s.t",
                                        "id=7",
                                        What.CHANGED,
                                        List.of("v"),
                                        new Contents(
                                                null,
                                                List.of(new Cell("v", "1"), new Cell("w", null)),
                                                List.of(new Cell("v", "2"), new Cell("w", "")))),
                                new RowDifference("s.t", "id=8", What.THERE_AGAIN, List.of(), null)));
    }

    private static Snapshot snapshot(int version) {
        List<Execution> executions =
                version < 2 ? List.of() : List.of(new Execution(new UUID(1, -2), new UUID(Long.MIN_VALUE, 3)));
        Branch stalled = new Branch(
                BRANCH.number(),
                "r1",
                "bank1",
                executions,
                LOCKS,
                BranchState.STALLED,
                2,
                "differs",
                differences(version));
        Branch skipped =
                new Branch(3, "r1", "bank1", List.of(), List.of(), BranchState.SKIPPED, 2, "", Differences.NONE);
        AuditEntry audit = new AuditEntry(TIME + 3, AuditEntry.Action.FORCED_SKIP, 3, "ann", "settled");
        Rollback why = new Rollback(RollbackReason.TIMEOUT, "coordinator", "not decided");
        Committed committed = new Committed();
        committed.add(5, -6, TIME + 2);
        committed.add(7, 8, TIME + 3);
        return new Snapshot(
                "cluster1",
                TIME + 9,
                TIME - 9,
                List.of(new Transaction(
                        XID,
                        TransactionStatus.ROLLING_BACK,
                        "transfer",
                        "bank1",
                        TIME,
                        60_000,
                        why,
                        false,
                        0,
                        List.of(stalled),
                        List.of(audit))),
                List.of(new Transaction(
                        OTHER,
                        TransactionStatus.ROLLED_BACK,
                        "",
                        "bank2",
                        TIME,
                        0,
                        why,
                        true,
                        TIME + 4,
                        List.of(skipped),
                        List.of(audit))),
                committed,
                version < 3 ? null : OTHER);
    }

    private static byte[] file(String name, byte[] ifMissing) throws IOException {
        Path file = FILES.resolve(name + ".hex");
        if (Boolean.getBoolean("formats.write") && !Files.exists(file)) {
            String hex = HexFormat.of().formatHex(ifMissing);
            Files.writeString(file, hex.replaceAll("(.{128})", "$1\n") + "\n");
        }
        return HexFormat.of().parseHex(Files.readString(file).replaceAll("\\s", ""));
    }
}
