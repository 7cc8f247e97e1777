package io.dtx.server.runtime;

import io.dtx.model.Bounds;
import io.dtx.model.Xid;
import io.dtx.server.runtime.Deadlines.Deadline;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.LongSupplier;

/**
 * Who has asked for an outcome, and would rather have it when the rollback has ended. Nothing depends on it but when they
 * are answered: each gets the outcome that the log then knows. Confined to the leader's thread; a term that ends forgets
 * them, and they ask again.
 */
final class RollbackWaits {

    private final Deadlines deadlines;
    private final LongSupplier now;
    private final BiConsumer<Xid, Asker> answer;
    private final Map<Xid, List<Waiter>> waiters = new HashMap<>();

    private record Waiter(Asker asker, Deadline deadline) {}

    /** @param answer is to answer an asker with what is known then */
    RollbackWaits(Deadlines deadlines, LongSupplier now, BiConsumer<Xid, Asker> answer) {
        this.deadlines = deadlines;
        this.now = now;
        this.answer = answer;
    }

    /** Answers when {@link #halted} is called for this transaction, or that time has passed. */
    void add(Xid xid, Asker asker, long waitMillis) {
        Deadline deadline =
                deadlines.at(now.getAsLong() + Math.min(Bounds.LONGEST_END_WAIT.toMillis(), waitMillis), () -> {
                    remove(xid, asker);
                    answer.accept(xid, asker);
                });
        waiters.computeIfAbsent(xid, any -> new ArrayList<>(1)).add(new Waiter(asker, deadline));
    }

    /** This rollback has ended, or does not go on by itself. */
    void halted(Xid xid) {
        List<Waiter> waiting = waiters.remove(xid);
        if (waiting != null) {
            for (Waiter waiter : waiting) {
                waiter.deadline.cancel();
                answer.accept(xid, waiter.asker);
            }
        }
    }

    /** Its requests come again on another stream, if somebody still waits. */
    void left(Session session) {
        waiters.values().removeIf(waiting -> {
            waiting.removeIf(waiter -> {
                boolean gone = waiter.asker.session().equals(session);
                if (gone) {
                    waiter.deadline.cancel();
                }
                return gone;
            });
            return waiting.isEmpty();
        });
    }

    private void remove(Xid xid, Asker asker) {
        waiters.computeIfPresent(xid, (any, waiting) -> {
            waiting.removeIf(waiter -> waiter.asker.equals(asker));
            return waiting.isEmpty() ? null : waiting;
        });
    }
}
