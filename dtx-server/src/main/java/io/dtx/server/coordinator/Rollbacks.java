package io.dtx.server.coordinator;

import io.dtx.model.BranchId;
import io.dtx.model.TransactionStatus;
import io.dtx.server.coordinator.Command.BranchRestored;
import io.dtx.server.coordinator.Command.BranchStalled;
import io.dtx.server.coordinator.Command.RetryBranch;
import io.dtx.server.coordinator.Command.SkipBranch;
import io.dtx.server.coordinator.Result.Done;
import io.dtx.server.coordinator.Result.Refused;
import io.dtx.server.coordinator.Result.Rule;
import java.util.function.BiFunction;
import java.util.function.Supplier;

/**
 * The second phase of a rollback: reports of resource managers and orders of operators about one branch.
 *
 * <p>Why a report of an older attempt is ignored, even one that says "restored" (I7, T14). Suppose attempt 1 is still under
 * way on instance A when an operator's order makes attempt 2 and instance B gets it.
 *
 * <ul>
 *   <li>Nothing is lost by ignoring it. Attempt 2 is sent until it is reported, and whatever attempt 1 did before or does
 *       after, attempt 2 meets it under the undo row's lock: the undo row is gone and a guard row stands or is put there, and
 *       attempt 2 reports.
 *   <li>Something could be lost by believing it. Operators order when something is wrong with what was reported, and a report
 *       may have been on its way while a database was restored from a backup or failed over. And a transaction whose
 *       branch was skipped must end FORCED: if "restored" from attempt 1 ended the branch while the order to skip it is at
 *       B, the outcome would say that everything was restored although B may have come first and taken the undo row away.
 * </ul>
 *
 * For the same reason an ordered skip can not be taken back by a retry: a guard row that the skip left would make the
 * retry report "restored, without effect".
 */
final class Rollbacks {

    private static final int MAX_DETAIL = 4000;

    private final State state;

    Rollbacks(State state) {
        this.state = state;
    }

    Result restored(BranchRestored report) {
        return with(
                report.branch(),
                (transaction, branch) -> report(branch, report.attempt(), () -> {
                    if (!isDue(transaction, branch)) {
                        return new Refused(
                                Rule.OUT_OF_ORDER,
                                report.branch() + " is reported restored before a later branch of its resource is");
                    }
                    boolean skipped = branch.state() == BranchState.SKIP_ORDERED;
                    state.end(transaction, branch, skipped ? BranchState.SKIPPED : BranchState.RESTORED);
                    return new Done();
                }));
    }

    Result stalled(BranchStalled report) {
        return with(
                report.branch(),
                (transaction, branch) -> report(branch, report.attempt(), () -> {
                    state.put(transaction.replaced(branch.stalled(cut(report.detail()), report.differences())));
                    return new Done();
                }));
    }

    Result retry(RetryBranch order) {
        return with(order.branch(), (transaction, branch) -> {
            if (branch.state() != BranchState.STALLED) {
                return new Refused(
                        Rule.NOT_STALLED,
                        order.branch() + " is " + branch.state() + ": only a stalled branch is retried");
            }
            state.put(transaction
                    .replaced(branch.ordered(BranchState.REGISTERED))
                    .audited(audit(AuditEntry.Action.RETRY, branch, order.operator(), order.note())));
            return new Done();
        });
    }

    /**
     * Without force this is an order to a resource manager, and the locks stay until it reports the guard row: until then a
     * restore in flight, or a phase one that comes late, could still write rows that are not locked any more. With force the
     * locks go at once, and that danger is the operator's; it is recorded, and the outcome is not forgotten, so that
     * the undo row, which may still be there, is never taken for one of a committed transaction.
     */
    Result skip(SkipBranch order) {
        return with(order.branch(), (transaction, branch) -> {
            if (branch.state() == BranchState.RESTORED) {
                return new Refused(
                        Rule.NOT_STALLED,
                        order.branch() + " is RESTORED: there is nothing left to skip, and nothing is forced");
            }
            if (branch.state().ended() || (branch.state() == BranchState.SKIP_ORDERED && !order.force())) {
                return new Done();
            }
            AuditEntry.Action action = order.force() ? AuditEntry.Action.FORCED_SKIP : AuditEntry.Action.SKIP;
            Transaction audited = transaction.audited(audit(action, branch, order.operator(), order.note()));
            Branch ordered = branch.ordered(BranchState.SKIP_ORDERED);
            if (order.force()) {
                state.end(audited, ordered, BranchState.SKIPPED);
            } else {
                state.put(audited.replaced(ordered));
            }
            return new Done();
        });
    }

    private AuditEntry audit(AuditEntry.Action action, Branch branch, String operator, String note) {
        return new AuditEntry(state.now, action, branch.number(), operator, cut(note));
    }

    /** Finds the branch of a transaction that rolls back, or says why there is nothing to do. */
    private Result with(BranchId id, BiFunction<Transaction, Branch, Result> step) {
        return state.unacceptable(id.xid()).orElseGet(() -> {
            Transaction transaction = state.find(id.xid());
            if (transaction == null) {
                return new Refused(Rule.NO_SUCH_BRANCH, id + " is not known here");
            }
            if (transaction.status() == TransactionStatus.ACTIVE
                    || transaction.status() == TransactionStatus.COMMITTED) {
                return new Refused(Rule.NOT_ROLLING_BACK, id + " is " + transaction.status() + ", not rolling back");
            }
            return transaction
                    .branch(id.number())
                    .map(branch -> step.apply(transaction, branch))
                    .orElseGet(() -> new Refused(Rule.NO_SUCH_BRANCH, id + " was never registered"));
        });
    }

    private static Result report(Branch branch, int attempt, Supplier<Result> step) {
        if (branch.state().ended()) {
            return new Done();
        }
        if (attempt != branch.attempt()) {
            return new Refused(
                    Rule.OLD_ATTEMPT,
                    "a report of attempt " + attempt + " while attempt " + branch.attempt() + " is on");
        }
        return step.get();
    }

    private static boolean isDue(Transaction transaction, Branch branch) {
        return transaction.due().contains(branch);
    }

    private static String cut(String text) {
        return text.length() <= MAX_DETAIL ? text : text.substring(0, MAX_DETAIL);
    }
}
