package io.dtx.undo;

import static org.assertj.core.api.Assertions.assertThat;

import io.dtx.model.BranchId;
import io.dtx.model.Xid;
import io.dtx.undo.UndoEntry.Kind;
import io.dtx.undo.UndoEntry.RecordedColumn;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Undo rows that earlier versions wrote are read: from files, {@code context} and {@code rollback_info} in hexadecimal, that are
 * never written again. A new version adds its own with {@code -Dformats.write=true}.
 */
class UndoFormatsTests {

    private static final Path FILES = Path.of("src", "test", "resources", "io", "dtx", "undo");
    private static final BranchId BRANCH =
            new BranchId(Xid.mint("cluster1", 1_700_000_000_000L, new byte[] {0, 0, 0, 0, 0, 0, 0, 0, 0, 7}), 1L << 62);
    private static final List<RecordedColumn> COLUMNS = List.of(
            new RecordedColumn("id", "bigint"),
            new RecordedColumn("v", "decimal(18,2)"),
            new RecordedColumn("w", "varchar(20)"),
            new RecordedColumn("x", "blob"),
            new RecordedColumn("y", "double"),
            new RecordedColumn("z", "float"));

    @ParameterizedTest
    @CsvSource({"dtx1-raw, 1", "dtx1-deflate, 400"})
    @DisplayName("I4: undo rows of every version so far are read, to the last bit of a value")
    void i4_undoRowsOfEveryVersionAreRead(String name, int times) throws IOException, UndoLogException {
        List<UndoEntry> entries = List.of(
                new UndoEntry(Kind.INSERT, "c", "s", "t", COLUMNS, List.of(), List.of(row(1, times))),
                new UndoEntry(Kind.UPDATE, "c", "s", "t", COLUMNS, List.of(row(2, times)), List.of(row(3, times))),
                new UndoEntry(Kind.DELETE, "c", "s", "t", COLUMNS, List.of(row(4, times)), List.of()));
        UndoCodec codec = new UndoCodec(10_000_000);
        Path file = FILES.resolve(name + ".hex");
        if (Boolean.getBoolean("formats.write") && !Files.exists(file)) {
            EncodedUndo undo = codec.encode(BRANCH, entries);
            Files.writeString(
                    file,
                    undo.context() + "\n"
                            + HexFormat.of().formatHex(undo.info()).replaceAll("(.{128})", "$1\n") + "\n");
        }
        String[] parts = Files.readString(file).split("\n", 2);
        EncodedUndo stored = new EncodedUndo(parts[0], HexFormat.of().parseHex(parts[1].replaceAll("\\s", "")));

        assertThat(codec.decode(BRANCH, stored)).isEqualTo(entries);
    }

    private static Row row(int id, int times) {
        return new Row(List.of(
                Value.integer(-id),
                Value.decimal("1.00"),
                id % 2 == 0 ? Value.NULL : Value.text("\ud83d\ude00 a'b\\c".repeat(times)),
                Value.binary(new byte[60 * times]),
                Value.doublePrecision(-0.0),
                Value.real(Float.MIN_VALUE)));
    }
}
