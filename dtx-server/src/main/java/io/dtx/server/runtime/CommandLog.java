package io.dtx.server.runtime;

import io.dtx.server.coordinator.Command;
import io.dtx.server.coordinator.StateMachine;
import io.dtx.server.log.Applied;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/**
 * What the leader needs of the replicated log; {@link io.dtx.server.log.ReplicatedLog} in a server, memory in a test of the
 * leader.
 */
public interface CommandLog {

    /**
     * Appends the commands as one entry. Batches are applied in the order of the calls. The future completes, on any thread,
     * when the entry is durable and applied, with one result for each command; after a failure nobody knows whether the
     * entry will be.
     */
    CompletableFuture<List<Applied>> submit(List<Command> batch);

    /** Looks at the state as applied so far; it may be ahead of the results that the caller has seen, never behind. */
    <T> T read(Function<StateMachine, T> question);

    /** Whether this node's own disk has confirmed every entry that its log has so far, whatever those of other nodes have. */
    boolean allOnDisk();

    /**
     * Whether this node leads, and has heard of so many others lately that one of them could lead without it. Never waits, for the
     * disk least of all.
     */
    boolean othersCanLead();

    /** The index of the last entry applied. */
    long appliedIndex();
}
