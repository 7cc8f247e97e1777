package io.dtx.server.runtime;

import io.dtx.model.RollbackReason;
import io.dtx.protocol.FailureKind;
import org.jspecify.annotations.Nullable;

/**
 * Told what the leader does, by whoever measures it. Called on the leader's one thread, some of it for every transaction: it
 * must neither block nor throw, and should allocate nothing.
 */
public interface LeaderListener {

    LeaderListener NONE = new LeaderListener() {};

    /** A transaction was heard of for the first time. */
    default void begun() {}

    default void committed() {}

    /** A transaction turned to rolling back. */
    default void rolledBack(RollbackReason reason) {}

    /** A branch was registered that did not have to wait for locks. */
    default void registered(long nanos) {}

    /** Somebody who asked for a decision was told it. */
    default void decided(long nanos) {}

    /** @param failure null if the locks were granted, or found free */
    default void lockWaitEnded(@Nullable FailureKind failure, long millis) {}

    /** An entry of so many commands is durable and applied. */
    default void appended(int commands, long nanos) {}

    /** A branch was restored, or skipped: so long after it could have been. */
    default void restored(long millis) {}

    /** A restore failed, and will be tried again. */
    default void restoreFailed() {}

    /** A branch waits for an operator from now on. */
    default void stalled() {}
}
