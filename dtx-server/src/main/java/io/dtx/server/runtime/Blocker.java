package io.dtx.server.runtime;

import io.dtx.model.LockKey;
import io.dtx.model.Xid;
import org.jspecify.annotations.Nullable;

/**
 * What a request waits for, for people.
 *
 * @param xid the transaction in the way; null for a reader outside of one
 * @param holds whether it holds the key; else it waits for it, too, and came first
 */
record Blocker(LockKey key, @Nullable Xid xid, boolean holds) {

    @Override
    public String toString() {
        String who = xid == null ? "a reader outside of any global transaction" : "global transaction " + xid;
        return key + " of resource " + key.resource() + (holds ? " is held by " : " is wanted before by ") + who;
    }
}
