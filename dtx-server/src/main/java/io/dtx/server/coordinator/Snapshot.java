package io.dtx.server.coordinator;

import io.dtx.model.Xid;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The whole state at one point of the log; immutable, and equal to another exactly when the states are. The table of locks is
 * not in it: it follows from the branches.
 *
 * @param cluster null before CreateCluster
 * @param timestampMillis the latest timestamp seen
 * @param watermarkMillis the greatest XID time forgotten; -1 for none
 * @param unfinished ACTIVE and ROLLING_BACK ones, in order of creation
 * @param rolledBack in the order in which they finished, forced ones last
 * @param committed not to be added to
 * @param olderThan what proves that this is an old copy; see {@link StateMachine#olderThan()}
 */
public record Snapshot(
        @Nullable String cluster,
        long timestampMillis,
        long watermarkMillis,
        List<Transaction> unfinished,
        List<Transaction> rolledBack,
        Committed committed,
        @Nullable Xid olderThan) {

    /** Of a log without entries. */
    public static final Snapshot EMPTY = new Snapshot(null, 0, -1, List.of(), List.of(), new Committed(), null);

    public Snapshot {
        unfinished = List.copyOf(unfinished);
        rolledBack = List.copyOf(rolledBack);
    }
}
