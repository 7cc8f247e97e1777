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
            Consumer<Answer> then,
            Life caller) {}

    private final World world;

    Service(World world) {
        this.world = world;
    }

    void deliver(Database at, Call call) {
        int copies = world.happens(world.plan.callsDoubled) ? 2 : 1;
        for (int i = 0; i < copies; i++) {
            if (world.happens(world.plan.callsLost)) {
                continue;
            }
            Application called = world.chance.of(world.applicationsOf(at));
            Life life = called.life();
            if (!called.up()) {
                answer(call, Answer.NONE);
            } else {
                world.scheduler.after(world.plan.delay(), life, () -> serve(called, call));
            }
        }
    }

    private void serve(Application called, Call call) {
        UUID id = new UUID(world.chance.number(), world.chance.number());
        Participation participation = new Participation(
                call.xid(), call.call() == null ? List.of() : Transfer.executions(call.executions(), call.call(), id));
        world.trace.line(called.instance(), "is called for ", call.xid());
        world.hazard(called, () -> {
            if (world.happens(world.plan.businessErrors)) {
                failed(called, call);
            } else {
                work(called, call, participation, 0);
            }
        });
    }

    private void work(Application called, Call call, Participation participation, int tries) {
        new LocalWork(called, participation, call.postings(), end -> {
                    if (end == End.DONE) {
                        world.hazard(called, () -> answer(call, Answer.OK));
                    } else if (end == End.CONFLICT && tries < 2 && world.chance.oneIn(3)) {
                        work(called, call, participation, tries + 1);
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
                world.hazard(called, () -> answer(call, acknowledged(reply) ? Answer.ERROR : Answer.ERROR_AND_VETO));
            }
        });
        if (!awaited) {
            answer(call, Answer.ERROR);
        }
    }

    private static boolean acknowledged(Reply reply) {
        return reply instanceof Reply.Decided decided && rollsBack(decided.outcome());
    }

    private static boolean rollsBack(Outcome outcome) {
        return outcome.status() == TransactionStatus.ROLLING_BACK || outcome.status() == TransactionStatus.ROLLED_BACK;
    }

    private void answer(Call call, Answer answer) {
        if (!world.happens(world.plan.callsLost)) {
            world.scheduler.after(
                    world.plan.delay(), call.caller(), () -> call.then().accept(answer));
        }
    }
}
