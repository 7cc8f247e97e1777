package io.dtx.server.runtime;

import io.dtx.model.BranchId;
import io.dtx.model.TransactionStatus;
import io.dtx.model.Xid;
import io.dtx.protocol.Reply.RestoreOrder;
import io.dtx.protocol.Request.RestoreReport;
import io.dtx.server.coordinator.Branch;
import io.dtx.server.coordinator.BranchState;
import io.dtx.server.coordinator.Command;
import io.dtx.server.coordinator.Result;
import io.dtx.server.coordinator.Transaction;
import io.dtx.server.log.Applied;
import io.dtx.server.runtime.Deadlines.Deadline;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * Drives every rollback on until each branch is restored: for each transaction and resource the branch whose turn it is, at
 * one attached process at a time, again after a failure.
 *
 * <p>Which branch's turn it is, and with which attempt, is read from the replicated state each time, and a branch has ended
 * only when the log says so: this class may forget everything at any moment, and {@link #drive} starts it again. A process
 * that was given up may still be at work while another restores the same branch; the lock on the undo row keeps the two
 * apart, and a restore that finds nothing to do is a success.
 */
final class PhaseTwo {

    private static final Logger log = LoggerFactory.getLogger(PhaseTwo.class);

    /** How long a process may take before another is asked. */
    static final long ANSWER_MILLIS = 60_000;
    /** How many restores of one resource run at a time; after an outage of a database there may be thousands. */
    static final int MAX_PER_RESOURCE = 32;
    /** How long a resource may be without an application before that is told again; doubled each time, up to an hour. */
    static final long UNSERVED_MILLIS = 60_000;

    /** How much of what a resource manager says of a failure is kept, for the operator. */
    private static final int MAX_DETAIL = 1_000;

    private static final long UNSERVED_LONGEST_MILLIS = 3_600_000;

    private final CommandLog commandLog;
    private final Resources resources;
    private final Deadlines deadlines;
    private final Backoff backoff;
    private final BiConsumer<Command, Consumer<Applied>> submit;
    private final Consumer<Xid> onLocksReleased;
    private final Consumer<Xid> onHalted;
    private final LongSupplier now;
    private final LongSupplier logIndex;
    private final LeaderListener listener;
    private final long aloneAfterMillis;

    private final Map<Xid, Map<Long, Restore>> restores = new HashMap<>();
    private final Map<String, Lane> lanes = new HashMap<>();

    /**
     * @param onLocksReleased told of a transaction that has fewer locks than before
     * @param onHalted told of a transaction whose rollback has ended, or does not go on by itself; maybe several times
     * @param aloneAfterMillis after how long without an application at a resource nobody counts on one
     */
    PhaseTwo(
            CommandLog commandLog,
            Resources resources,
            Deadlines deadlines,
            Backoff backoff,
            BiConsumer<Command, Consumer<Applied>> submit,
            Consumer<Xid> onLocksReleased,
            Consumer<Xid> onHalted,
            LongSupplier now,
            LongSupplier logIndex,
            LeaderListener listener,
            long aloneAfterMillis) {
        this.commandLog = commandLog;
        this.resources = resources;
        this.deadlines = deadlines;
        this.backoff = backoff;
        this.submit = submit;
        this.onLocksReleased = onLocksReleased;
        this.onHalted = onHalted;
        this.now = now;
        this.logIndex = logIndex;
        this.listener = listener;
        this.aloneAfterMillis = aloneAfterMillis;
    }

    /** Does what the state says is due for this transaction; may be called at any time, any number of times. */
    void drive(Xid xid) {
        Optional<Transaction> transaction = commandLog
                .read(machine -> machine.transaction(xid))
                .filter(found -> found.status() == TransactionStatus.ROLLING_BACK);
        List<Branch> due = transaction.map(Transaction::due).orElse(List.of());
        Set<Long> wanted = new HashSet<>();
        for (Branch branch : due) {
            if (branch.state() != BranchState.STALLED) {
                wanted.add(branch.number());
                start(new BranchId(xid, branch.number()), branch);
            }
        }
        for (Restore restore : List.copyOf(of(xid).values())) {
            if (!wanted.contains(restore.branch.number())) {
                end(restore);
            }
        }
        if (wanted.isEmpty()) {
            onHalted.accept(xid);
        }
    }

    /** Whether the rollback of this transaction is under way: not ended, and waiting for no operator or application. */
    boolean goesOn(Xid xid) {
        Collection<Restore> all = of(xid).values();
        return !all.isEmpty() && all.stream().noneMatch(this::isAlone);
    }

    /**
     * Whether nobody is there who could do it, and has not been for as long as applications need to come back: after a change of
     * leader, or when its stream breaks, each looks for the leader by itself, and whoever asks may have found it before whoever
     * restores.
     */
    private boolean isAlone(Restore restore) {
        long since = lane(restore).aloneSince;
        return (restore.stage == Stage.READY || restore.stage == Stage.PAUSED)
                && since >= 0
                && now.getAsLong() - since >= aloneAfterMillis;
    }

    void attached(String resource) {
        pump(resource);
    }

    /** What this process was asked to do may be done, or not: ask another. */
    void left(Session session) {
        List<Restore> interrupted = restores.values().stream()
                .flatMap(ofOne -> ofOne.values().stream())
                .filter(restore -> restore.session == session)
                .toList();
        for (Restore restore : interrupted) {
            about(log.atInfo(), restore)
                    .log("Restore of branch {} begins again: {} has left", restore.branch, session.instance());
            again(restore, 0);
        }
    }

    void reported(Session session, RestoreReport report) {
        Restore restore = of(report.branch().xid()).get(report.branch().number());
        if (restore == null
                || restore.stage == Stage.RECORDING
                || restore.attempt != report.attempt()
                || !restore.resource.equals(report.resource())) {
            log.debug("Ignored an outdated report: {}", report);
            return;
        }
        switch (report.result()) {
            case RESTORED, SKIPPED -> record(restore, new Command.BranchRestored(restore.branch, restore.attempt));
            case DIRTY -> {
                if (restore.skip) { // no resource manager of ours looks at rows to skip: ask another, not at once
                    failed(restore, session, report.detail());
                    return;
                }
                about(log.atWarn(), restore)
                        .log(
                                "Branch {} on {} is stalled: rows were changed from outside: {}. Its locks stay until an"
                                        + " operator repairs the rows and orders a retry, or skips the branch.",
                                restore.branch,
                                resources.describe(restore.resource),
                                report.detail());
                listener.stalled();
                record(
                        restore,
                        new Command.BranchStalled(
                                restore.branch, restore.attempt, report.detail(), report.differences()));
            }
            case FAILED -> failed(restore, session, report.detail());
        }
    }

    private void failed(Restore restore, Session session, String detail) {
        if (restore.session == session) {
            restore.failures++;
            restore.lastFailure = detail.substring(0, Math.min(detail.length(), MAX_DETAIL));
            long delay = backoff.millisAfter(restore.failures);
            about(log.atWarn(), restore)
                    .log(
                            "Restore of branch {} on {} failed (try {}), next try in {} ms: {}",
                            restore.branch,
                            resources.describe(restore.resource),
                            restore.failures,
                            delay,
                            detail);
            listener.restoreFailed();
            again(restore, delay);
        }
    }

    private void start(BranchId id, Branch branch) {
        boolean skip = branch.state() == BranchState.SKIP_ORDERED;
        Restore running = of(id.xid()).get(id.number());
        if (running != null) {
            if (running.attempt == branch.attempt() && running.skip == skip) {
                return;
            }
            end(running);
        }
        Restore restore = new Restore(id, branch.resource(), branch.attempt(), skip, now.getAsLong());
        restores.computeIfAbsent(id.xid(), any -> new HashMap<>()).put(id.number(), restore);
        ready(restore);
    }

    private void ready(Restore restore) {
        restore.stage = Stage.READY;
        lane(restore).ready.add(restore);
        pump(restore.resource);
        if (isAlone(restore)) {
            onHalted.accept(restore.branch.xid());
        }
    }

    private void pump(String resource) {
        Lane lane = lanes.get(resource);
        while (lane != null && !lane.ready.isEmpty() && lane.allOrdered < MAX_PER_RESOURCE) {
            Restore restore = lane.ready.element();
            // One that hangs soon has more to do than any other, and gets no more: the others go on.
            Session session = resources.leastBusy(resource, restore.avoid, lane::orderedOf);
            if (session == null) {
                if (lane.aloneSince < 0) {
                    lane.aloneSince = now.getAsLong();
                    about(log.atWarn(), restore)
                            .log(
                                    "Rollback of {}, and perhaps of others, waits for an application to attach to {}",
                                    restore.branch,
                                    resources.describe(resource));
                    tellLater(resource, lane.aloneSince, UNSERVED_MILLIS);
                    haltLater(resource, lane.aloneSince);
                }
                return;
            }
            if (lane.aloneSince >= 0) {
                log.info(
                        "{} is served by an application again, after {} s",
                        resources.describe(resource),
                        (now.getAsLong() - lane.aloneSince) / 1_000);
                lane.aloneSince = -1;
            }
            lane.ready.remove();
            lane.ordered.merge(session, 1, Integer::sum);
            lane.allOrdered++;
            restore.stage = Stage.ORDERED;
            restore.session = session;
            restore.deadline = deadlines.at(now.getAsLong() + ANSWER_MILLIS, () -> unanswered(restore));
            session.send(
                    0,
                    logIndex.getAsLong(),
                    new RestoreOrder(restore.branch, restore.resource, restore.attempt, restore.skip));
        }
    }

    /** Whoever waits then, asked while somebody was counted on; who asks, or is to be restored, later finds nobody by itself. */
    private void haltLater(String resource, long since) {
        deadlines.at(since + aloneAfterMillis, () -> {
            Lane lane = lanes.get(resource);
            if (lane != null && lane.aloneSince == since) {
                List<Xid> halted = restores.entrySet().stream()
                        .filter(entry -> entry.getValue().values().stream()
                                .anyMatch(restore -> restore.resource.equals(resource) && isAlone(restore)))
                        .map(Map.Entry::getKey)
                        .toList();
                halted.forEach(onHalted);
            }
        });
    }

    private void tellLater(String resource, long since, long afterMillis) {
        deadlines.at(now.getAsLong() + afterMillis, () -> {
            Lane lane = lanes.get(resource);
            if (lane == null || lane.aloneSince != since) {
                return;
            }
            Restore first = lane.ready.peek();
            if (first == null) { // operators have ended what waited
                lane.aloneSince = -1;
                return;
            }
            about(log.atWarn(), first)
                    .log(
                            "No application has served {} for {} s: {} branches wait to be restored, the first is {}. Start"
                                    + " an application that uses this database; an operator may skip what can wait no longer",
                            resources.describe(resource),
                            (now.getAsLong() - since) / 1_000,
                            waiting(resource),
                            first.branch);
            tellLater(resource, since, Math.min(UNSERVED_LONGEST_MILLIS, 2 * afterMillis));
        });
    }

    private long waiting(String resource) {
        return restores.values().stream()
                .flatMap(ofOne -> ofOne.values().stream())
                .filter(restore -> restore.resource.equals(resource))
                .count();
    }

    /** Every resource that is served, or that something waits for, by id. */
    List<ResourceStatus> resources() {
        Map<String, Integer> waiting = new TreeMap<>();
        resources.served().forEach(resource -> waiting.put(resource, 0));
        restores.values()
                .forEach(ofOne -> ofOne.values().forEach(restore -> waiting.merge(restore.resource, 1, Integer::sum)));
        List<ResourceStatus> all = new ArrayList<>(waiting.size());
        waiting.forEach((resource, count) -> {
            Lane lane = lanes.get(resource);
            Restore first = lane == null ? null : lane.ready.peek();
            long alone = lane == null || first == null || lane.aloneSince < 0 ? 0 : now.getAsLong() - lane.aloneSince;
            all.add(new ResourceStatus(
                    resource,
                    resources.label(resource),
                    resources.processes(resource),
                    count,
                    first == null ? null : first.branch,
                    alone));
        });
        return all;
    }

    /** By the branch's number, of those branches of a transaction whose restore has failed and is tried again. */
    Map<Long, RestoreFailures> failures(Xid xid) {
        Map<Long, RestoreFailures> failures = new HashMap<>();
        of(xid).forEach((branch, restore) -> {
            if (restore.failures > 0) {
                failures.put(branch, new RestoreFailures(restore.failures, restore.lastFailure));
            }
        });
        return failures;
    }

    /** What the structured form of the log carries. */
    private static LoggingEventBuilder about(LoggingEventBuilder line, Restore restore) {
        return line.addKeyValue("xid", restore.branch.xid()).addKeyValue("branch", restore.branch.number());
    }

    private void unanswered(Restore restore) {
        about(log.atWarn(), restore)
                .log(
                        "No report on the restore of branch {} for {} s: asking again",
                        restore.branch,
                        ANSWER_MILLIS / 1000);
        again(restore, 0);
    }

    private void again(Restore restore, long delayMillis) {
        restore.avoid = restore.session;
        withdraw(restore);
        if (delayMillis == 0) {
            ready(restore);
        } else {
            restore.stage = Stage.PAUSED;
            restore.deadline = deadlines.at(now.getAsLong() + delayMillis, () -> ready(restore));
            pump(restore.resource);
        }
    }

    private void record(Restore restore, Command command) {
        withdraw(restore);
        restore.stage = Stage.RECORDING;
        Xid xid = restore.branch.xid();
        submit.accept(command, applied -> {
            if (applied.result() instanceof Result.Refused refused) {
                about(log.atWarn(), restore)
                        .log("Report on branch {} was refused: {}", restore.branch, refused.message());
                // Not one that an operator's order before it in the log has ended: another stands in its place.
                if (of(xid).get(restore.branch.number()) == restore) {
                    again(restore, backoff.millisAfter(++restore.failures));
                }
            } else {
                if (command instanceof Command.BranchRestored) {
                    listener.restored(now.getAsLong() - restore.dueAt);
                }
                end(restore);
                onLocksReleased.accept(xid);
            }
            drive(xid);
        });
        pump(restore.resource);
    }

    /** Takes back what its stage has brought; whoever calls gives it the next one, or drops it. */
    private void withdraw(Restore restore) {
        Lane lane = lane(restore);
        Session session = restore.session;
        if (session != null) {
            restore.session = null;
            lane.ordered.computeIfPresent(session, (any, count) -> count == 1 ? null : count - 1);
            lane.allOrdered--;
        } else if (restore.stage == Stage.READY) {
            lane.ready.remove(restore);
        }
        if (restore.deadline != null) {
            restore.deadline.cancel();
            restore.deadline = null;
        }
    }

    /** Without effect where it has ended already: another command of the same batch may have shown that it is over. */
    private void end(Restore restore) {
        Map<Long, Restore> ofOne = restores.get(restore.branch.xid());
        if (ofOne != null && ofOne.remove(restore.branch.number(), restore)) {
            if (ofOne.isEmpty()) {
                restores.remove(restore.branch.xid());
            }
            withdraw(restore);
            pump(restore.resource);
        }
    }

    private Map<Long, Restore> of(Xid xid) {
        return restores.getOrDefault(xid, Map.of());
    }

    private Lane lane(Restore restore) {
        return lanes.computeIfAbsent(restore.resource, any -> new Lane());
    }

    /** Where a restore is on its way. From each stage it may be dropped, with its transaction or for another attempt. */
    private enum Stage {
        /** In its lane's queue, for a process that has room. Next: ORDERED. */
        READY,
        /**
         * A process has the order, and has to answer by the deadline. Next: READY if it leaves or does not answer, PAUSED if it has
         * failed.
         */
        ORDERED,
        /** After a failure, until the deadline. Next: READY. */
        PAUSED,
        /**
         * What a process has reported is on its way through the log. From any other stage, since whoever was given up may report all the
         * same. Next: PAUSED if the log refuses it, and else it has ended.
         */
        RECORDING
    }

    /** One branch's way. */
    private static final class Restore {
        final BranchId branch;
        final String resource;
        final int attempt;
        final boolean skip;
        /** Since when it could have been done, on the clock of waiting. */
        final long dueAt;

        int failures;

        String lastFailure = "";

        Stage stage = Stage.READY;

        /** Not null while it is ORDERED, and then only. */
        @Nullable Session session;

        /** Not to be asked next, where there is another. */
        @Nullable Session avoid;

        /** Of ORDERED and PAUSED. */
        @Nullable Deadline deadline;

        Restore(BranchId branch, String resource, int attempt, boolean skip, long dueAt) {
            this.branch = branch;
            this.resource = resource;
            this.attempt = attempt;
            this.skip = skip;
            this.dueAt = dueAt;
        }
    }

    private static final class Lane {
        final Deque<Restore> ready = new ArrayDeque<>();
        /** How many restores each process has been asked for. */
        final Map<Session, Integer> ordered = new HashMap<>();

        int allOrdered;
        /** Since when it waits for somebody to attach, which was said; -1 if it does not. */
        long aloneSince = -1;

        int orderedOf(Session session) {
            return ordered.getOrDefault(session, 0);
        }
    }
}
