package io.dtx.server.simulation;

import io.dtx.protocol.Reply.RestoreOrder;
import io.dtx.protocol.Request.RestoreReport.Result;
import io.dtx.server.simulation.Database.Answer;
import io.dtx.server.simulation.Database.Image;
import io.dtx.server.simulation.Database.Kind;
import java.util.List;

/** Phase two of a branch in an application, after dtx-core's Restore: any step may be the last one. */
final class Restore {

    private static final int ROUNDS = 5;

    private final Application application;
    private final World world;
    private final Database database;
    private final RestoreOrder order;
    private final boolean locked;
    private LocalTransaction local;

    Restore(Application application, RestoreOrder order) {
        this.application = application;
        this.world = application.world;
        this.database = application.database;
        this.order = order;
        this.locked = world.mutation != Mutation.RESTORES_UNLOCKED;
    }

    void run(int round) {
        String what = (order.skip() ? "skip of " : "restore of ")
                + order.branch().number() + " by " + application.instance() + ", attempt " + order.attempt();
        local = database.begin(application.life(), what);
        local.restores(order.branch());
        local.lookForUndo(order.branch(), locked, answer -> end(Result.FAILED), undo -> found(undo, round));
    }

    private void found(LocalTransaction.Undo undo, int round) {
        if (undo.kind() == Kind.GUARD) {
            commit();
        } else if (undo.kind() == Kind.NONE) {
            if (world.mutation == Mutation.LEAVES_NO_GUARD) {
                commit();
            } else {
                guard(round);
            }
        } else if (order.skip()) {
            local.deleteUndo(order.branch(), Kind.UNDO, () -> true, locked, answer -> {
                if (answer == Answer.OK) {
                    guard(round);
                } else {
                    end(Result.FAILED);
                }
            });
        } else {
            int oneIn = world.plan.slowRestores ? 5 : world.plan.hazard;
            world.hazard(
                    application,
                    oneIn,
                    () -> putBack(undo.images(), undo.images().size() - 1));
        }
    }

    private void guard(int round) {
        local.insertUndo(order.branch(), Kind.GUARD, List.of(), answer -> {
            if (answer == Answer.OK) {
                commit();
            } else if (answer == Answer.DUPLICATE_KEY && round < ROUNDS) {
                local.rollBack(() -> run(round + 1));
            } else {
                end(Result.FAILED);
            }
        });
    }

    private void putBack(List<Image> images, int next) {
        if (next < 0) {
            local.deleteUndo(order.branch(), Kind.UNDO, () -> true, locked, answer -> {
                if (answer == Answer.OK) {
                    commit();
                } else {
                    end(Result.FAILED);
                }
            });
            return;
        }
        local.putBack(images.get(next), answer -> {
            if (answer == Answer.OK) {
                putBack(images, next - 1);
            } else {
                end(answer == Answer.DIFFERS ? Result.DIRTY : Result.FAILED);
            }
        });
    }

    private void commit() {
        local.commit(answer -> world.hazard(application, () -> {
            if (answer == Answer.OK) {
                application.report(order, order.skip() ? Result.SKIPPED : Result.RESTORED);
            } else {
                application.report(order, Result.FAILED);
            }
        }));
    }

    private void end(Result result) {
        if (result == Result.DIRTY) {
            world.observer.foundDifferent(database, order.branch());
        }
        local.rollBack(() -> application.report(order, result));
    }
}
