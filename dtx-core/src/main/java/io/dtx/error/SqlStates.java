package io.dtx.error;

/** The SQLStates of the errors that dtx raises through JDBC, each with what the caller can do. */
public final class SqlStates {

    /** Lock conflict, deadlock, or the transaction already rolls back: run the whole business operation again. */
    public static final String CONFLICT = "40001";
    /** The statement is refused inside a global transaction: change it, or take it out. */
    public static final String REFUSED = "0A000";
    /** The coordinator can not be reached: try again later. */
    public static final String UNREACHABLE = "08006";
    /** The outcome of a local COMMIT is unknown: it must not be tried again under the same XID. */
    public static final String COMMIT_UNKNOWN = "08007";
    /** The local transaction can only be rolled back. */
    public static final String ROLLBACK_ONLY = "25000";

    private SqlStates() {}
}
