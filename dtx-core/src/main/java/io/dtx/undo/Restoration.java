package io.dtx.undo;

import io.dtx.model.Differences;
import io.dtx.model.RowDifference;

/**
 * How the attempt to restore, or skip, one branch ended. Whatever it is, the local transaction has ended: with RESTORED,
 * NO_EFFECT and SKIPPED committed, with STALLED rolled back.
 *
 * @param result the end
 * @param reason for people, with STALLED; else empty
 * @param differences the rows that stand in the way, with STALLED
 */
public record Restoration(Result result, String reason, Differences differences) {

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

    static Restoration ended(Result result) {
        return new Restoration(result, "", Differences.NONE);
    }

    static Restoration stalled(String reason) {
        return stalled(reason, Differences.NONE);
    }

    static Restoration stalled(String reason, Differences differences) {
        return new Restoration(Result.STALLED, reason, differences);
    }

    /** For people, without values: the reason and the differences, the first few of many. */
    public String detail() {
        StringBuilder text = new StringBuilder(reason);
        int shown = Math.min(differences.rows().size(), 5);
        for (RowDifference difference : differences.rows().subList(0, shown)) {
            text.append(text.isEmpty() ? "" : "; ").append(difference);
        }
        int more = differences.total() - shown;
        return more == 0
                ? text.toString()
                : text.append(text.isEmpty() ? "" : "; and ")
                        .append(more)
                        .append(" more rows")
                        .toString();
    }
}
