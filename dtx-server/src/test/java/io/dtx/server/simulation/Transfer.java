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
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.UUID;

/** One global transaction as its initiator sees it: some work here, some in other processes, then the decision. */
final class Transfer {

    /** What its caller is told. */
    enum Answer {
        DONE,
        FAILED,
        IN_DOUBT,
        /** No coordinator: nothing was begun. */
        NOT_BEGUN
    }

    /** @param at the database that the work is done in; if it is not the initiator's own, by a call of another process */
    record Step(Database at, boolean remote, List<Posting> postings) {}

    private final Application application;
    private final World world;
    private final List<Step> steps;
    private final String name;
    /**
     * Whether its calls go through a client that knows nothing of dtx: a call without an answer sets no flag, and calls have no
     * ids. Whatever else then keeps half of a branch from being committed is I11.
     */
    private final boolean careless;

    private Participation participation;

    Transfer(Application application, String name, List<Step> steps, boolean careless) {
        this.application = application;
        this.world = application.world;
        this.name = name;
        this.steps = steps;
        this.careless = careless;
    }

    String name() {
        return name;
    }

    void run() {
        Client client = application.client();
        if (!client.serving()) {
            world.observer.answered(name, null, Answer.NOT_BEGUN);
            return;
        }
        Xid xid = client.newXid();
        participation = new Participation(xid, List.of());
        world.observer.begins(name, xid, careless ? null : steps);
        world.trace.line(application.instance(), name, " begins ", xid, ": ", steps.size(), " steps");
        client.begin(new Request.Begin(xid, name, Duration.ofMillis(world.healed ? 60_000 : world.plan.timeout())));
        step(0, 0);
    }

    private void step(int next, int tries) {
        world.hazard(application, () -> {
            if (next == steps.size()) {
                decide(false);
                return;
            }
            Step step = steps.get(next);
            if (step.remote()) {
                call(step, next);
            } else {
                new LocalWork(application, participation, step.postings(), end -> ended(next, tries, end)).run();
            }
        });
    }

    private void ended(int next, int tries, End end) {
        world.trace.line(application.instance(), name, " step ", next + 1, ": ", end);
        if (end == End.DONE) {
            step(next + 1, 0);
        } else if (end == End.CONFLICT && tries < 3 && world.chance.oneIn(2)) {
            world.scheduler.after(world.chance.between(1, 300), application.life(), () -> step(next, tries + 1));
        } else if (end != End.CONFLICT && world.chance.oneIn(2)) {
            step(next + 1, 0); // the application swallows the error
        } else {
            decide(true);
        }
    }

    private void call(Step step, int next) {
        UUID call = new UUID(world.chance.number(), world.chance.number());
        boolean[] answered = new boolean[1];
        Service.Call request = new Service.Call(
                participation.xid,
                participation.executions,
                careless ? null : call,
                step.postings(),
                answer -> {
                    if (!answered[0]) {
                        answered[0] = true;
                        participation.answeredBranches += answer.branches();
                        called(next, answer.answer());
                    }
                },
                application.life());
        world.service.deliver(step.at(), request);
        world.scheduler.after(world.healed ? 20_000 : world.plan.callTimeout, application.life(), () -> {
            if (!answered[0]) {
                answered[0] = true;
                called(next, Service.Answer.NONE);
            }
        });
    }

    private void called(int next, Service.Answer answer) {
        world.trace.line(application.instance(), name, " step ", next + 1, " answered ", answer);
        if (answer == Service.Answer.OK) {
            step(next + 1, 0);
            return;
        }
        boolean told = answer == Service.Answer.ERROR_AND_VETO
                || (answer == Service.Answer.NONE && world.mutation != Mutation.FORGETS_UNANSWERED_CALLS);
        participation.vetoed |= told && !careless;
        if (world.chance.oneIn(2)) {
            step(next + 1, 0); // a fallback swallows the error
        } else {
            decide(true);
        }
    }

    private void decide(boolean failed) {
        if (failed || participation.vetoed) {
            Rollback why = new Rollback(RollbackReason.APPLICATION, "", "failed");
            application
                    .client()
                    .request(
                            new Request.RollBack(participation.xid, why),
                            world.plan.requestTimeout,
                            reply -> answer(Answer.FAILED));
            return;
        }
        application
                .client()
                .request(
                        new Request.Commit(
                                participation.xid,
                                careless || world.mutation == Mutation.COUNTS_NO_ANSWERS
                                        ? OptionalInt.empty()
                                        : OptionalInt.of(participation.answeredBranches)),
                        world.plan.requestTimeout,
                        reply -> answer(answer(reply)));
    }

    private static Answer answer(Reply reply) {
        if (reply instanceof Reply.Decided decided) {
            Outcome outcome = decided.outcome();
            return outcome.status() == TransactionStatus.COMMITTED
                    ? Answer.DONE
                    : outcome.status() == TransactionStatus.ACTIVE ? Answer.IN_DOUBT : Answer.FAILED;
        }
        return Answer.IN_DOUBT;
    }

    private void answer(Answer answer) {
        world.trace.line(application.instance(), name, " answers ", answer);
        world.observer.answered(name, participation.xid, answer);
        if (answer == Answer.IN_DOUBT) {
            world.scheduler.after(world.chance.between(1, 5_000), application.life(), this::askOutcome);
        }
    }

    /** What it is told is compared with what is so by the observer, on its way. */
    private void askOutcome() {
        application
                .client()
                .request(
                        new Request.AskOutcome(participation.xid),
                        world.plan.requestTimeout,
                        reply -> world.trace.line(application.instance(), name, " learns ", reply));
    }

    /** The calls that led to a participant, with its own execution. */
    static List<Execution> executions(List<Execution> before, UUID call, UUID id) {
        List<Execution> all = new ArrayList<>(before);
        all.add(new Execution(call, id));
        return all;
    }
}
