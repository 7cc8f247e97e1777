package io.dtx.undo;

import java.util.List;

/**
 * How the attempt to restore, or skip, one branch ended. Whatever it is, the local transaction has ended: with RESTORED,
 * NO_EFFECT and SKIPPED committed, with STALLED rolled back.
 *
 * @param result the end
 * @param reason for people, with STALLED; else empty
 * @param differences the rows that stand in the way, with STALLED
 */
public record Restoration(Result result, String reason, List<Difference> differences) {

    public Restoration {
        differences = List.copyOf(differences);
    }

    /** How it ended. */
    public enum Result {
        /** The before images are back, the undo row is gone. */
        RESTORED,
        /** There was no undo row: the guard row is in place, a late phase one will fail. */
        NO_EFFECT,
        /** On an operator's order: the guard row is in place of the undo row, nothing else was changed. */
        SKIPPED,
        /** Nothing was changed; trying again does not help: a person must look. */
        STALLED
    }

    /**
     * A row that is neither as the branch left it nor as it was before.
     *
     * @param table for people
     * @param key {@code id=1}
     * @param what what differs
     * @param columns with {@link What#CHANGED}, the columns that differ; no values
     */
    public record Difference(String table, String key, What what, List<String> columns) {

        /** What differs. */
        public enum What {
            CHANGED,
            /** The branch left the row, and it is gone. */
            MISSING,
            /** The branch deleted the row, and it is there. */
            THERE_AGAIN
        }

        public Difference {
            columns = List.copyOf(columns);
        }

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

    static Restoration ended(Result result) {
        return new Restoration(result, "", List.of());
    }

    static Restoration stalled(String reason, List<Difference> differences) {
        return new Restoration(Result.STALLED, reason, differences);
    }

    /** For people: the reason and the differences, the first few of many. */
    public String detail() {
        StringBuilder text = new StringBuilder(reason);
        int shown = Math.min(differences.size(), 5);
        for (Difference difference : differences.subList(0, shown)) {
            text.append(text.isEmpty() ? "" : "; ").append(difference);
        }
        int more = differences.size() - shown;
        return more == 0
                ? text.toString()
                : text.append("; and ").append(more).append(" more rows").toString();
    }
}
