package io.dtx.server.runtime;

import io.dtx.model.LockKey;
import io.dtx.model.Xid;
import org.jspecify.annotations.Nullable;

/**
 * What a request waits for, for people.
 *
 * @param xid the transaction in the way; null for a reader outside of one
 * @param holds whether it holds the key; else it waits for it, too, and came first
 * @param whose the application that began it, and how long ago; empty where that is not known
 */
record Blocker(LockKey key, @Nullable Xid xid, boolean holds, String whose) {

    @Override
    public String toString() {
        String who = xid == null ? "a reader outside of any global transaction" : "global transaction " + xid;
        return key + " of resource " + key.resource() + (holds ? " is held by " : " is wanted before by ") + who
                + whose;
    }
}
