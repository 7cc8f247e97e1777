package io.dtx.server.console;

import io.dtx.model.TransactionStatus;
import io.dtx.model.Xid;
import io.dtx.server.coordinator.HeldLock;
import io.dtx.server.coordinator.StateMachine;
import io.dtx.server.coordinator.Transaction;
import io.dtx.server.runtime.Coordinator;
import io.dtx.server.runtime.RestoreFailures;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/**
 * What there is. Shown from this node's own state, which may be a little behind the newest where another node leads; only the
 * leader knows of restores that have failed and are tried again. A node that neither serves nor knows who does (it is cut off
 * from the others, or its data is an old copy) refuses with 503, since what it holds may have ended long ago.
 *
 * <pre>
 * GET /transactions?status=&amp;offset=&amp;limit=   {"transactions": [...], "more": true|false}
 * GET /transactions/{xid}                   one transaction with its branches and what operators did
 * GET /locks?table=&amp;xid=&amp;limit=             {"locks": [{"key", "table", "resource", "mode", "xid"}], "more": ...}
 * </pre>
 *
 * {@code status} is ACTIVE, ROLLING_BACK, STALLED (those of the latter that wait for an operator) or FORCED; without it all
 * unfinished ones are shown. Other finished ones are many and are shown by XID only, as long as they are kept.
 */
@RestController
class ShowController {

    private static final int MAX_LIMIT = 1_000;

    private static final long WAIT_SECONDS = 2;

    private final Coordinator coordinator;

    ShowController(Coordinator coordinator) {
        this.coordinator = coordinator;
    }

    private void requireCurrent() {
        if (!coordinator.healthy()) {
            throw Problem.unavailable(
                    "what this node holds may not be current: " + coordinator.reason(),
                    "see /actuator/health, and ask a node that is UP, or try again");
        }
    }

    @GetMapping("/transactions")
    TransactionsPage transactions(
            @RequestParam(required = false) @Nullable String status,
            @RequestParam(defaultValue = "0") int offset,
            @RequestParam(defaultValue = "100") int limit) {
        requireCurrent();
        checkLimit(limit);
        if (offset < 0) {
            throw Problem.bad("the offset is " + offset, "count from 0");
        }
        List<Transaction> found = coordinator.read(
                state -> select(state, status).skip(offset).limit(limit + 1L).toList());
        return new TransactionsPage(
                found.stream().limit(limit).map(TransactionView::brief).toList(), found.size() > limit);
    }

    @GetMapping("/transactions/{xid}")
    TransactionView transaction(@PathVariable String xid) {
        requireCurrent();
        Transaction found = find(coordinator, parse(xid));
        return TransactionView.full(found, restoreFailures(found));
    }

    /** From the leader's memory; what the state says is shown without it, too. */
    private Map<Long, RestoreFailures> restoreFailures(Transaction transaction) {
        if (transaction.status() != TransactionStatus.ROLLING_BACK) {
            return Map.of();
        }
        try {
            return coordinator.restoreFailures(transaction.xid()).get(WAIT_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            return Map.of();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Map.of();
        }
    }

    @GetMapping("/locks")
    LocksPage locks(
            @RequestParam(required = false) @Nullable String table,
            @RequestParam(required = false) @Nullable String xid,
            @RequestParam(defaultValue = "100") int limit) {
        requireCurrent();
        checkLimit(limit);
        Xid holder = xid == null ? null : parse(xid);
        Predicate<HeldLock> wanted = lock -> (holder == null || holder.equals(lock.holder()))
                && (table == null || table.equals(lock.key().table()));
        List<HeldLock> found = new ArrayList<>();
        coordinator.read(state -> {
            state.forEachLock(lock -> {
                if (found.size() <= limit && wanted.test(lock)) {
                    found.add(lock);
                }
            });
            return found.size();
        });
        return new LocksPage(found.stream().limit(limit).map(LockView::of).toList(), found.size() > limit);
    }

    /** @throws Problem.Raised if there is none */
    static Transaction find(Coordinator coordinator, Xid xid) {
        return coordinator.read(state -> state.transaction(xid)).orElseThrow(() -> {
            String cluster = coordinator.read(StateMachine::cluster);
            return xid.cluster().equals(cluster)
                    ? Problem.notFound(
                            "there is no transaction " + xid + " here",
                            "check the XID; or it is finished and forgotten (dtx.server.outcome-retention)")
                    : Problem.notFound(
                            xid + " is of another coordinator cluster than " + cluster,
                            "check the XID, or ask the coordinator of cluster " + xid.cluster());
        });
    }

    /** @throws Problem.Raised if it is none */
    static Xid parse(String text) {
        try {
            return Xid.parse(text);
        } catch (IllegalArgumentException e) {
            throw Problem.bad(String.valueOf(e.getMessage()), "an XID looks like a1B2c3D4-01JZZZZZZZZZZZZZZZZZZZZZZZ");
        }
    }

    private static Stream<Transaction> select(StateMachine state, @Nullable String status) {
        if (status == null) {
            return state.unfinished().stream();
        }
        return switch (status) {
            case "ACTIVE" ->
                state.unfinished().stream().filter(transaction -> transaction.status() == TransactionStatus.ACTIVE);
            case "ROLLING_BACK" -> state.rollingBack().stream();
            case "STALLED" -> state.rollingBack().stream().filter(transaction -> transaction.stalledBranches() > 0);
            case "FORCED" -> state.forced().stream();
            default ->
                throw Problem.bad(
                        "transactions can not be listed by the status '" + Text.printable(status) + "'",
                        "use ACTIVE, ROLLING_BACK, STALLED or FORCED, or ask for one by its XID");
        };
    }

    private static void checkLimit(int limit) {
        if (limit < 1 || limit > MAX_LIMIT) {
            throw Problem.bad("the limit is " + limit, "use 1 to " + MAX_LIMIT);
        }
    }

    record TransactionsPage(List<TransactionView> transactions, boolean more) {}

    record LocksPage(List<LockView> locks, boolean more) {}

    record LockView(String key, String table, String resource, String mode, String xid) {
        static LockView of(HeldLock lock) {
            return new LockView(
                    lock.key().toString(),
                    lock.key().table(),
                    lock.key().resource(),
                    lock.mode().name(),
                    lock.holder().toString());
        }
    }
}
