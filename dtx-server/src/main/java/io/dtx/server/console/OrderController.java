package io.dtx.server.console;

import io.dtx.model.BranchId;
import io.dtx.model.Outcome;
import io.dtx.model.Rollback;
import io.dtx.model.RollbackReason;
import io.dtx.model.Xid;
import io.dtx.server.coordinator.Command;
import io.dtx.server.coordinator.Result;
import io.dtx.server.coordinator.Transaction;
import io.dtx.server.runtime.Coordinator;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;

/**
 * What an operator may order. The body says who and why, and both are kept with the transaction.
 *
 * <pre>
 * POST /transactions/{xid}/branches/{number}/retry   {"operator": "...", "note": "..."}
 * POST /transactions/{xid}/branches/{number}/skip    {"operator": "...", "note": "...", "force": false}
 * POST /transactions/{xid}/rollback                  {"operator": "...", "note": "..."}
 * POST /transactions/{xid}/forget                    {"operator": "...", "note": "..."}
 * </pre>
 *
 * Answers the transaction as it is after the order. An order is carried out by applications; ask for the transaction to see
 * it done. Skip ends the rollback of a branch without restoring it: what it wrote stays. With {@code force} it does not wait
 * for an application to take the branch's undo row away, for when there is none any more. Forget is for an outcome that is
 * FORCED and has been seen to; it answers the transaction as it was, for the last time.
 */
@RestController
class OrderController {

    private static final Logger audit = LoggerFactory.getLogger("io.dtx.server.audit");
    /** What a transaction keeps whole, whichever the order is. */
    private static final int MAX_NOTE = Rollback.MAX_DETAIL;

    private static final long WAIT_SECONDS = 10;

    private final Coordinator coordinator;

    OrderController(Coordinator coordinator) {
        this.coordinator = coordinator;
    }

    @PostMapping("/transactions/{xid}/branches/{number}/retry")
    TransactionView retry(@PathVariable String xid, @PathVariable long number, @RequestBody Order order) {
        BranchId branch = branch(xid, number);
        order.check();
        TransactionView taken =
                carriedOut(branch.xid(), new Command.RetryBranch(branch, order.operator(), order.note()));
        about(audit.atInfo(), branch).log("{} ordered to retry branch {}: {}", order.who(), branch, order.why());
        return taken;
    }

    @PostMapping("/transactions/{xid}/branches/{number}/skip")
    TransactionView skip(@PathVariable String xid, @PathVariable long number, @RequestBody Order order) {
        BranchId branch = branch(xid, number);
        order.check();
        TransactionView taken = carriedOut(
                branch.xid(), new Command.SkipBranch(branch, order.operator(), order.note(), order.forced()));
        about(audit.atWarn(), branch)
                .log(
                        "{} ordered to skip branch {}{}: {}",
                        order.who(),
                        branch,
                        order.forced() ? ", by force" : "",
                        order.why());
        return taken;
    }

    @PostMapping("/transactions/{xid}/rollback")
    TransactionView rollBack(@PathVariable String xid, @RequestBody Order order) {
        Xid id = ShowController.parse(xid);
        order.check();
        known(id);
        Rollback rollback = new Rollback(RollbackReason.OPERATOR, order.operator(), order.note());
        Result result = result(new Command.RollBack(id, rollback));
        if (result instanceof Result.Decided decided) {
            Outcome outcome = decided.outcome();
            if (!rollback.equals(outcome.rollback())) {
                throw Problem.conflict(
                        "transaction " + id + " is already decided: " + outcome.status(), "a decision stays");
            }
            audit.atWarn().addKeyValue("xid", id).log("{} ordered to roll back {}: {}", order.who(), id, order.why());
            return TransactionView.full(known(id));
        }
        throw refused(result);
    }

    @PostMapping("/transactions/{xid}/forget")
    TransactionView forget(@PathVariable String xid, @RequestBody Order order) {
        Xid id = ShowController.parse(xid);
        order.check();
        TransactionView last = TransactionView.full(known(id));
        Result result = result(new Command.ForgetForced(id, order.operator(), order.note()));
        if (!(result instanceof Result.Done)) {
            throw refused(result);
        }
        audit.atWarn()
                .addKeyValue("xid", id)
                .log("{} ordered to forget the forced outcome of {}: {}", order.who(), id, order.why());
        return last;
    }

    /** What the structured form of the log carries. */
    private static LoggingEventBuilder about(LoggingEventBuilder line, BranchId branch) {
        return line.addKeyValue("xid", branch.xid()).addKeyValue("branch", branch.number());
    }

    private TransactionView carriedOut(Xid xid, Command command) {
        Result result = result(command);
        if (result instanceof Result.Done) {
            return TransactionView.full(known(xid));
        }
        throw refused(result);
    }

    private Result result(Command command) {
        try {
            return coordinator.operate(command).get(WAIT_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw Problem.unavailable(
                    "the order was not taken: " + (e.getCause() == null ? e : e.getCause()).getMessage(),
                    "see /actuator/health, then try again");
        } catch (TimeoutException e) {
            throw Problem.unavailable(
                    "the order was not answered within " + WAIT_SECONDS + " s; it may have been carried out",
                    "look at the transaction before trying again");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw Problem.unavailable("the coordinator is being stopped", "look at the transaction after its start");
        }
    }

    private Transaction known(Xid xid) {
        return ShowController.find(coordinator, xid);
    }

    private static BranchId branch(String xid, long number) {
        try {
            return new BranchId(ShowController.parse(xid), number);
        } catch (IllegalArgumentException e) {
            throw Problem.bad(String.valueOf(e.getMessage()), "take the number from GET /transactions/{xid}");
        }
    }

    private static Problem.Raised refused(Result result) {
        if (result instanceof Result.Refused refused) {
            return refused.rule() == Result.Rule.NO_SUCH_BRANCH || refused.rule() == Result.Rule.WRONG_CLUSTER
                    ? Problem.notFound(refused.message(), "take XID and number from GET /transactions")
                    : Problem.conflict(refused.message(), "look at GET /transactions/{xid}");
        }
        return Problem.conflict("nothing was done: " + result, "look at GET /transactions/{xid}");
    }

    /**
     * @param operator who orders it, for the record
     * @param note why
     */
    record Order(
            @Nullable String operator,
            @Nullable String note,
            @Nullable Boolean force) {

        @Override
        public String operator() {
            return operator == null ? "" : operator;
        }

        @Override
        public String note() {
            return note == null ? "" : note;
        }

        boolean forced() {
            return Boolean.TRUE.equals(force);
        }

        void check() {
            if (operator().isBlank()) {
                throw Problem.bad("the operator is missing", "say in \"operator\" who orders this; it is kept");
            }
            if (note().isBlank()) {
                throw Problem.bad("the note is missing", "say in \"note\" why this is ordered; it is kept");
            }
            if (note().length() > MAX_NOTE || operator().length() > MAX_NOTE) {
                throw Problem.bad("the note or the operator is longer than " + MAX_NOTE, "make it shorter");
            }
        }

        String who() {
            return Text.printable(operator());
        }

        String why() {
            return note().replaceAll("\\p{Cntrl}", " ");
        }
    }
}
