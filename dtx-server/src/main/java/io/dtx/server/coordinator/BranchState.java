package io.dtx.server.coordinator;

/** How far a branch is. The codes are stored; they never change. */
public enum BranchState {
    /** Registered, and not restored: while the transaction rolls back, it is to be restored. */
    REGISTERED(1),
    /** A resource manager could not restore it: a person must look. */
    STALLED(2),
    /** An operator ordered to end it without restoring; its guard row is to be put in place. Never goes back. */
    SKIP_ORDERED(3),
    /** Its restore has committed. */
    RESTORED(4),
    /** Ended by an operator without restoring. */
    SKIPPED(5);

    private final int code;

    BranchState(int code) {
        this.code = code;
    }

    public int code() {
        return code;
    }

    /** Whether nothing of it is left to do in a rollback. */
    public boolean ended() {
        return this == RESTORED || this == SKIPPED;
    }

    /** @throws IllegalArgumentException if no state has this code */
    public static BranchState of(int code) {
        for (BranchState state : values()) {
            if (state.code == code) {
                return state;
            }
        }
        throw new IllegalArgumentException("unknown branch state " + code);
    }
}
