package io.dtx.server.simulation;

import io.dtx.model.Execution;
import io.dtx.model.Outcome;
import io.dtx.model.Rollback;
import io.dtx.model.RollbackReason;
import io.dtx.model.TransactionStatus;
import io.dtx.model.Xid;
import io.dtx.protocol.Reply;
import io.dtx.protocol.Request;
import io.dtx.server.simulation.LocalWork.End;
import io.dtx.server.simulation.LocalWork.Posting;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;

/** Calls between applications: lost, doubled, answered late or never; and what the called process does. */
final class Service {

    /**
     * What comes back to the caller.
     *
     * @param branches how many the answer accounts for
     */
    record Answered(Answer answer, int branches) {}

    /** As the caller sees it. */
    enum Answer {
        OK,
        /** An error; the coordinator has acknowledged the veto. */
        ERROR,
        /** An error with the header that asks the caller to veto. */
        ERROR_AND_VETO,
        /** The call ended without an answer. */
        NONE
    }

    /**
     * @param call null if the caller gives none
     * @param caller the life of the calling process
     */
    record Call(
            Xid xid,
            List<Execution> executions,
            UUID call,
            List<Posting> postings,
            Consumer<Answered> then,
            Life caller) {}

    private final World world;

    Service(World world) {
        this.world = world;
    }

    void deliver(Database at, Call call) {
        int copies = world.happens(world.plan.callsDoubled) ? 2 : 1;
        boolean once = copies > 1 && call.call() != null && world.chance.oneIn(2);
        for (int i = 0; i < copies; i++) {
            if (world.happens(world.plan.callsLost)) {
                continue;
            }
            Application called = world.chance.of(world.applicationsOf(at));
            Life life = called.life();
            if (!called.up()) {
                answer(call, Answer.NONE, 0);
            } else {
                // Whatever repeats a call has waited for the first one's answer.
                long patience = once && i > 0 ? world.chance.between(0, 200) : 0;
                world.scheduler.after(world.plan.delay() + patience, life, () -> serve(called, call, once));
            }
        }
    }

    /**
     * @param once whether the called process does nothing for a call that has left its mark. It works in two local transactions
     *     then, if there is enough to do, and leaves the mark with the first
     */
    private void serve(Application called, Call call, boolean once) {
        UUID id = new UUID(world.chance.number(), world.chance.number());
        Participation participation = new Participation(
                call.xid(), call.call() == null ? List.of() : Transfer.executions(call.executions(), call.call(), id));
        world.trace.line(called.instance(), "is called for ", call.xid());
        world.hazard(called, () -> {
            if (world.happens(world.plan.businessErrors)) {
                failed(called, call);
            } else if (!once) {
                work(called, call, participation, call.postings(), List.of(), 0);
            } else if (called.database.done.contains(call.call())) {
                answer(call, Answer.OK, 0);
            } else {
                List<Posting> postings = call.postings();
                work(called, call, participation, postings.subList(0, 1), postings.subList(1, postings.size()), 0);
            }
        });
    }

    private void work(
            Application called,
            Call call,
            Participation participation,
            List<Posting> now,
            List<Posting> then,
            int tries) {
        new LocalWork(called, participation, now, call.call(), end -> {
                    if (end == End.DONE && !then.isEmpty()) {
                        world.scheduler.after(
                                world.chance.between(0, 200),
                                called.life(),
                                () -> world.hazard(
                                        called, () -> work(called, call, participation, then, List.of(), 0)));
                    } else if (end == End.DONE) {
                        world.hazard(called, () -> answer(call, Answer.OK, participation.answeredBranches));
                    } else if (end == End.CONFLICT && tries < 2 && world.chance.oneIn(3)) {
                        work(called, call, participation, now, then, tries + 1);
                    } else {
                        failed(called, call);
                    }
                })
                .run();
    }

    /** An exception leaves the handler: the answer goes only after the coordinator has acknowledged the veto. */
    private void failed(Application called, Call call) {
        Rollback veto = new Rollback(RollbackReason.VETO, "", "the handler failed");
        boolean awaited = world.mutation != Mutation.ANSWERS_BEFORE_VETO;
        called.client().request(new Request.RollBack(call.xid(), veto), world.plan.requestTimeout, reply -> {
            if (awaited) {
                world.hazard(called, () -> answer(call, acknowledged(reply) ? Answer.ERROR : Answer.ERROR_AND_VETO, 0));
            }
        });
        if (!awaited) {
            answer(call, Answer.ERROR, 0);
        }
    }

    private static boolean acknowledged(Reply reply) {
        return reply instanceof Reply.Decided decided && rollsBack(decided.outcome());
    }

    private static boolean rollsBack(Outcome outcome) {
        return outcome.status() == TransactionStatus.ROLLING_BACK || outcome.status() == TransactionStatus.ROLLED_BACK;
    }

    private void answer(Call call, Answer answer, int branches) {
        if (!world.happens(world.plan.callsLost)) {
            world.scheduler.after(
                    world.plan.delay(), call.caller(), () -> call.then().accept(new Answered(answer, branches)));
        }
    }
}
