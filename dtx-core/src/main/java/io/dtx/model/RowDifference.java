package io.dtx.model;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A row in the way of a restore: it is neither as its branch left it nor as it was before. Shown to operators.
 *
 * @param table its table, for people
 * @param key {@code id=1}
 * @param what what differs
 * @param columns with {@link What#CHANGED}, the names of the columns that differ
 * @param contents the row's values; null where they are not to leave the application
 */
public record RowDifference(
        String table,
        String key,
        What what,
        List<String> columns,
        @Nullable Contents contents) {

    /** What differs. The codes are stored and sent; they never change. */
    public enum What {
        CHANGED(1),
        /** The branch left the row, and it is gone. */
        MISSING(2),
        /** The branch deleted the row, and it is there. */
        THERE_AGAIN(3);

        private final int code;

        What(int code) {
            this.code = code;
        }

        public int code() {
            return code;
        }

        /** @throws IllegalArgumentException if none has this code */
        public static What of(int code) {
            for (What what : values()) {
                if (what.code == code) {
                    return what;
                }
            }
            throw new IllegalArgumentException("unknown kind of difference " + code);
        }
    }

    /**
     * The columns that the branch's undo record holds of the row; each null where there was, or is, no such row.
     *
     * @param before as it was before the branch
     * @param after as the branch left it
     * @param now as it was found
     */
    public record Contents(
            @Nullable List<Cell> before,
            @Nullable List<Cell> after,
            @Nullable List<Cell> now) {
        public Contents {
            before = before == null ? null : List.copyOf(before);
            after = after == null ? null : List.copyOf(after);
            now = now == null ? null : List.copyOf(now);
        }
    }

    /** @param value for people; null for the database's NULL */
    public record Cell(String column, @Nullable String value) {}

    public RowDifference {
        columns = List.copyOf(columns);
    }

    /** Without values. */
    @Override
    public String toString() {
        return table + "(" + key + ") "
                + switch (what) {
                    case CHANGED -> "was changed by someone else: " + String.join(", ", columns);
                    case MISSING -> "was deleted by someone else";
                    case THERE_AGAIN -> "was inserted by someone else";
                };
    }
}
