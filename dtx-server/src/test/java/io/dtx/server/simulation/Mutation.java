package io.dtx.server.simulation;

import java.util.List;

/** A rule of the protocol that is taken out on purpose: the simulation must notice. */
enum Mutation {
    NONE(),
    /** I2: a leader applies and answers what is not on its disk yet; a client may know more than it after a restart then (T13). */
    ANSWERS_BEFORE_DURABLE("I2", "T13"),
    /** I4: the decision to roll back frees the locks. */
    RELEASES_LOCKS_AT_ROLLBACK("I4"),
    /** I3: a registration that comes after the decision is granted. */
    GRANTS_LATE_BRANCH("I3", "I4"),
    /** T4: forgetting raises no watermark. */
    DROPS_WATERMARK("I1", "I3"),
    /** I5, T5: a resource manager does not look at the age of its registration. */
    COMMITS_LATE("I5"),
    /** T2: a participant answers with its error before its veto is acknowledged. */
    ANSWERS_BEFORE_VETO("I10"),
    /** T7: a restore reads the undo row without a lock. */
    RESTORES_UNLOCKED("I4", "I10"),
    /** I11: every branch counts as reported. */
    REPORTS_UNCOMMITTED("I11"),
    /** T6: a node answers questions from its own state, whether it leads or not. */
    READS_LOCALLY("I6", "I4"),
    /** I11: a commit does not count the branches that were looked at. */
    COUNTS_NO_BRANCHES("I11"),
    /** T8: the restore of one branch frees its keys for its whole transaction. */
    FREES_SHARED_KEYS("I4"),
    /** I5: a restore that finds no undo row leaves no guard row. */
    LEAVES_NO_GUARD("I4"),
    /** I6: guard rows go as undo rows do. */
    SWEEPS_GUARDS_EARLY("I6"),
    /** T11, I11: after a COMMIT of unknown outcome the work is done again in the same transaction, and counts as reported. */
    REPEATS_UNKNOWN_COMMIT("I10", "I11"),
    /** T1: a call that ended without an answer sets no flag. */
    FORGETS_UNANSWERED_CALLS("I10"),
    /** I10: a commit does not say how many branches the answers account for. */
    COUNTS_NO_ANSWERS("I10"),
    /** I7, T14: an operator's order to skip frees the locks before it is carried out. */
    SKIP_FREES_LOCKS("I4");

    @SuppressWarnings("ImmutableEnumChecker") // of List.of
    private final List<String> invariants;

    Mutation(String... invariants) {
        this.invariants = List.of(invariants);
    }

    /** The invariants whose checks may notice it. */
    List<String> invariants() {
        return invariants;
    }
}
