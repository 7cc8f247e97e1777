package io.dtx.test.equivalence;

import java.util.List;

/**
 * One global transaction, and the rows that it finds.
 *
 * @param firstNumber of those with which the database numbers rows
 * @param session statements that set up the session
 * @param isolation one of {@link java.sql.Connection}'s constants
 * @param rows INSERT statements; those that fail are left out on both sides
 * @param commit what the global transaction ends with
 */
record Sequence(
        long seed,
        int firstNumber,
        List<String> session,
        int isolation,
        List<String> rows,
        List<Local> locals,
        boolean commit) {

    /**
     * A local transaction.
     *
     * @param autocommit whether each statement is one of its own
     * @param goesOn whether the application goes on after an error, where the database lets it
     * @param commit what it ends with
     */
    record Local(boolean autocommit, boolean goesOn, boolean commit, List<Step> steps) {}
}
