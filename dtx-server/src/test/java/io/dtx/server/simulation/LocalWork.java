package io.dtx.server.simulation;

import io.dtx.model.BranchId;
import io.dtx.model.Lock;
import io.dtx.model.Rollback;
import io.dtx.model.RollbackReason;
import io.dtx.protocol.FailureKind;
import io.dtx.protocol.Reply;
import io.dtx.protocol.Request;
import io.dtx.server.simulation.Database.Answer;
import io.dtx.server.simulation.Database.Image;
import io.dtx.server.simulation.Database.Kind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;

/**
 * One local transaction of a global one, and its commit as a branch, in the order of dtx-core's BranchCommit: registration
 * sent, undo row inserted meanwhile, grant awaited, age looked at, COMMIT, report.
 */
final class LocalWork {

    /** How it ended for the application. */
    enum End {
        DONE,
        /** Nothing happened, and nobody was told: it may be tried again. */
        CONFLICT,
        /** Nothing happened, or nobody knows; the transaction is vetoed. */
        FAILED,
        /** The outcome of COMMIT is unknown; the transaction is vetoed. */
        UNKNOWN
    }

    private final Application application;
    private final World world;
    private final Participation participation;
    private final List<Posting> postings;
    private final Consumer<End> then;
    private final List<Image> images = new ArrayList<>();
    private final LocalTransaction local;
    /** The call that this is known by in the database once it has committed; null for none. */
    private final UUID mark;

    private BranchId branch;
    private long sentWall;
    private long sentSteady;
    private Reply grant;
    private boolean undoInserted;
    private boolean decided;

    /** A change of one account's balance. */
    record Posting(String account, long amount) {}

    LocalWork(Application application, Participation participation, List<Posting> postings, Consumer<End> then) {
        this(application, participation, postings, null, then);
    }

    LocalWork(
            Application application,
            Participation participation,
            List<Posting> postings,
            UUID mark,
            Consumer<End> then) {
        this.application = application;
        this.world = application.world;
        this.participation = participation;
        this.postings = postings;
        this.mark = mark;
        this.then = then;
        this.local = application.database.begin(application.life(), "work by " + application.instance());
    }

    void run() {
        post(0);
    }

    private void post(int next) {
        if (next == postings.size()) {
            register();
            return;
        }
        Posting posting = postings.get(next);
        boolean[] answered = new boolean[1];
        tellOfWait(answered);
        local.add(posting.account(), posting.amount(), images, answer -> {
            answered[0] = true;
            if (answer == Answer.OK) {
                post(next + 1);
            } else {
                end(End.CONFLICT);
            }
        });
    }

    /** A statement that takes long may wait for somebody who waits at the coordinator for this transaction. */
    private void tellOfWait(boolean[] answered) {
        world.scheduler.after(300, application.life(), () -> {
            if (!answered[0]) {
                application
                        .client()
                        .tell(new Request.DatabaseWait(participation.xid, application.database.resource, "account"));
                tellOfWait(answered);
            }
        });
    }

    private void register() {
        branch = new BranchId(participation.xid, world.newBranch());
        local.is(branch);
        Set<Lock> locks = new LinkedHashSet<>();
        postings.forEach(posting -> locks.add(application.database.lock(posting.account())));
        sentWall = application.wall();
        sentSteady = application.steady();
        application
                .client()
                .request(
                        new Request.RegisterBranch(
                                branch,
                                application.database.resource,
                                participation.executions,
                                List.copyOf(locks),
                                Duration.ofMillis(world.plan.lockWait)),
                        world.plan.lockWait + world.plan.requestTimeout,
                        reply -> {
                            grant = reply;
                            if (reply instanceof Reply.Registered && world.mutation == Mutation.REPORTS_UNCOMMITTED) {
                                application.client().report(branch);
                            }
                            if (undoInserted) {
                                goOn();
                            }
                        });
        world.hazard(application, world.plan.longPauses ? 4 : world.plan.hazard, this::insertUndo);
    }

    private void insertUndo() {
        local.insertUndo(branch, Kind.UNDO, images, answer -> {
            if (answer == Answer.OK) {
                undoInserted = true;
                world.hazard(application, this::goOn);
            } else {
                local.rollBack(() -> veto(() -> then.accept(End.FAILED)));
            }
        });
    }

    private void goOn() {
        if (grant == null || decided) {
            return;
        }
        decided = true;
        if (!(grant instanceof Reply.Registered)) {
            boolean refused = grant instanceof Reply.Failure failure
                    && failure.kind() != FailureKind.UNAVAILABLE
                    && failure.kind() != FailureKind.NOT_LEADER
                    && failure.kind() != FailureKind.FORGOTTEN;
            if (!refused) {
                participation.vetoed = true;
                sendVeto(reply -> {});
            }
            end(refused ? End.CONFLICT : End.FAILED);
            return;
        }
        if (!participation.executions.isEmpty()) {
            participation.answeredBranches++;
        }
        long age = Math.max(application.wall() - sentWall, application.steady() - sentSteady);
        if (age >= World.REGISTRATION_LIMIT && world.mutation != Mutation.COMMITS_LATE) {
            local.rollBack(() -> veto(() -> then.accept(End.FAILED)));
            return;
        }
        world.hazard(application, world.plan.careless ? 15 : world.plan.hazard, this::commit);
    }

    private void commit() {
        local.commit(mark, answer -> {
            if (answer == Answer.OK) {
                application.client().report(branch);
                then.accept(End.DONE);
            } else if (world.mutation == Mutation.REPEATS_UNKNOWN_COMMIT) {
                // As if a broken COMMIT had not happened, and as if the repetition stood for both.
                application.client().report(branch);
                then.accept(End.CONFLICT);
            } else {
                veto(() -> then.accept(End.UNKNOWN));
            }
        });
    }

    /** First in this process, then at the coordinator, awaited. */
    private void veto(Runnable next) {
        participation.vetoed = true;
        sendVeto(reply -> next.run());
    }

    private void sendVeto(Consumer<Reply> next) {
        application
                .client()
                .request(
                        new Request.RollBack(
                                participation.xid, new Rollback(RollbackReason.VETO, "", "a branch did not commit")),
                        world.plan.requestTimeout,
                        next);
    }

    private void end(End end) {
        local.rollBack(() -> then.accept(end));
    }
}
