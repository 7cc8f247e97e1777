package io.dtx;

/** What a {@link GlobalTransactional} method does about a global transaction that its caller is already in. */
public enum Propagation {
    /** Join it; begin one if there is none. */
    REQUIRED,
    /** Suspend it for the time of the call and begin another. */
    REQUIRES_NEW,
    /** Join it; run without if there is none. */
    SUPPORTS,
    /** Suspend it for the time of the call. */
    NOT_SUPPORTED,
    /** Join it; fail if there is none. */
    MANDATORY,
    /** Fail if there is one. */
    NEVER
}
