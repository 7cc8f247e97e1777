package io.dtx.server.runtime;

import io.dtx.model.Lock;
import io.dtx.model.LockKey;
import io.dtx.model.LockMode;
import io.dtx.model.TransactionStatus;
import io.dtx.model.Xid;
import io.dtx.server.coordinator.Branch;
import io.dtx.server.coordinator.Command;
import io.dtx.server.coordinator.HeldLock;
import io.dtx.server.coordinator.Result.Held;
import io.dtx.server.coordinator.StateMachine;
import io.dtx.server.coordinator.Transaction;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** The locks that are held now, as {@link LockQueue} needs to see them. */
final class LockView {

    private final CommandLog commandLog;
    private final LongSupplier wallMillis;

    /** @param wallMillis the time, on the clock of the log's timestamps */
    LockView(CommandLog commandLog, LongSupplier wallMillis) {
        this.commandLog = commandLog;
        this.wallMillis = wallMillis;
    }

    /** For people: who began a transaction, and how long ago; empty if it is not known. */
    String whose(@Nullable Xid xid) {
        Transaction transaction = xid == null
                ? null
                : commandLog.read(state -> state.transaction(xid)).orElse(null);
        if (transaction == null) {
            return "";
        }
        long age = Math.max(0, wallMillis.getAsLong() - transaction.createdAtMillis());
        String name = transaction.name().isEmpty() ? "" : " '" + transaction.name() + "'";
        return name + " (application '" + transaction.application() + "', began " + age + " ms ago)";
    }

    /** Who stands in the way of these locks; one entry for each key and holder. */
    List<Held> conflicts(@Nullable Xid xid, List<Lock> wanted) {
        return commandLog.read(state -> {
            List<Held> conflicts = new ArrayList<>();
            for (Lock lock : wanted) {
                for (HeldLock held : state.holders(lock.key())) {
                    if (!held.holder().equals(xid) && conflict(held.mode(), lock.mode())) {
                        conflicts.add(new Held(lock.key(), held.holder(), rollingBack(state, held.holder())));
                    }
                }
            }
            return conflicts;
        });
    }

    /** Whether the log's answer to a command is known to be another than that keys are held. Once it is, it stays so. */
    boolean locksDoNotMatter(Command command) {
        return command instanceof Command.RegisterBranch register
                && commandLog.read(state -> state.isAnsweredWithoutLocks(register));
    }

    /** Those of these keys that the transaction holds already, in whatever mode. */
    Set<LockKey> own(@Nullable Xid xid, List<Lock> wanted) {
        if (xid == null) {
            return Set.of();
        }
        return commandLog.read(state -> {
            Set<LockKey> own = new LinkedHashSet<>();
            for (Lock lock : wanted) {
                if (state.holders(lock.key()).stream()
                        .anyMatch(held -> held.holder().equals(xid))) {
                    own.add(lock.key());
                }
            }
            return own;
        });
    }

    /**
     * Those of these keys that the transaction holds. Takes as many steps as there are of the fewer, of these or of its own: one
     * that writes very many rows is asked about again and again, while few wait.
     */
    Set<LockKey> held(Xid xid, Set<LockKey> among) {
        return commandLog.read(state -> {
            List<Branch> branches =
                    state.transaction(xid).map(Transaction::branches).orElse(List.of());
            long own = 0;
            for (Branch branch : branches) {
                own += branch.locks().size();
            }
            Set<LockKey> held = new LinkedHashSet<>();
            if (own <= among.size()) {
                branches.forEach(branch -> branch.locks().stream()
                        .map(Lock::key)
                        .filter(among::contains)
                        .forEach(held::add));
            } else {
                for (LockKey key : among) {
                    if (state.holders(key).stream()
                            .anyMatch(holder -> holder.holder().equals(xid))) {
                        held.add(key);
                    }
                }
            }
            return held;
        });
    }

    static boolean conflict(LockMode one, LockMode other) {
        return one == LockMode.EXCLUSIVE || other == LockMode.EXCLUSIVE;
    }

    private static boolean rollingBack(StateMachine state, Xid xid) {
        return state.outcome(xid)
                .filter(outcome -> outcome.status() == TransactionStatus.ROLLING_BACK)
                .isPresent();
    }
}
