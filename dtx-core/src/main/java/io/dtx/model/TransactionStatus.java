package io.dtx.model;

/**
 * The state of a global transaction. The codes are stored and sent; they never change. Code 5 (COMMITTING) is reserved for
 * branch kinds that have commit work in phase two.
 */
public enum TransactionStatus {
    /** Undecided: branches may register. */
    ACTIVE(1),
    /** Decided: its branches are being restored. */
    ROLLING_BACK(2),
    /** Decided and final: every branch stays. */
    COMMITTED(3),
    /** Final: every branch is restored (or skipped by an operator, which the outcome's flag FORCED tells). */
    ROLLED_BACK(4);

    private final int code;

    TransactionStatus(int code) {
        this.code = code;
    }

    public int code() {
        return code;
    }

    public boolean decided() {
        return this != ACTIVE;
    }

    /** Whether nothing of it is left to do. */
    public boolean finished() {
        return this == COMMITTED || this == ROLLED_BACK;
    }

    /** @throws IllegalArgumentException if no status has this code */
    public static TransactionStatus of(int code) {
        for (TransactionStatus status : values()) {
            if (status.code == code) {
                return status;
            }
        }
        throw new IllegalArgumentException("unknown transaction status " + code);
    }
}
