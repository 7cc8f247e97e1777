package io.dtx.server.console;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.dtx.model.Rollback;
import io.dtx.model.RowDifference;
import io.dtx.model.TransactionStatus;
import io.dtx.server.coordinator.AuditEntry;
import io.dtx.server.coordinator.Branch;
import io.dtx.server.coordinator.Transaction;
import io.dtx.server.runtime.RestoreFailures;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One global transaction as JSON. Absent parts are left out. Of one that is COMMITTED only its XID and the time are kept: what
 * it did, who began it and when are left out, and not shown as if there had been nothing.
 *
 * @param xid its XID
 * @param status ACTIVE, ROLLING_BACK, COMMITTED or ROLLED_BACK
 * @param name as its Begin named it
 * @param application that began it
 * @param createdAt ISO 8601, UTC, by the coordinator's clock
 * @param timeoutMillis as its Begin set it; left out before
 * @param rollback why it rolls back
 * @param forced whether an operator ended its rollback without restoring every branch
 * @param stalled whether a branch waits for an operator
 * @param finishedAt likewise
 * @param branchCount how many branches are registered; not kept, like name, application, createdAt, branches and audit, of what
 *     is COMMITTED
 * @param branches in registration order; in lists left out
 * @param audit what operators did; in lists left out
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record TransactionView(
        String xid,
        String status,
        @Nullable String name,
        @Nullable String application,
        @Nullable Instant createdAt,
        @Nullable Long timeoutMillis,
        @Nullable RollbackView rollback,
        boolean forced,
        boolean stalled,
        @Nullable Instant finishedAt,
        @Nullable Integer branchCount,
        @Nullable List<BranchView> branches,
        @Nullable List<AuditView> audit) {

    private static final int MAX_LOCKS = 100;

    static TransactionView brief(Transaction transaction) {
        return of(transaction, null, null);
    }

    static TransactionView full(Transaction transaction) {
        return full(transaction, Map.of());
    }

    /** @param failures of restores that are tried again, by the branch's number */
    static TransactionView full(Transaction transaction, Map<Long, RestoreFailures> failures) {
        return of(
                transaction,
                transaction.branches().stream()
                        .map(branch -> BranchView.of(branch, failures.get(branch.number())))
                        .toList(),
                transaction.audit().stream().map(AuditView::of).toList());
    }

    private static TransactionView of(
            Transaction transaction, @Nullable List<BranchView> branches, @Nullable List<AuditView> audit) {
        Rollback rollback = transaction.rollback();
        boolean kept = transaction.status() != TransactionStatus.COMMITTED;
        return new TransactionView(
                transaction.xid().toString(),
                transaction.status().name(),
                kept ? transaction.name() : null,
                kept ? transaction.application() : null,
                kept ? Instant.ofEpochMilli(transaction.createdAtMillis()) : null,
                transaction.timeoutMillis() == 0 ? null : transaction.timeoutMillis(),
                rollback == null ? null : new RollbackView(rollback.reason().name(), rollback.by(), rollback.detail()),
                transaction.forced(),
                transaction.stalledBranches() > 0,
                transaction.finishedAtMillis() == 0 ? null : Instant.ofEpochMilli(transaction.finishedAtMillis()),
                kept ? transaction.branches().size() : null,
                kept ? branches : null,
                kept ? audit : null);
    }

    /** @param reason APPLICATION, VETO, TIMEOUT, BRANCH_UNREPORTED or OPERATOR */
    public record RollbackView(String reason, String by, String detail) {}

    /**
     * @param number a string, since JavaScript's numbers can not hold it
     * @param state REGISTERED, STALLED, SKIP_ORDERED, RESTORED or SKIPPED
     * @param detail why it is stalled, or was when it was skipped
     * @param differingRows how many rows are in its way
     * @param differences the first of them
     * @param restoreFailures how many times its restore has failed since this node leads, and is tried again; left out for none
     * @param lastFailure what the application said of the last of them; likewise
     * @param lockCount how many keys it holds
     * @param locks the first {@value TransactionView#MAX_LOCKS} of them
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record BranchView(
            String number,
            String resource,
            String application,
            String state,
            int attempt,
            String detail,
            int differingRows,
            List<DifferenceView> differences,
            @Nullable Integer restoreFailures,
            @Nullable String lastFailure,
            int lockCount,
            List<String> locks) {

        static BranchView of(Branch branch, @Nullable RestoreFailures failures) {
            return new BranchView(
                    Long.toString(branch.number()),
                    branch.resource(),
                    branch.application(),
                    branch.state().name(),
                    branch.attempt(),
                    branch.detail(),
                    branch.differences().total(),
                    branch.differences().rows().stream().map(DifferenceView::of).toList(),
                    failures == null ? null : failures.count(),
                    failures == null ? null : failures.last(),
                    branch.locks().size(),
                    branch.locks().stream()
                            .limit(MAX_LOCKS)
                            .map(lock -> lock.key().toString())
                            .toList());
        }
    }

    /**
     * A row in the way of a restore.
     *
     * @param what CHANGED, MISSING or THERE_AGAIN
     * @param columns the names of those that differ, with CHANGED
     * @param values left out where the application does not send them (dtx.undo-log.show-values-of)
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record DifferenceView(
            String table,
            String key,
            String what,
            List<String> columns,
            @Nullable ValuesView values) {

        static DifferenceView of(RowDifference row) {
            RowDifference.Contents contents = row.contents();
            return new DifferenceView(
                    row.table(),
                    row.key(),
                    row.what().name(),
                    row.columns(),
                    contents == null
                            ? null
                            : new ValuesView(
                                    values(contents.before()), values(contents.after()), values(contents.now())));
        }

        private static @Nullable Map<String, @Nullable String> values(@Nullable List<RowDifference.Cell> cells) {
            if (cells == null) {
                return null;
            }
            Map<String, @Nullable String> values = new LinkedHashMap<>();
            cells.forEach(cell -> values.put(cell.column(), cell.value()));
            return values;
        }
    }

    /** By the columns' names; null for no such row. */
    @JsonInclude(JsonInclude.Include.ALWAYS)
    public record ValuesView(
            @Nullable Map<String, @Nullable String> before,
            @Nullable Map<String, @Nullable String> after,
            @Nullable Map<String, @Nullable String> now) {}

    /** @param action RETRY, SKIP or FORCED_SKIP */
    public record AuditView(Instant at, String action, String branch, String operator, String note) {

        static AuditView of(AuditEntry entry) {
            return new AuditView(
                    Instant.ofEpochMilli(entry.atMillis()),
                    entry.action().name(),
                    Long.toString(entry.branch()),
                    entry.operator(),
                    entry.note());
        }
    }
}
