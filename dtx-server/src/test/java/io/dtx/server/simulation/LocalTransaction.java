package io.dtx.server.simulation;

import io.dtx.model.BranchId;
import io.dtx.server.simulation.Database.Answer;
import io.dtx.server.simulation.Database.Image;
import io.dtx.server.simulation.Database.Kind;
import io.dtx.server.simulation.Database.Row;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * A connection with one local transaction: statements travel to the database, wait there for row locks, and their answers
 * travel back, if their sender still lives. What was sent takes effect even if it does not.
 */
final class LocalTransaction {

    /** A statement that stands in line for a row. */
    final class Wait {
        private final Row row;
        private final Runnable then;
        private boolean over;

        private Wait(Row row, Runnable then) {
            this.row = row;
            this.then = then;
        }

        private void goesOn() {
            wait = null;
            take(row);
            then.run();
        }
    }

    private record Before(long balance, Kind kind, List<Image> images, long created) {}

    private final Database database;
    private final World world;
    final Life client;
    final String what;
    private final Set<Row> locked = new LinkedHashSet<>();
    private final Map<Row, Before> written = new LinkedHashMap<>();
    private Wait wait;
    private Runnable onBroken;
    private boolean over;
    private BranchId branch;
    private BranchId restored;

    LocalTransaction(Database database, Life client, String what) {
        this.database = database;
        this.world = database.world;
        this.client = client;
        this.what = what;
    }

    /** From here on it is the local transaction of this branch. */
    void is(BranchId id) {
        branch = id;
    }

    /** It is a restore, or a skip, of this branch. */
    void restores(BranchId id) {
        restored = id;
    }

    /** Null for one that is not a restore. */
    BranchId restored() {
        return restored;
    }

    /** Null for one that is not a branch's phase one. */
    BranchId branch() {
        return branch;
    }

    boolean wrote(Row row) {
        return written.containsKey(row);
    }

    Set<Row> writtenRows() {
        return written.keySet();
    }

    long before(Row row) {
        return written.get(row).balance;
    }

    Kind kindBefore(Row row) {
        return written.get(row).kind;
    }

    boolean waits() {
        return wait != null;
    }

    boolean over() {
        return over;
    }

    /** Adds to a balance; the image of it goes to the list. */
    void add(String account, long amount, List<Image> images, Consumer<Answer> then) {
        Row row = database.accounts.get(account);
        statement(
                then,
                answer -> locking(row, answer, () -> {
                    images.add(new Image(account, row.balance, row.balance + amount));
                    write(row);
                    row.balance += amount;
                    answer.accept(Answer.OK);
                }));
    }

    void lockForUpdate(String account, Consumer<Answer> then) {
        Row row = database.accounts.get(account);
        statement(then, answer -> locking(row, answer, () -> answer.accept(Answer.OK)));
    }

    /** One conditional statement of a restore. */
    void putBack(Image image, Consumer<Answer> then) {
        Row row = database.accounts.get(image.row());
        statement(
                then,
                answer -> locking(row, answer, () -> {
                    if (row.balance == image.after()) {
                        write(row);
                        row.balance = image.before();
                    } else if (row.balance != image.before()) {
                        answer.accept(Answer.DIFFERS);
                        return;
                    }
                    answer.accept(Answer.OK);
                }));
    }

    /** What is found of a branch in undo_log. */
    record Undo(Kind kind, List<Image> images) {}

    /** Looks at a branch's row of undo_log; with a lock, unless a mutation says otherwise. */
    void lookForUndo(BranchId branch, boolean forUpdate, Consumer<Answer> failed, Consumer<Undo> found) {
        Row row = database.undoRow(branch);
        Undo[] seen = new Undo[1];
        statement(
                answer -> {
                    if (answer == Answer.OK) {
                        found.accept(seen[0]);
                    } else {
                        failed.accept(answer);
                    }
                },
                answer -> {
                    Before before = row.committed() || row.holder == this ? null : row.holder.written.get(row);
                    boolean nothing = before == null ? row.kind == Kind.NONE : before.kind == Kind.NONE;
                    if (!forUpdate || (nothing && (before == null || !database.seesInserts))) {
                        seen[0] =
                                before == null ? new Undo(row.kind, row.images) : new Undo(before.kind, before.images);
                        answer.accept(Answer.OK);
                    } else {
                        locking(row, answer, () -> {
                            seen[0] = new Undo(row.kind, row.images);
                            answer.accept(Answer.OK);
                        });
                    }
                });
    }

