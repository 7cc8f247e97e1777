package io.dtx.server.coordinator;

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
 * @param detail for people: why it is stalled; empty otherwise
 */
public record Branch(
        long number,
        String resource,
        String application,
        List<Execution> executions,
        List<Lock> locks,
        BranchState state,
        int attempt,
        String detail) {

    public Branch {
        executions = List.copyOf(executions);
        locks = List.copyOf(locks);
    }

    static Branch registered(
            long number, String resource, String application, List<Execution> executions, List<Lock> locks) {
        return new Branch(number, resource, application, executions, locks, BranchState.REGISTERED, 1, "");
    }

    Branch ended(BranchState end) {
        return new Branch(number, resource, application, List.of(), List.of(), end, attempt, "");
    }

    Branch stalled(String why) {
        // An ordered skip never goes back, so that what follows can not pass for a restore (see Rollbacks).
        BranchState next = state == BranchState.SKIP_ORDERED ? state : BranchState.STALLED;
        return new Branch(number, resource, application, executions, locks, next, attempt, why);
    }

    /** By an operator's order, under a new attempt number. */
    Branch ordered(BranchState next) {
        return new Branch(number, resource, application, executions, locks, next, attempt + 1, "");
    }
}
