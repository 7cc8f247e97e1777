package io.dtx.test;

/** Whether a database waits for the disk at each commit. */
public enum Durability {
    /** It does not: fast, and a crash of the machine or the database may lose commits. For tests. */
    RELAXED,
    /** It does, as in production. */
    FULL
}
