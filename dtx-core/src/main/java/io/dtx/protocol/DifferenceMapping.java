package io.dtx.protocol;

import io.dtx.model.Differences;
import io.dtx.model.RowDifference;
import io.dtx.model.RowDifference.Cell;
import io.dtx.model.RowDifference.Contents;
import io.dtx.model.RowDifference.What;
import io.dtx.protocol.wire.RowDifference.State;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The rows in the way of a restore, to and from wire messages. */
final class DifferenceMapping {

    private DifferenceMapping() {}

    static List<io.dtx.protocol.wire.RowDifference> toWire(Differences differences) {
        return differences.rows().stream().map(DifferenceMapping::toWire).toList();
    }

    /** @throws IllegalArgumentException if it is beyond the limits that its writer keeps */
    static Differences fromWire(int total, List<io.dtx.protocol.wire.RowDifference> wire) {
        if (wire.size() > Differences.MAX_ROWS) {
            throw new IllegalArgumentException(
                    wire.size() + " rows that differ; at most " + Differences.MAX_ROWS + " are shown");
        }
        Differences differences = new Differences(
                total, wire.stream().map(DifferenceMapping::fromWire).toList());
        if (!differences.equals(differences.bounded())) {
            throw new IllegalArgumentException("the rows that differ take more than is allowed");
        }
        return differences;
    }

    private static io.dtx.protocol.wire.RowDifference toWire(RowDifference row) {
        io.dtx.protocol.wire.RowDifference.Builder wire = io.dtx.protocol.wire.RowDifference.newBuilder()
                .setTable(row.table())
                .setKey(row.key())
                .setWhat(row.what().code())
                .addAllColumns(row.columns());
        Contents contents = row.contents();
        if (contents != null) {
            io.dtx.protocol.wire.RowDifference.Contents.Builder states = wire.getContentsBuilder();
            if (contents.before() != null) {
                states.setBefore(toWire(contents.before()));
            }
            if (contents.after() != null) {
                states.setAfter(toWire(contents.after()));
            }
            if (contents.now() != null) {
                states.setNow(toWire(contents.now()));
            }
        }
        return wire.build();
    }

    private static State toWire(List<Cell> cells) {
        State.Builder state = State.newBuilder();
        for (Cell cell : cells) {
            io.dtx.protocol.wire.RowDifference.Cell.Builder wire = state.addCellsBuilder();
            wire.setColumn(cell.column());
            if (cell.value() != null) {
                wire.setValue(cell.value());
            }
        }
        return state.build();
    }

    private static RowDifference fromWire(io.dtx.protocol.wire.RowDifference wire) {
        var contents = wire.getContents();
        return new RowDifference(
                wire.getTable(),
                wire.getKey(),
                What.of(wire.getWhat()),
                wire.getColumnsList(),
                wire.hasContents()
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
