package io.dtx.server.coordinator;

/**
 * What an operator did to a transaction.
 *
 * @param atMillis when, in milliseconds since the epoch
 * @param action what
 * @param branch the number of the branch
 * @param operator who
 * @param note why, in the operator's words
 */
public record AuditEntry(long atMillis, Action action, long branch, String operator, String note) {

    /** The codes are stored; they never change. */
    public enum Action {
        RETRY(1),
        SKIP(2),
        FORCED_SKIP(3);

        private final int code;

        Action(int code) {
            this.code = code;
        }

        public int code() {
            return code;
        }

        /** @throws IllegalArgumentException if no action has this code */
        public static Action of(int code) {
            for (Action action : values()) {
                if (action.code == code) {
                    return action;
                }
            }
            throw new IllegalArgumentException("unknown audit action " + code);
        }
    }
}
