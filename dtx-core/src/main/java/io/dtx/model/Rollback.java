package io.dtx.model;

/**
 * Why, and by whom, a global transaction was turned to rolling back.
 *
 * @param reason the kind of reason
 * @param by the application, or the operator, that asked for it
 * @param detail for people: what went wrong there; may be empty, at most {@value #MAX_DETAIL} characters (longer is cut)
 */
public record Rollback(RollbackReason reason, String by, String detail) {

    public static final int MAX_DETAIL = 500;

    public Rollback {
        by = cut(by);
        detail = cut(detail);
    }

    private static String cut(String text) {
        return text.length() <= MAX_DETAIL ? text : text.substring(0, MAX_DETAIL);
    }

    @Override
    public String toString() {
        String who = by.isEmpty() ? "" : " by " + by;
        return reason + who + (detail.isEmpty() ? "" : ": " + detail);
    }
}
