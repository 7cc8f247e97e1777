package io.dtx.server.log;

import io.dtx.model.Differences;
import io.dtx.model.RowDifference;
import io.dtx.model.RowDifference.Cell;
import io.dtx.model.RowDifference.Contents;
import io.dtx.model.RowDifference.What;
import io.dtx.server.log.record.DifferencesRecord;
import io.dtx.server.log.record.DifferencesRecord.State;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The rows in the way of a restore, to records and back. */
final class DifferencesCodec {

    private DifferencesCodec() {}

    static DifferencesRecord encode(Differences differences) {
        DifferencesRecord.Builder record = DifferencesRecord.newBuilder().setTotal(differences.total());
        for (RowDifference row : differences.rows()) {
            DifferencesRecord.Row.Builder one = record.addRowsBuilder()
                    .setTable(row.table())
                    .setKey(row.key())
                    .setWhat(row.what().code())
                    .addAllColumns(row.columns());
            Contents contents = row.contents();
            if (contents != null) {
                DifferencesRecord.Contents.Builder states = one.getContentsBuilder();
                if (contents.before() != null) {
                    states.setBefore(encode(contents.before()));
                }
                if (contents.after() != null) {
                    states.setAfter(encode(contents.after()));
                }
                if (contents.now() != null) {
                    states.setNow(encode(contents.now()));
                }
            }
        }
        return record.build();
    }

    /** @throws IllegalArgumentException if a value is none that this version knows */
    static Differences decode(DifferencesRecord record) {
        return new Differences(
                record.getTotal(),
                record.getRowsList().stream().map(DifferencesCodec::decode).toList());
    }

    private static State encode(List<Cell> cells) {
        State.Builder state = State.newBuilder();
        for (Cell cell : cells) {
            DifferencesRecord.Cell.Builder record = state.addCellsBuilder().setColumn(cell.column());
            if (cell.value() != null) {
                record.setValue(cell.value());
            }
        }
        return state.build();
    }

    private static RowDifference decode(DifferencesRecord.Row row) {
        DifferencesRecord.Contents contents = row.getContents();
        return new RowDifference(
                row.getTable(),
                row.getKey(),
                What.of(row.getWhat()),
                row.getColumnsList(),
                row.hasContents()
                        ? new Contents(
                                cells(contents.hasBefore(), contents.getBefore()),
                                cells(contents.hasAfter(), contents.getAfter()),
                                cells(contents.hasNow(), contents.getNow()))
                        : null);
    }

    private static @Nullable List<Cell> cells(boolean present, State state) {
        return present
                ? state.getCellsList().stream()
                        .map(cell -> new Cell(cell.getColumn(), cell.hasValue() ? cell.getValue() : null))
                        .toList()
                : null;
    }
}
