package io.dtx.model;

import io.dtx.model.RowDifference.Cell;
import io.dtx.model.RowDifference.Contents;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The rows in the way of a restore: the first of them, and how many they are. Bounded, since it is kept with the branch in
 * the coordinator's replicated state, however many rows differ and however much they hold.
 *
 * @param total how many rows differ
 * @param rows the first of them
 */
public record Differences(int total, List<RowDifference> rows) {

    public static final Differences NONE = new Differences(0, List.of());

    /** More rows are counted, not shown. */
    public static final int MAX_ROWS = 50;
    /** More columns of a row are counted, not named. */
    public static final int MAX_COLUMNS = 50;
    /** A longer key or value is cut. */
    public static final int MAX_VALUE = 200;
    /** All texts together, in characters: a row beyond that is shown without its values, or counted. */
    public static final int MAX_CHARACTERS = 32_000;

    public Differences {
        rows = List.copyOf(rows);
        if (total < rows.size()) {
            throw new IllegalArgumentException(rows.size() + " rows shown of " + total);
        }
    }

    /** The same, held to the limits: for what comes from elsewhere. */
    public Differences bounded() {
        Gathering gathering = new Gathering();
        rows.forEach(row -> gathering.add(() -> row));
        return new Differences(total, gathering.rows);
    }

    /** Gathers rows within the limits. Not thread-safe. */
    public static final class Gathering {

        private final List<RowDifference> rows = new ArrayList<>();
        private int total;
        private int characters;

        /** @param row only asked while there is room */
        public void add(Supplier<RowDifference> row) {
            total++;
            if (rows.size() < MAX_ROWS && characters < MAX_CHARACTERS) {
                RowDifference whole = cut(row.get());
                RowDifference fitting = characters + size(whole) <= MAX_CHARACTERS ? whole : withoutContents(whole);
                if (characters + size(fitting) <= MAX_CHARACTERS) {
                    characters += size(fitting);
                    rows.add(fitting);
                }
            }
        }

        public boolean isEmpty() {
            return total == 0;
        }

        public Differences gathered() {
            return new Differences(total, rows);
        }
    }

    private static RowDifference cut(RowDifference row) {
        List<String> columns = row.columns();
        if (columns.size() > MAX_COLUMNS + 1) { // the one that says how many more there are is one, too
            columns = new ArrayList<>(columns.subList(0, MAX_COLUMNS));
            columns.add("and " + (row.columns().size() - MAX_COLUMNS) + " more");
        }
        Contents contents = row.contents();
        return new RowDifference(
                cut(row.table()),
                cut(row.key()),
                row.what(),
                columns.stream().map(Differences::cut).toList(),
                contents == null
                        ? null
                        : new Contents(cut(contents.before()), cut(contents.after()), cut(contents.now())));
    }

    private static @Nullable List<Cell> cut(@Nullable List<Cell> cells) {
        return cells == null
                ? null
                : cells.stream()
                        .map(cell -> new Cell(cut(cell.column()), cell.value() == null ? null : cut(cell.value())))
                        .toList();
    }

    private static String cut(String text) {
        if (text.length() <= MAX_VALUE) {
            return text;
        }
        String end = ".. (" + text.length() + " characters)";
        int length = MAX_VALUE - end.length();
        return text.substring(0, Character.isHighSurrogate(text.charAt(length - 1)) ? length - 1 : length) + end;
    }

    private static RowDifference withoutContents(RowDifference row) {
        return new RowDifference(row.table(), row.key(), row.what(), row.columns(), null);
    }

    private static int size(RowDifference row) {
        int size = row.table().length() + row.key().length();
        for (String column : row.columns()) {
            size += column.length();
        }
        Contents contents = row.contents();
        return contents == null ? size : size + size(contents.before()) + size(contents.after()) + size(contents.now());
    }

    private static int size(@Nullable List<Cell> cells) {
        int size = 0;
        if (cells != null) {
            for (Cell cell : cells) {
                size += cell.column().length()
                        + (cell.value() == null ? 0 : cell.value().length());
            }
        }
        return size;
    }
}
