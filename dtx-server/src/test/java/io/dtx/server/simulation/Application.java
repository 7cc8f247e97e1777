package io.dtx.server.simulation;

import io.dtx.model.BranchId;
import io.dtx.model.Xid;
import io.dtx.protocol.Reply;
import io.dtx.protocol.Request;
import io.dtx.protocol.Request.RestoreReport.Result;
import io.dtx.server.simulation.Database.Kind;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A process of an application with one database: it dies and comes back, and its clocks are its own. */
final class Application {

    final World world;
    final String name;
    final Database database;
    private Life life = new Life();
    private Client client;
    private int starts;
    private String instance = "";
    private long wallOffset;
    private long slept;
    private boolean sleeper;
    private boolean setBack;
    private boolean up;

    Application(World world, String name, Database database) {
        this.world = world;
        this.name = name;
        this.database = database;
    }

    void start() {
        starts++;
        instance = name + "." + starts;
        up = true;
        life = new Life();
        client = new Client(world, this, life);
        world.trace.line(name, "starts as ", instance());
        client.connect(world.chance.between(1, 50));
        sweepLater(life);
    }

    void crash() {
        world.trace.line(instance(), "crashes");
        up = false;
        life.end();
        if (client.connection() != null) {
            client.connection().clientDied();
        }
        database.clientDied(life);
    }

    /** The machine sleeps: its monotonic clock stands still, and when it wakes up its streams are broken. */
    void sleep(long millis) {
        if (setBack) {
            world.scheduler.pause(life, millis);
            return;
        }
        sleeper = true;
        long asleepAt = world.scheduler.now();
        world.scheduler.pause(life, millis);
        world.scheduler.after(0, life, () -> {
            slept += world.scheduler.now() - asleepAt;
            if (client.connection() != null) {
                client.connection().cut();
            }
        });
    }

    /** Not set back on a machine that sleeps as well: then both clocks would be wrong, and nobody could tell an age (I5). */
    void setClock(long offset) {
        if (offset < wallOffset && sleeper) {
            return;
        }
        setBack |= offset < wallOffset;
        wallOffset = offset;
    }

    boolean up() {
        return up;
    }

    Life life() {
        return life;
    }

    Client client() {
        return client;
    }

    String instance() {
        return instance;
    }

    /** Milliseconds by the clock that people set. */
    long wall() {
        return World.EPOCH + world.scheduler.now() + wallOffset;
    }

    /** Milliseconds by the clock that only goes forward, and not while the machine sleeps. */
    long steady() {
        return world.scheduler.now() - slept;
    }

    void restore(Reply.RestoreOrder order) {
        new Restore(this, order).run(1);
    }

    void report(Reply.RestoreOrder order, Result result) {
        client.tell(new Request.RestoreReport(order.branch(), order.resource(), order.attempt(), result, ""));
    }

    void release(Reply.ReleaseUndo release) {
        delete(release.branches(), Kind.UNDO, 0);
    }

    private void delete(List<BranchId> branches, Kind kind, long age) {
        LocalTransaction deleting = database.begin(life, "deletion by " + instance());
        deleteNext(deleting, branches, 0, kind, age);
    }

    private void deleteNext(LocalTransaction deleting, List<BranchId> branches, int next, Kind kind, long age) {
        if (next == branches.size()) {
            deleting.commit(answer -> {});
            return;
        }
        BranchId branch = branches.get(next);
        deleting.deleteUndo(
                branch, kind, () -> database.undoRow(branch).created <= database.clock() - age, false, answer -> {
                    if (answer == Database.Answer.OK) {
                        deleteNext(deleting, branches, next + 1, kind, age);
                    } else {
                        deleting.rollBack(() -> {});
                    }
                });
    }

    private void sweepLater(Life of) {
        world.scheduler.after(world.plan.sweepDelay(), of, () -> {
            sweep();
            sweepLater(of);
        });
    }

    void sweepSoon() {
        world.scheduler.after(world.chance.between(1, 50), life, this::sweep);
    }

    /** Asks about undo rows of any age (the younger, the harder), and about guard rows that are old enough. */
    void sweep() {
        boolean early = world.mutation == Mutation.SWEEPS_GUARDS_EARLY;
        long guardAge = early ? 0 : 2 * World.REGISTRATION_LIMIT;
        sweep(Kind.UNDO, 0);
        sweep(Kind.GUARD, guardAge);
    }

    private void sweep(Kind kind, long age) {
        Map<BranchId, Xid> found = new LinkedHashMap<>();
        for (Database.Row row : database.undoRows(kind)) {
            if (row.created <= database.clock() - age) {
                found.put(row.branch, row.branch.xid());
            }
        }
        if (found.isEmpty() || !client.serving()) {
            return;
        }
        List<Xid> asked = found.values().stream().distinct().toList();
        client.request(new Request.AskUnknown(asked), world.plan.requestTimeout, reply -> {
            if (reply instanceof Reply.Unknown answer) {
                found.keySet().stream()
                        .filter(branch ->
                                kind == Kind.UNDO && answer.rolledBack().contains(branch.xid()))
                        .forEach(branch -> world.observer.rolledBack(database.undoRow(branch)));
                List<BranchId> gone = found.keySet().stream()
                        .filter(branch -> answer.xids().contains(branch.xid())
                                || (kind == Kind.UNDO && answer.committed().contains(branch.xid())))
                        .toList();
                if (!gone.isEmpty()) {
                    delete(gone, kind, age);
                }
            }
        });
    }
}
