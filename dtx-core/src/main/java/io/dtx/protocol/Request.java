package io.dtx.protocol;

import io.dtx.model.BranchId;
import io.dtx.model.Differences;
import io.dtx.model.Execution;
import io.dtx.model.Lock;
import io.dtx.model.Rollback;
import io.dtx.model.Xid;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/** What an application sends to the coordinator. Every request may be sent twice: the second changes nothing. */
public sealed interface Request {

    /** The global transactions that it is about: all of one cluster, or it must not be sent. */
    default List<Xid> xids() {
        return List.of();
    }

    /**
     * Opens a stream; answered by {@link Reply.Welcome}.
     *
     * @param instance unique per start of a process
     * @param seen the highest log index seen, by cluster id
     */
    record Hello(int protocolVersion, String application, String instance, Map<String, Long> seen) implements Request {
        public Hello {
            seen = Map.copyOf(seen);
        }
    }

    /** Names a global transaction and sets its timeout; one-way. */
    record Begin(Xid xid, String name, Duration timeout) implements Request {
        @Override
        public List<Xid> xids() {
            return List.of(xid);
        }
    }

    /**
     * Registers a branch and takes its locks, in one step; answered by {@link Reply.Registered}.
     *
     * @param executions in the name of which its local transaction worked, the outermost call first: a second execution of
     *     one call turns the transaction to rolling back
     * @param lockWait the longest wait for a held lock; zero for none
     */
    record RegisterBranch(
            BranchId branch, String resource, List<Execution> executions, List<Lock> locks, Duration lockWait)
            implements Request {
        public RegisterBranch {
            executions = List.copyOf(executions);
            locks = List.copyOf(locks);
        }

        @Override
        public List<Xid> xids() {
            return List.of(branch.xid());
        }
    }

    /**
     * Asks for the decision COMMIT; answered by {@link Reply.Decided}, which may tell another decision.
     *
     * @param answeredBranches how many branches the answers to calls account for, of those that were registered in the name of
     *     a call: if there are more, the decision is a rollback. Empty if that is not known
     */
    record Commit(Xid xid, OptionalInt answeredBranches) implements Request {

        /** Of one who does not know what calls have registered. */
        public Commit(Xid xid) {
            this(xid, OptionalInt.empty());
        }

        @Override
        public List<Xid> xids() {
            return List.of(xid);
        }
    }

    /** Asks for the decision to roll back; {@link Rollback#by()} is filled in by the coordinator from the stream. */
    record RollBack(Xid xid, Rollback rollback) implements Request {
        @Override
        public List<Xid> xids() {
            return List.of(xid);
        }
    }

    /**
     * Asks whether no other global transaction holds these keys; answered by {@link Reply.LocksFree}.
     *
     * @param xid the asking transaction, whose own locks do not count; null outside of one
     */
    record CheckLocks(@Nullable Xid xid, List<Lock> locks, Duration lockWait) implements Request {
        public CheckLocks {
            locks = List.copyOf(locks);
        }

        @Override
        public List<Xid> xids() {
            return xid == null ? List.of() : List.of(xid);
        }
    }

    /**
     * Asks what became of a global transaction; answered by {@link Reply.Decided}, or {@link Reply.NotKnown}.
     *
     * @param endWait how long the answer may wait for the end of a rollback that goes on; zero for not at all. Older
     *     coordinators do not wait
     */
    record AskOutcome(Xid xid, Duration endWait) implements Request {

        /** Without waiting. */
        public AskOutcome(Xid xid) {
            this(xid, Duration.ZERO);
        }

        @Override
        public List<Xid> xids() {
            return List.of(xid);
        }
    }

    /** Asks which of these XIDs are unknown to the coordinator; answered by {@link Reply.Unknown}. */
    record AskUnknown(List<Xid> xids) implements Request {
        public AskUnknown {
            xids = List.copyOf(xids);
        }
    }

    /** Offers to carry out phase two for a resource; answered by {@link Reply.Attached}. */
    record Attach(String resource, String label) implements Request {}

    /** Takes that offer back; one-way. */
    record Detach(String resource) implements Request {}

    /** Tells that a registered branch's local commit returned success; one-way (I11). */
    record BranchCommitted(BranchId branch) implements Request {
        @Override
        public List<Xid> xids() {
            return List.of(branch.xid());
        }
    }

    /**
     * Tells that a statement of a transaction may be waiting in its database for those who wait at the coordinator for the
     * transaction's locks; one-way, told again as long as it holds.
     *
     * @param table the table that it writes, in any case; empty for any
     */
    record DatabaseWait(Xid xid, String resource, String table) implements Request {
        @Override
        public List<Xid> xids() {
            return List.of(xid);
        }
    }

    /**
     * Tells how a {@link Reply.RestoreOrder} ended; one-way.
     *
     * @param differences with DIRTY, the rows in the way
     */
    record RestoreReport(
            BranchId branch, String resource, int attempt, Result result, String detail, Differences differences)
            implements Request {

        public RestoreReport(BranchId branch, String resource, int attempt, Result result, String detail) {
            this(branch, resource, attempt, result, detail, Differences.NONE);
        }

        /** How an attempt to restore a branch ended. */
        public enum Result {
            /** Restored, or found without effect and guarded; committed. */
            RESTORED,
            /** On an operator's order: the guard row is in place and committed, nothing else changed. */
            SKIPPED,
            /** Nothing changed: rows differ from the after image. A person must look. */
            DIRTY,
            /** Nothing changed: try again. */
            FAILED
        }

        @Override
        public List<Xid> xids() {
            return List.of(branch.xid());
        }
    }
}
