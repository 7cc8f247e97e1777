package io.dtx.client;

import io.dtx.model.Xid;
import java.util.Set;

/**
 * What the coordinator says of transactions whose undo rows are still there (I6).
 *
 * @param unknown it does not know these any more: they are committed, and forgotten
 * @param committed it knows these as committed
 * @param rolledBack it knows these as rolled back, each branch by its restore: an undo row that is there after this was said is
 *     one whose restore was lost. A coordinator of an older version names none
 */
public record Ended(Set<Xid> unknown, Set<Xid> committed, Set<Xid> rolledBack) {

    /** Says nothing of any transaction. */
    public static final Ended NONE = new Ended(Set.of(), Set.of(), Set.of());

    public Ended {
        unknown = Set.copyOf(unknown);
        committed = Set.copyOf(committed);
        rolledBack = Set.copyOf(rolledBack);
    }

    /** Whether an undo row of it is of no use any more. Says nothing of guard rows, which only unknown ones can spare. */
    public boolean isCommitted(Xid xid) {
        return unknown.contains(xid) || committed.contains(xid);
    }
}
