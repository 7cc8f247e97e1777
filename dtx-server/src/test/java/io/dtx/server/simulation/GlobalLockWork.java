package io.dtx.server.simulation;

import io.dtx.model.Lock;
import io.dtx.protocol.Reply;
import io.dtx.protocol.Request;
import io.dtx.server.simulation.Database.Answer;
import io.dtx.server.simulation.Database.Image;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** A local transaction outside of any global one that moves money within one database, under {@code @GlobalLock}. */
final class GlobalLockWork {

    private final Application application;
    private final World world;
    private final String from;
    private final String to;
    private final LocalTransaction local;
    private final List<Image> images = new ArrayList<>();

    GlobalLockWork(Application application, String from, String to) {
        this.application = application;
        this.world = application.world;
        this.from = from;
        this.to = to;
        this.local =
                application.database.begin(application.life(), "work under @GlobalLock by " + application.instance());
    }

    void run() {
        world.trace.line(application.instance(), "works under @GlobalLock");
        local.add(from, -1, images, first -> {
            if (first != Answer.OK) {
                end();
                return;
            }
            local.add(to, 1, images, second -> {
                if (second == Answer.OK) {
                    check();
                } else {
                    end();
                }
            });
        });
    }

    /** The rows are locked in the database by now, and stay so until the end: see dtx-core's LockCheck. */
    private void check() {
        Database database = application.database;
        List<Lock> locks =
                from.equals(to) ? List.of(database.lock(from)) : List.of(database.lock(from), database.lock(to));
        application
                .client()
                .request(
                        new Request.CheckLocks(null, locks, Duration.ofMillis(world.plan.lockWait)),
                        world.plan.lockWait + world.plan.requestTimeout,
                        reply -> {
                            if (reply instanceof Reply.LocksFree) {
                                world.hazard(application, () -> local.commit(answer -> {}));
                            } else {
                                end();
                            }
                        });
    }

    private void end() {
        local.rollBack(() -> {});
    }
}
