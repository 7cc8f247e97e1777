package io.dtx.server.runtime;

/**
 * How much one client, or all of them together, may ask of this coordinator. Whoever goes over one of them is told so; nobody
 * else notices. They are checked before anything goes into the log, so that nodes may have different ones.
 *
 * @param locksPerBranch of one registration, or of one question about locks
 * @param branchesPerTransaction the local transactions of one global transaction
 * @param undecidedTransactions those that have begun and are not decided, of all applications together
 * @param requestsPerConnection those that were sent and not answered; waiting for a lock counts
 * @param connections of all applications together
 */
public record Limits(
        int locksPerBranch,
        int branchesPerTransaction,
        int undecidedTransactions,
        int requestsPerConnection,
        int connections) {

    public static final Limits STANDARD = new Limits(50_000, 10_000, 100_000, 20_000, 10_000);

    /** One of them. */
    public enum Limit {
        MESSAGE_SIZE("the wire protocol"),
        LOCKS_PER_BRANCH("dtx.server.limits.locks-per-branch"),
        BRANCHES_PER_TRANSACTION("dtx.server.limits.branches-per-transaction"),
        UNDECIDED_TRANSACTIONS("dtx.server.limits.undecided-transactions"),
        REQUESTS_PER_CONNECTION("dtx.server.limits.requests-per-connection"),
        CONNECTIONS("dtx.server.limits.connections"),
        UNREAD_REPLIES("the memory of the coordinator's process (-Xmx)");

        private final String setBy;

        Limit(String setBy) {
            this.setBy = setBy;
        }

        /** What it is set by. */
        public String setBy() {
            return setBy;
        }
    }
}
