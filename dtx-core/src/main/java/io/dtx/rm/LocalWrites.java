package io.dtx.rm;

/** What global locks mean to local transactions that belong to no global transaction. */
public enum LocalWrites {
    /** Nothing, outside of {@code @GlobalLock}: whoever writes past dtx may have a rollback stall. */
    FREE,
    /**
     * They are respected, as within {@code @GlobalLock}. Statements whose rows can not be told are refused, except changes of
     * the schema and queries, which pass unseen.
     */
    CHECK
}
