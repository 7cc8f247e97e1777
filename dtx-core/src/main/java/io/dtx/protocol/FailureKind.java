package io.dtx.protocol;

/** Why the coordinator did not carry out a request. */
public enum FailureKind {
    /** A wanted lock stayed held until the wait ended. */
    LOCK_TIMEOUT,
    /** The wait for a lock would have closed a cycle. */
    DEADLOCK,
    /** A wanted lock is held by a transaction that is rolling back, and may need the database rows we hold. */
    HOLDER_ROLLING_BACK,
    /** The transaction is decided: no branch can join it. */
    TRANSACTION_DECIDED,
    /** The XID is not above the watermark: its outcome was forgotten. Proves nothing about the outcome. */
    FORGOTTEN,
    NOT_LEADER,
    /** Not serving now: try again. */
    UNAVAILABLE,
    /** The request breaks a rule; sending it again changes nothing. */
    INVALID,
    LIMIT,
    WRONG_CLUSTER,
    /** The branch id is known with another resource or with other keys. */
    BRANCH_REUSED,
    UNAUTHENTICATED,
    /** The coordinator's data is older than what this client has seen. */
    BEHIND
}
