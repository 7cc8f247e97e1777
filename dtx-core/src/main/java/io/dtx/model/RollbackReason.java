package io.dtx.model;

/** Why a global transaction rolls back. The codes are stored and sent; they never change. */
public enum RollbackReason {
    /** The method that began it ended in an error, or asked for it. */
    APPLICATION(1),
    /** A participant ended in an error, or its local commit did not return success. */
    VETO(2),
    /** Its timeout passed before it was decided. */
    TIMEOUT(3),
    /** At commit, a registered branch had not reported its local commit. */
    BRANCH_UNREPORTED(4),
    /** An operator decided it. */
    OPERATOR(5);

    private final int code;

    RollbackReason(int code) {
        this.code = code;
    }

    public int code() {
        return code;
    }

    /** @throws IllegalArgumentException if no reason has this code */
    public static RollbackReason of(int code) {
        for (RollbackReason reason : values()) {
            if (reason.code == code) {
                return reason;
            }
        }
        throw new IllegalArgumentException("unknown rollback reason " + code);
    }
}
