package io.dtx.server.runtime;

import io.dtx.model.Xid;
import io.dtx.protocol.FailureKind;
import io.dtx.protocol.Reply;
import io.dtx.protocol.Request;
import io.dtx.protocol.WireProtocol;
import io.dtx.server.coordinator.Command;
import io.dtx.server.coordinator.Result;
import io.dtx.server.coordinator.Snapshot;
import io.dtx.server.coordinator.StateMachine;
import io.dtx.server.log.Leadership;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The coordinator as its streams and its operators see it: lets sessions in while this node leads, and hands what they say to
 * the {@link Leader} of the term, on the event loop. Thread-safe; nothing here blocks.
 *
 * <p>Every term begins with a command through the log, a barrier: when it is applied, so is whatever an earlier term of this
 * process left in flight, and the state can be read.
 */
public final class Coordinator implements Leadership, AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(Coordinator.class);
    private static final long RETRY_MILLIS = 500;
    private static final long WRITE_AGAIN_MILLIS = 5_000;
    private static final Executor WRITING_DOWN = task -> {
        Thread thread = new Thread(task, "dtx-giving-up");
        thread.setDaemon(true);
        thread.start();
    };

    /** Whether requests are served. */
    public enum Status {
        STARTING,
        SERVING,
        /** Another node leads, or none. */
        NOT_LEADING,
        /** The data is older than what a client has seen: nobody is served until an operator says how to go on. */
        BEHIND,
        /** The log can not go on. */
        FAILED
    }

    private final CommandLog commandLog;
    private final CoordinatorTime clock;
    private final LongSupplier now;
    private final RandomGenerator random;
    private final LeaderSettings settings;
    private final BehindMark behindMark;
    private final Map<String, String> doors;
    private final Runnable onFailed;
    private final LeaderListener listener;
    private final EventLoop loop;
    private final Standstill standstill;
    private final Deadlines deadlines = new Deadlines();
    private final OtherClusters otherClusters = new OtherClusters();
    private final LimitCounts limitCounts = new LimitCounts();
    private final CompletableFuture<Status> settled = new CompletableFuture<>();

    /** Not null while the order for a new cluster is to be carried out. */
    private @Nullable GivenUp order;
    /** While it is being written down what is given up, and nobody is served yet. */
    private @Nullable CompletableFuture<Path> writingDown;

    private boolean leading;
    private @Nullable Leader leader;
    /** The first entry of a term, while it is on its way and nobody is served yet. */
    private @Nullable Command barrier;

    /** Not null once this node is to stop. */
    private @Nullable CompletableFuture<Void> drained;

    private volatile Status status = Status.STARTING;
    private volatile String reason = "starting";
    private volatile boolean created;
    /** Empty if not known, and while this node leads. */
    private volatile String leaderId = "";

    /**
     * @param clock for times that are compared with those of the log, and for the log itself
     * @param now for waiting: milliseconds, never going back
     * @param random for cluster ids (must not be guessable twice, so a secure one) and jitter
     * @param newCluster an operator's word that this data, an old copy perhaps, begins a new life under a new cluster id: writes
     *     down what that gives up; null without such a word
     * @param doors where applications reach each node, by its id; empty for a node by itself
     * @param onFailed called when the log can not go on: the process should end
     */
    public Coordinator(
            CommandLog commandLog,
            CoordinatorTime clock,
            LongSupplier now,
            RandomGenerator random,
            LeaderSettings settings,
            BehindMark behindMark,
            @Nullable GivenUp newCluster,
            Map<String, String> doors,
            Runnable onFailed) {
        this(
                commandLog,
                clock,
                now,
                random,
                settings,
                behindMark,
                newCluster,
                doors,
                onFailed,
                null,
                LeaderListener.NONE);
    }

    /**
     * Likewise, measured.
     *
     * @param lastResort ends the process at once, for one of several nodes whose disk or thread stands still; null if the process
     *     is not this node's alone
     */
    public Coordinator(
            CommandLog commandLog,
            CoordinatorTime clock,
            LongSupplier now,
            RandomGenerator random,
            LeaderSettings settings,
            BehindMark behindMark,
            @Nullable GivenUp newCluster,
            Map<String, String> doors,
            Runnable onFailed,
            @Nullable Runnable lastResort,
            LeaderListener listener) {
        this.commandLog = commandLog;
        this.clock = clock;
        this.now = now;
        this.random = random;
        this.settings = settings;
        this.behindMark = behindMark;
        this.order = newCluster;
        this.doors = Map.copyOf(doors);
        this.onFailed = onFailed;
        this.listener = listener;
        this.loop = new EventLoop("dtx-leader", this::endOfTurn, this::awaitingLog, this::broken);
        this.standstill = new Standstill(
                loop,
                () -> leader == null ? barrier : leader.onItsWay(),
                commandLog::allOnDisk,
                commandLog::othersCanLead,
                this.doors.isEmpty(),
                this.doors.isEmpty() ? null : lastResort);
    }

    public void start() {
        loop.start();
        standstill.start();
    }

    /**
     * Instead of {@link #start}, for an owner that is the loop itself: handles what has come, and does what is due.
     *
     * @return the milliseconds until the next turn, if nothing comes before
     */
    long turn() {
        return loop.turn();
    }

    /** Likewise, once in a second: looks whether there have been turns. */
    void look() throws InterruptedException {
        standstill.look();
    }

    public Status status() {
        return status;
    }

    /** Whether applications are served here, or, as far as this node knows, by another node that leads. */
    public boolean healthy() {
        return status == Status.SERVING || (status == Status.NOT_LEADING && !leaderId.isEmpty());
    }

    /** Why it is not serving, for people; empty while it is. */
    public String reason() {
        return reason;
    }

    /**
     * Why nobody is answered, whatever {@link #status} says: an entry that its log does not make durable, or a thread that
     * does not go on; empty if it does.
     */
    public String standstill() {
        return standstill.text();
    }

    /** Whether this process made a new cluster, of no data or by an operator's word. */
    public boolean created() {
        return created;
    }

    /** Completes when it first serves, or is known not to: never exceptionally. */
    public CompletableFuture<Status> settled() {
        return settled.copy();
    }

    public Limits limits() {
        return settings.limits();
    }

    /** What was turned away, for those who do so in this coordinator's name, and for those who measure. */
    public LimitCounts limitCounts() {
        return limitCounts;
    }

    /** Looks at the state under the log's lock: must be quick, and must not let live views out. */
    public <T> T read(Function<StateMachine, T> question) {
        return commandLog.read(question);
    }

    /**
     * The time by which ages count, in milliseconds since the epoch: the coordinator's own, by which transactions are created, and
     * which need not be the machine's. Where another node leads, the machine's. Never less than the log's latest timestamp: XIDs minted
     * by this time must be above the watermark.
     */
    public long timeMillis() {
        long time = status() == Status.SERVING ? clock.millis() : clock.machineMillis();
        return Math.max(time, commandLog.read(StateMachine::timestampMillis));
    }

    /** How many requests wait for global locks now; 0 if this node does not serve. */
    public CompletableFuture<Integer> waitingForLocks() {
        return ofLeader(Leader::waitingForLocks, 0);
    }

    /** How many application processes are connected here. */
    public CompletableFuture<Integer> applications() {
        return ofLeader(current -> current.sessions().size(), 0);
    }

    /** Every resource that is served, or that something waits for; none if this node does not serve. */
    public CompletableFuture<List<ResourceStatus>> resources() {
        return ofLeader(Leader::resources, List.of());
    }

    /**
     * By the branch's number, of those branches of a transaction whose restore has failed since this node leads, and is tried
     * again; none if it does not serve.
     */
    public CompletableFuture<Map<Long, RestoreFailures>> restoreFailures(Xid xid) {
        return ofLeader(current -> current.restoreFailures(xid), Map.of());
    }

    /** The id of the node that leads, as far as this one knows; empty if it does not, and of a node by itself. */
    public String leaderNode() {
        return leaderId;
    }

    private <T> CompletableFuture<T> ofLeader(Function<Leader, T> question, T otherwise) {
        CompletableFuture<T> answer = new CompletableFuture<>();
        loop.execute(() -> {
            Leader current = leader;
            answer.complete(current == null ? otherwise : question.apply(current));
        });
        return answer;
    }

    /** Carries out an operator's command. Fails with an IllegalStateException if this node does not serve. */
    public CompletableFuture<Result> operate(Command command) {
        CompletableFuture<Result> answer = new CompletableFuture<>();
        loop.execute(() -> {
            Leader current = leader;
            if (current == null) {
                answer.completeExceptionally(new IllegalStateException("not serving: " + reason));
            } else {
                current.operate(command, answer::complete);
            }
        });
        return answer;
    }

    /** A stream's first message. */
    public void joined(Session session, long request, Request.Hello hello) {
        loop.execute(() -> {
            session.taken();
            Leader current = leader;
            if (current == null || drained != null) {
                session.close(request, refusal());
            } else if (hello.protocolVersion() != WireProtocol.VERSION) {
                session.close(
                        request,
                        Failures.invalid("this coordinator speaks protocol version " + WireProtocol.VERSION + ", not "
                                + hello.protocolVersion() + ": use the same version of dtx on both sides"));
            } else {
                otherClusters.remembered(session.application(), hello.seen().keySet(), current.cluster());
                long seen = hello.seen().getOrDefault(current.cluster(), 0L);
                if (seen > commandLog.appliedIndex()) {
                    suspectOldCopy(current, session, request, seen);
                } else {
                    welcome(current, session, request);
                }
            }
        });
    }

    /** Any further message of a stream. */
    public void received(Session session, long number, Request request) {
        loop.executeSoon(() -> {
            session.taken();
            Leader current = leader;
            if (current != null && drained == null) {
                current.received(session, number, request);
            }
        });
    }

    /** The stream has ended, from whichever side. */
    public void left(Session session) {
        loop.execute(() -> {
            Leader current = leader;
            if (current != null) {
                current.left(session);
            }
        });
    }

    @Override
    public void gained() {
        loop.execute(() -> {
            leading = true;
            leaderId = "";
            beginTerm();
        });
    }

    @Override
    public void lost(String leaderNow) {
        loop.execute(() -> {
            leading = false;
            boolean news = !leaderNow.isEmpty() && !leaderNow.equals(leaderId);
            leaderId = leaderNow;
            endTerm(Status.NOT_LEADING, leaderNow.isEmpty() ? "no node leads now" : "node " + leaderNow + " leads");
            if (news) {
                log.info("Node {} leads, and serves the applications", leaderNow);
                dropOrder(leaderNow);
            }
        });
    }

    /** The order was for this start. Whoever leads some time later would give up what has been done since. */
    private void dropOrder(String other) {
        if (order != null) {
            order = null;
            log.error(
                    "dtx.server.new-cluster-id has no effect on this node, since node {} leads. If that was not started with"
                            + " it too, stop all nodes, and start all of them with it",
                    other);
        }
    }

    @Override
    public void failed(Throwable cause) {
        loop.execute(() -> {
            leading = false;
            log.error("The log can not go on; this coordinator stops", cause);
            endTerm(Status.FAILED, "the log failed");
            onFailed.run();
        });
    }

    /**
     * Before a stop: takes no request any more, and completes when what was taken is durable and answered. What comes
     * meanwhile is not answered, and sent again by the clients to whoever leads next.
     */
    public CompletableFuture<Void> drain() {
        CompletableFuture<Void> done = new CompletableFuture<>();
        loop.execute(() -> drained = done);
        return done;
    }

    /** Ends the streams and the loop; the log is its opener's to close, before or after. */
    @Override
    public void close() {
        loop.execute(() -> endTerm(Status.NOT_LEADING, "the coordinator is being stopped"));
        loop.close();
    }

    private void beginTerm() {
        if (!leading || leader != null || writingDown != null || status == Status.BEHIND) {
            return;
        }
        String present = commandLog
                .read(machine -> Optional.ofNullable(machine.cluster()))
                .orElse(null);
        GivenUp ordered = order;
        if (behindMark.isSet(present) && ordered == null) {
            log.error("This data directory is an old copy, as a client has shown before. {}", remedy());
            become(Status.BEHIND, "the data is an old copy");
            return;
        }
        if (present == null) {
            submitFirst(new Command.CreateCluster(newClusterId(), null));
        } else if (ordered == null) {
            submitFirst(new Command.AskUnknown(List.of()));
        } else {
            writeDownThenReplace(present, ordered);
        }
    }

    /**
     * What is known of the old cluster's transactions is on disk before the command that forgets it is in the log: whoever settles
     * their undo rows needs it. Nothing is missing in it: a node that leads has applied what was before, and nobody is served until
     * the new cluster is there. On a thread of its own, since an hour of outcomes may be some hundred megabytes.
     */
    private void writeDownThenReplace(String cluster, GivenUp writer) {
        Snapshot known = commandLog.read(StateMachine::snapshot);
        CompletableFuture<Path> writing = CompletableFuture.supplyAsync(() -> writer.write(known), WRITING_DOWN);
        writingDown = writing;
        var unused = writing.whenComplete((file, failure) -> loop.execute(() -> {
            if (writingDown != writing) {
                return; // the term has ended: what is known may be more by now
            }
            writingDown = null;
            if (failure == null) {
                log.warn(
                        "Cluster {} is given up for a new one. What was known of its transactions, for whoever settles their"
                                + " undo rows, is in {}",
                        cluster,
                        file);
                submitFirst(new Command.CreateCluster(newClusterId(), cluster));
            } else {
                log.error(
                        "Cluster {} is not given up yet, since what is known of its transactions can not be written down in the"
                                + " data directory: make room there, or let this process write to it. Trying again",
                        cluster,
                        failure);
                deadlines.at(now.getAsLong() + WRITE_AGAIN_MILLIS, this::beginTerm);
            }
        }));
    }

    private void submitFirst(Command first) {
        boolean create = first instanceof Command.CreateCluster;
        barrier = first;
        // Before the entry gets its timestamp: that of a process that started with its clock ahead would
        // stay in the log.
        clock.begin(commandLog.read(StateMachine::timestampMillis));
        var unused = commandLog
                .submit(List.of(first))
                .whenComplete((applied, failure) -> loop.execute(() -> {
                    if (barrier == first) {
                        barrier = null;
                    }
                    if (failure == null) {
                        if (create) {
                            created = true;
                            order = null;
                            behindMark.clear();
                        }
                        serve();
                    } else if (leading) {
                        log.warn("Could not begin to lead, trying again: {}", failure.toString());
                        deadlines.at(now.getAsLong() + RETRY_MILLIS, this::beginTerm);
                    }
                }));
    }

    private void serve() {
        if (leading && leader == null) {
            clock.begin(commandLog.read(StateMachine::timestampMillis));
            leader = new Leader(commandLog, clock, now, random, loop, settings, limitCounts, this::lostTrack, listener);
            become(Status.SERVING, "");
            if (!doors.isEmpty()) {
                log.info("This node leads, and serves the applications");
            }
        }
    }

    /** A batch failed: which of its commands took effect will be seen in the state. */
    private void lostTrack(Throwable failure) {
        if (leading) {
            log.warn("The log did not take a batch; beginning anew from its state: {}", failure.toString());
        }
        beginAnew("the log did not take a batch");
    }

    /** A defect here: what this term remembers may be wrong, the replicated state is not. */
    private void broken(Throwable failure) {
        log.error("Unexpected; beginning anew from the replicated state", failure);
        beginAnew("an unexpected error");
    }

    /** Where the leadership was lost before, the term has ended already, and who leads now is not to be forgotten over it. */
    private void beginAnew(String why) {
        if (leading) {
            endTerm(Status.STARTING, why);
            deadlines.at(now.getAsLong() + RETRY_MILLIS, this::beginTerm);
        }
    }

    /**
     * A client has seen more of the log than this node has applied. Either the data is an old copy, or another node leads
     * already, has served the client, and this one has not heard of it: then the client proves nothing.
     *
     * <p>So the log is asked, by an entry. Once that is applied this node led when it was appended, without a newer leader
     * before; if it has led all the time since the client came, nothing can have been missing here then that was ever
     * answered for. A term that has ended meanwhile, and an entry that fails, leave it open: the client comes again.
     */
    private void suspectOldCopy(Leader asked, Session session, long request, long seen) {
        long had = commandLog.appliedIndex();
        var unused = commandLog
                .submit(List.of(new Command.AskUnknown(List.of())))
                .whenComplete((applied, failure) -> loop.execute(() -> {
                    if (failure == null && leader == asked) {
                        behind(session, asked.cluster(), seen, had);
                    }
                    session.close(request, refusal());
                }));
    }

    private void behind(Session session, String cluster, long seen, long had) {
        String what = "client " + session.application() + " has seen log index " + seen + " of cluster " + cluster
                + ", this data ended at " + had;
        log.error("This data directory is an old copy: {}. {}", what, remedy());
        behindMark.set(what);
        endTerm(Status.BEHIND, "the data is an old copy");
    }

    private static String remedy() {
        return "Nobody is served, since an old copy would give wrong answers about newer transactions. Start on the newest"
                + " data, or start once with dtx.server.new-cluster-id=true: this gives up all transactions in this data,"
                + " and what applications left unfinished is listed by them for an operator.";
    }

    private void endTerm(Status next, String why) {
        Leader ending = leader;
        leader = null;
        barrier = null;
        writingDown = null;
        become(next, why);
        if (ending != null) {
            ending.sessions().forEach(session -> session.close(0, refusal()));
        }
    }

    private void become(Status next, String why) {
        status = next;
        reason = why;
        if (next != Status.STARTING) {
            settled.complete(next);
        }
    }

    private Reply.Failure refusal() {
        FailureKind kind = switch (status) {
            case BEHIND -> FailureKind.BEHIND;
            case NOT_LEADING -> FailureKind.NOT_LEADER;
            default -> FailureKind.UNAVAILABLE;
        };
        String door = kind == FailureKind.NOT_LEADER ? doors.getOrDefault(leaderId, "") : "";
        return new Reply.Failure(kind, "this coordinator does not serve now: " + reason, door, null, null);
    }

    private void welcome(Leader current, Session session, long request) {
        for (Session other : current.sessions()) {
            if (other.instance().equals(session.instance())) {
                current.left(other);
                other.close(
                        0, new Reply.Failure(FailureKind.UNAVAILABLE, "the same process has opened another stream"));
            }
        }
        current.joined(session);
        session.send(
                request,
                commandLog.appliedIndex(),
                new Reply.Welcome(WireProtocol.VERSION, current.cluster(), Instant.ofEpochMilli(timeMillis())));
    }

    private String newClusterId() {
        return random.ints('0', 'z' + 1)
                .filter(c -> c <= '9' || c >= 'a' || (c >= 'A' && c <= 'Z'))
                .limit(Xid.CLUSTER_LENGTH)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
    }

    private boolean awaitingLog() {
        Leader current = leader;
        return current != null && current.awaitingLog();
    }

    private long endOfTurn() {
        long at = now.getAsLong();
        deadlines.runDue(at);
        long next = deadlines.next();
        Leader current = leader;
        if (current != null) {
            current.tick();
            next = Math.min(next, current.nextDeadline());
        }
        if (drained != null && (current == null || current.idle())) {
            drained.complete(null);
        }
        return next == Long.MAX_VALUE ? 1_000 : Math.max(0, next - now.getAsLong());
    }
}
