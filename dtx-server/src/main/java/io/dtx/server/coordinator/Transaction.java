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

    public boolean decided() {
        return status.decided();
    }

    /** How many of its branches wait for an operator. */
    public int stalledBranches() {
        return (int) branches.stream()
                .filter(branch -> branch.state() == BranchState.STALLED)
                .count();
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

    static Transaction created(Xid xid, String application, long now) {
        return new Transaction(
                xid, TransactionStatus.ACTIVE, "", application, now, 0, null, false, 0, List.of(), List.of());
    }

    static Transaction committed(Xid xid, long finishedAt) {
        return new Transaction(
                xid, TransactionStatus.COMMITTED, "", "", 0, 0, null, false, finishedAt, List.of(), List.of());
    }

    Transaction begun(String beganAs, String beganBy, long timeout) {
        return new Transaction(
                xid,
                status,
                beganAs,
                beganBy,
                createdAtMillis,
                timeout,
                rollback,
                forced,
                finishedAtMillis,
                branches,
                audit);
    }

    Transaction with(Branch added) {
        List<Branch> more = new ArrayList<>(branches.size() + 1);
        more.addAll(branches);
        more.add(added);
        return with(status, rollback, forced, finishedAtMillis, more, audit);
    }

    Transaction replaced(Branch changed) {
        List<Branch> others = new ArrayList<>(branches);
        others.replaceAll(branch -> branch.number() == changed.number() ? changed : branch);
        return with(status, rollback, forced, finishedAtMillis, others, audit);
    }

    Transaction audited(AuditEntry entry) {
        List<AuditEntry> more = new ArrayList<>(audit);
        more.add(entry);
        return with(status, rollback, forced, finishedAtMillis, branches, more);
    }

    Transaction rollingBack(Rollback why) {
        return with(TransactionStatus.ROLLING_BACK, why, forced, finishedAtMillis, branches, audit);
    }

    Transaction rolledBack(long now) {
        boolean skipped = branches.stream().anyMatch(branch -> branch.state() == BranchState.SKIPPED);
        return with(TransactionStatus.ROLLED_BACK, rollback, skipped, now, branches, audit);
    }

    private Transaction with(
            TransactionStatus newStatus,
            @Nullable Rollback why,
            boolean newForced,
            long finishedAt,
            List<Branch> newBranches,
            List<AuditEntry> newAudit) {
        return new Transaction(
                xid,
                newStatus,
                name,
                application,
                createdAtMillis,
                timeoutMillis,
                why,
                newForced,
                finishedAt,
                newBranches,
                newAudit);
    }
}
