package io.dtx.server.coordinator;

import io.dtx.model.Differences;
import io.dtx.model.Execution;
import io.dtx.model.Lock;
import java.util.List;

/**
 * A registered branch. Immutable.
 *
 * @param number its number within the transaction
 * @param resource the resource id that its undo row lives in
 * @param application the application that registered it, for people
 * @param executions the calls that led to it, the outermost first; not kept once it has ended
 * @param locks what it holds, each key once; empty once it holds nothing any more
 * @param state how far it is
 * @param attempt from 1; goes up with each order of an operator; a report that carries a lower one is ignored
 * @param detail for people: why it is stalled, or was when it was skipped; empty otherwise
 * @param differences the rows in its way then
 */
public record Branch(
        long number,
        String resource,
        String application,
        List<Execution> executions,
        List<Lock> locks,
        BranchState state,
        int attempt,
        String detail,
        Differences differences) {

    public Branch {
        executions = List.copyOf(executions);
        locks = List.copyOf(locks);
    }

    static Branch registered(
            long number, String resource, String application, List<Execution> executions, List<Lock> locks) {
        return new Branch(
                number, resource, application, executions, locks, BranchState.REGISTERED, 1, "", Differences.NONE);
    }

    /** What was skipped, and why it had stalled, is kept with it. */
    Branch ended(BranchState end) {
        boolean skipped = end == BranchState.SKIPPED;
        return new Branch(
                number,
                resource,
                application,
                List.of(),
                List.of(),
                end,
                attempt,
                skipped ? detail : "",
                skipped ? differences : Differences.NONE);
    }

    Branch stalled(String why, Differences inTheWay) {
        // An ordered skip never goes back, so that what follows can not pass for a restore (see Rollbacks).
        BranchState next = state == BranchState.SKIP_ORDERED ? state : BranchState.STALLED;
        return new Branch(number, resource, application, executions, locks, next, attempt, why, inTheWay);
    }

    /** By an operator's order, under a new attempt number. */
    Branch ordered(BranchState next) {
        boolean skip = next == BranchState.SKIP_ORDERED;
        return new Branch(
                number,
                resource,
                application,
                executions,
                locks,
                next,
                attempt + 1,
                skip ? detail : "",
                skip ? differences : Differences.NONE);
    }
}