    void insertUndo(BranchId branch, Kind kind, List<Image> images, Consumer<Answer> then) {
        Row row = database.undoRow(branch);
        List<Image> kept = List.copyOf(images);
        statement(
                then,
                answer -> locking(row, answer, () -> {
                    if (row.kind != Kind.NONE) {
                        answer.accept(Answer.DUPLICATE_KEY);
                        return;
                    }
                    write(row);
                    row.kind = kind;
                    row.images = kept;
                    row.created = database.clock();
                    answer.accept(Answer.OK);
                }));
    }

    /** Deletes a row of undo_log, if it is there and of this kind. */
    void deleteUndo(BranchId branch, Kind kind, BooleanSupplier condition, boolean exactlyOne, Consumer<Answer> then) {
        Row row = database.undoRow(branch);
        statement(
                then,
                answer -> locking(row, answer, () -> {
                    if (row.kind == kind && condition.getAsBoolean()) {
                        write(row);
                        row.kind = Kind.NONE;
                        row.images = List.of();
                        answer.accept(Answer.OK);
                    } else {
                        answer.accept(exactlyOne ? Answer.DIFFERS : Answer.OK);
                    }
                }));
    }

    void commit(Consumer<Answer> then) {
        commit(null, then);
    }

    /** @param mark the call that is known as done from then on; null for none */
    void commit(UUID mark, Consumer<Answer> then) {
        boolean lost = world.happens(world.plan.unknownCommits);
        boolean happens = !lost || world.chance.oneIn(2);
        statement(
                answer -> {
                    if (lost) {
                        world.trace.line(database.name, "the answer to COMMIT of ", what, " is lost");
                    }
                    then.accept(lost ? Answer.BROKEN : answer);
                },
                answer -> {
                    if (happens) {
                        world.trace.line(database.name, "COMMIT of ", what);
                        world.observer.committedLocally(database, this);
                        written.clear();
                        if (mark != null) {
                            database.done.add(mark);
                        }
                        end();
                        world.observer.localCommitDone();
                    } else {
                        rollBackHere();
                    }
                    answer.accept(Answer.OK);
                });
    }

    void rollBack(Runnable then) {
        if (over) {
            world.scheduler.after(0, client, then);
            return;
        }
        statement(answer -> then.run(), answer -> {
            rollBackHere();
            answer.accept(Answer.OK);
        });
    }

    /** The connection is gone: the database rolls back. */
    void abandoned() {
        if (!over) {
            rollBackHere();
            if (onBroken != null) {
                Runnable broken = onBroken;
                onBroken = null;
                broken.run();
            }
        }
    }

    private void rollBackHere() {
        if (!over) {
            written.forEach((row, before) -> {
                row.balance = before.balance;
                row.kind = before.kind;
                row.images = before.images;
                row.created = before.created;
            });
            written.clear();
            end();
        }
    }

    private void end() {
        over = true;
        if (wait != null) {
            wait.over = true;
            wait = null;
        }
        List<Row> free = new ArrayList<>(locked);
        locked.clear();
        for (Row row : free) {
            row.holder = null;
        }
        database.ended(this);
        free.forEach(LocalTransaction::next);
    }

    private static void next(Row row) {
        while (row.holder == null && !row.waiting.isEmpty()) {
            Wait first = row.waiting.remove();
            if (!first.over) {
                first.over = true;
                first.goesOn();
            }
        }
    }

    private void write(Row row) {
        written.putIfAbsent(row, new Before(row.balance, row.kind, row.images, row.created));
    }

    private void statement(Consumer<Answer> then, Consumer<Consumer<Answer>> atDatabase) {
        boolean[] answered = new boolean[1];
        Consumer<Answer> back = answer -> {
            if (!answered[0]) {
                answered[0] = true;
                onBroken = null;
                world.scheduler.after(world.plan.databaseDelay(), client, () -> then.accept(answer));
            }
        };
        onBroken = () -> back.accept(Answer.BROKEN);
        world.scheduler.after(world.plan.databaseDelay(), Life.FOREVER, () -> {
            if (over) {
                back.accept(Answer.BROKEN);
            } else {
                atDatabase.accept(back);
            }
        });
    }

    private void locking(Row row, Consumer<Answer> answer, Runnable then) {
        if (row.holder == this) {
            then.run();
        } else if (row.holder == null) {
            take(row);
            then.run();
        } else {
            Wait queued = new Wait(row, then);
            wait = queued;
            row.waiting.add(queued);
            world.scheduler.after(world.plan.rowLockWait, Life.FOREVER, () -> {
                if (!queued.over) {
                    queued.over = true;
                    wait = null;
                    answer.accept(Answer.LOCK_TIMEOUT);
                }
            });
        }
    }

    private void take(Row row) {
        row.holder = this;
        locked.add(row);
    }

    @Override
    public String toString() {
        return what;
    }
}
