package io.dtx.server.coordinator;

import io.dtx.model.Outcome;
import io.dtx.model.Rollback;
import io.dtx.model.TransactionStatus;
import io.dtx.model.Xid;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a global transaction. Immutable: it may leave the lock under which it was read.
 *
 * @param name the name given by Begin; empty before
 * @param application the application that began it, or else that registered its first branch
 * @param createdAtMillis the time of the first command that named it
 * @param timeoutMillis given by Begin; 0 before
 * @param rollback why it rolls back; null while ACTIVE and once COMMITTED
 * @param forced whether it is ROLLED_BACK with a branch that was skipped
 * @param finishedAtMillis when it became COMMITTED or ROLLED_BACK; 0 before
 * @param branches in registration order; not kept once COMMITTED
 * @param audit what operators did, in order
 */
public record Transaction(
        Xid xid,
        TransactionStatus status,
        String name,
        String application,
        long createdAtMillis,
        long timeoutMillis,
        @Nullable Rollback rollback,
        boolean forced,
        long finishedAtMillis,
        List<Branch> branches,
        List<AuditEntry> audit) {

    public Transaction {
        branches = List.copyOf(branches);
        audit = List.copyOf(audit);
    }

    public Outcome outcome() {
        return new Outcome(xid, status, rollback, forced);
    }

    public Optional<Branch> branch(long number) {
        return branches.stream().filter(branch -> branch.number() == number).findFirst();
    }

    /** Whether a branch waits for an operator. */
    public boolean stalled() {
        return branches.stream().anyMatch(branch -> branch.state() == BranchState.STALLED);
    }

    /**
     * While rolling back: for each resource the branch whose turn it is, which is the last registered that has not ended.
     * May hold a stalled one, which waits for an operator and keeps those before it waiting.
     */
    public List<Branch> due() {
        List<Branch> due = new ArrayList<>();
        Set<String> resources = new HashSet<>();
        for (int i = branches.size() - 1; i >= 0; i--) {
            Branch branch = branches.get(i);
            if (!branch.state().ended() && resources.add(branch.resource())) {
                due.add(branch);
            }
        }
        return due;
    }
}
