package io.dtx.benchmarks.micro;

import io.dtx.model.BranchId;
import io.dtx.model.Xid;
import io.dtx.undo.EncodedUndo;
import io.dtx.undo.Row;
import io.dtx.undo.UndoCodec;
import io.dtx.undo.UndoEntry;
import io.dtx.undo.UndoEntry.RecordedColumn;
import io.dtx.undo.UndoLogException;
import io.dtx.undo.Value;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** Undo records to bytes and back: of one UPDATE, with the images before and after of three columns of each row. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class UndoBenchmark {

    private static final BranchId BRANCH = new BranchId(Xid.mint("microcos", 1L, new byte[10]), 1);

    @Param({"1", "100", "10000"})
    public int rows;

    private final UndoCodec codec = new UndoCodec(100 << 20);
    private List<UndoEntry> entries = List.of();
    private EncodedUndo encoded = new EncodedUndo("", new byte[0]);

    @Setup
    public void fill() throws UndoLogException {
        entries = List.of(new UndoEntry(
                UndoEntry.Kind.UPDATE,
                "bank1",
                "",
                "account",
                List.of(
                        new RecordedColumn("id", "bigint(20)"),
                        new RecordedColumn("balance", "bigint(20)"),
                        new RecordedColumn("owner", "varchar(40)")),
                images(1000),
                images(900),
                List.of("id"),
                false));
        encoded = codec.encode(BRANCH, entries);
    }

    private List<Row> images(long balance) {
        return LongStream.range(0, rows)
                .mapToObj(id -> new Row(
                        List.of(Value.integer(id), Value.integer(balance + id), Value.text("owner of account " + id)),
                        List.of()))
                .toList();
    }

    @Benchmark
    public EncodedUndo encode() throws UndoLogException {
        return codec.encode(BRANCH, entries);
    }

    @Benchmark
    public List<UndoEntry> decode() throws UndoLogException {
        return codec.decode(BRANCH, encoded);
    }
}
