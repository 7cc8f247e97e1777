package io.dtx.context;

/** What is still at work for a global transaction in this process: whoever ends its part meanwhile ends a part of it. */
public enum Unended {

    /** Work that was handed to other threads. */
    TASKS,

    /** A call to another service that has no answer yet. */
    CALL,

    /** A local transaction with captured work. */
    LOCAL_TRANSACTION
}
