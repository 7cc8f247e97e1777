package io.dtx.test.equivalence;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What the application sees of one execution.
 *
 * @param counts the update counts; of a batch, one per element
 * @param keys the generated keys
 * @param rows of the result set, the column labels first
 * @param error what was raised instead
 */
record Observed(
        List<Long> counts,
        List<String> keys,
        List<String> rows,
        @Nullable Raised error) {

    /**
     * @param state the SQLState
     * @param done how many elements of a batch were executed before
     */
    record Raised(@Nullable String state, String message, int done) {

        /** The class of the SQLState: drivers and databases are not exact about the rest. */
        String kind() {
            return state == null || state.length() < 2 ? "?" : state.substring(0, 2);
        }
    }

    static final Observed NOTHING = new Observed(List.of(), List.of(), List.of(), null);

    static Observed of(Raised error) {
        return new Observed(List.of(), List.of(), List.of(), error);
    }

    boolean failed() {
        return error != null;
    }

    boolean changedNothing() {
        return counts.stream().allMatch(count -> count == 0) && rows.size() <= 1;
    }

    /**
     * How this differs from what was seen without dtx.
     *
     * @param ordered whether the order of the rows matters
     * @param vague whether the driver may give only one of several generated keys, and spreads the sum of a batch's
     *     counts over its elements; dtx gives all keys, and each element's own count
     * @return null for not at all
     */
    @Nullable String differenceFrom(Observed plain, boolean ordered, boolean vague) {
        if (failed() || plain.failed()) {
            String ours = error == null ? "none" : error.kind();
            String theirs = plain.error == null ? "none" : plain.error.kind();
            return ours.equals(theirs) ? null : "error " + error + ", without dtx " + plain.error;
        }
        if (returnedNothing() && plain.returnedNothing()) {
            return null;
        }
        if (!sameCounts(counts, plain.counts) && !(vague && sum(counts) == sum(plain.counts))) {
            return "update counts " + counts + ", without dtx " + plain.counts;
        }
        boolean some = vague && !plain.keys.isEmpty() && keys.containsAll(plain.keys);
        if (!some && !sorted(keys).equals(sorted(plain.keys))) {
            return "generated keys " + keys + ", without dtx " + plain.keys;
        }
        if (ordered ? !rows.equals(plain.rows) : !sorted(rows).equals(sorted(plain.rows))) {
            return "rows " + rows + ", without dtx " + plain.rows;
        }
        return null;
    }

    /** A result without rows; MariaDB leaves it out, and gives a count, where it sees that a condition never holds. */
    private boolean returnedNothing() {
        return keys.isEmpty() && rows.size() <= 1 && (counts.isEmpty() || counts.equals(List.of(0L)));
    }

    /** A driver may say of a batch's element that it succeeded, and not how many rows it changed. */
    private static boolean sameCounts(List<Long> ours, List<Long> theirs) {
        if (ours.size() != theirs.size()) {
            return false;
        }
        for (int i = 0; i < ours.size(); i++) {
            boolean unknown = theirs.get(i) == java.sql.Statement.SUCCESS_NO_INFO;
            if (!unknown && !Objects.equals(ours.get(i), theirs.get(i))) {
                return false;
            }
        }
        return true;
    }

    private static long sum(List<Long> counts) {
        return counts.stream().mapToLong(Long::longValue).sum();
    }

    private static List<String> sorted(List<String> lines) {
        List<String> sorted = new ArrayList<>(lines);
        sorted.sort(null);
        return sorted;
    }
}
