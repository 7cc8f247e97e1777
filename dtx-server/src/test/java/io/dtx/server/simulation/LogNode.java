package io.dtx.server.simulation;

import io.dtx.server.coordinator.Command;
import io.dtx.server.coordinator.Result;
import io.dtx.server.coordinator.Snapshot;
import io.dtx.server.coordinator.StateMachine;
import io.dtx.server.log.Applied;
import io.dtx.server.log.EntryBytes;
import io.dtx.server.log.Leadership;
import io.dtx.server.log.NotLeaderException;
import io.dtx.server.runtime.CommandLog;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/**
 * One node's copy of the log, as Raft has it: appended, then flushed to its disk, committed once a majority has flushed it,
 * then applied. A node that was deposed goes on as before until somebody tells it.
 */
final class LogNode implements CommandLog {

    /** Equal only to itself: it is handed on from node to node. */
    static final class Entry {
        private final long term;
        private final long at;
        private final byte[] commands;

        /** @param at the leader's clock when it took the commands */
        Entry(long term, long at, List<Command> commands) {
            this.term = term;
            this.at = at;
            this.commands = EntryBytes.of(commands);
        }

        long term() {
            return term;
        }

        long at() {
            return at;
        }

        /** Read anew from the bytes each time. */
        List<Command> commands() {
            return EntryBytes.commands(commands);
        }
    }

    private final World world;
    private final LogGroup group;
    final int id;

    // What survives a crash: the entries up to the flushed one.
    long term;
    final List<Entry> entries = new ArrayList<>();
    private int flushed;
    private Snapshot snapshot = Snapshot.EMPTY;
    private int snapshotIndex;

    // What does not.
    Life life = new Life();
    Leadership listener;
    boolean up;
    boolean leads;
    private int committed;
    private int applied;
    private Replica replica;
    private int firstOfTerm;
    private String toldLeader = "";
    private final Map<Integer, CompletableFuture<List<Applied>>> waiting = new TreeMap<>();
    private final Map<Integer, List<Command>> own = new HashMap<>();
    private final Map<Integer, Peer> peers = new TreeMap<>();

    /** What a leader knows of a follower. */
    private static final class Peer {
        int matched;
        int next;
        long backoff = 50;
        boolean retrying;
    }

    LogNode(World world, LogGroup group, int id) {
        this.world = world;
        this.group = group;
        this.id = id;
    }

    void start(Leadership newListener) {
        life = new Life();
        up = true;
        listener = newListener;
        replica = new Replica(world.mutation, snapshot);
        committed = snapshotIndex;
        applied = snapshotIndex;
        toldLeader = "";
        world.observer.restarted(this, replica.machine());
    }

    /** What was not flushed may be on the disk, or a part of it, or nothing. */
    void crash() {
        life.end();
        up = false;
        leads = false;
        waiting.clear();
        own.clear();
        peers.clear();
        flushed = Math.max(flushed, snapshotIndex);
        truncate(flushed + world.chance.upTo(entries.size() - flushed + 1));
    }

    private void truncate(int size) {
        while (entries.size() > size) {
            entries.remove(entries.size() - 1);
        }
        flushed = Math.min(flushed, size);
    }

    @Override
    public CompletableFuture<List<Applied>> submit(List<Command> batch) {
        if (!leads) {
            return CompletableFuture.failedFuture(new NotLeaderException(""));
        }

        CompletableFuture<List<Applied>> results = new CompletableFuture<>();
        int index = append(batch);
        waiting.put(index, results);
        if (world.mutation == Mutation.ANSWERS_BEFORE_DURABLE) {
            advance();
        }
        return results;
    }

    /** What this node's own state says, whether it leads or not: only a mutation asks so. */
    Result ask(Command question) {
        return replica.apply(question, 0);
    }

    @Override
    public <T> T read(Function<StateMachine, T> question) {
        return question.apply(replica.machine());
    }

    @Override
    public boolean othersCanLead() {
        return false;
    }

    @Override
    public boolean allOnDisk() {
        return true;
    }

    @Override
    public long appliedIndex() {
        return applied;
    }

    private int append(List<Command> batch) {
        entries.add(new Entry(term, world.clockOf(id), batch));
        own.put(entries.size(), List.copyOf(batch));
        flushLater();
        peers.keySet().forEach(this::replicate);
        return entries.size();
    }

    private void flushLater() {
        int upTo = entries.size();
        if (upTo == 0) {
            return;
        }
        Entry last = entries.get(upTo - 1);
        world.scheduler.after(world.plan.diskDelay(), life, () -> {
            if (entries.size() >= upTo && entries.get(upTo - 1) == last && upTo > flushed) {
                flushed = upTo;
                if (leads) {
                    advance();
                } else {
                    group.leaderOf(term).ifPresent(this::acknowledge);
                }
            }
        });
    }

    private void acknowledge(LogNode leader) {
        long inTerm = term;
        int upTo = flushed;
        group.send(id, leader.id, () -> leader.acknowledged(id, inTerm, upTo));
    }

    private void acknowledged(int follower, long inTerm, int upTo) {
        Peer peer = peers.get(follower);
        if (leads && inTerm == term && peer != null) {
            peer.matched = Math.max(peer.matched, upTo);
            peer.next = Math.max(peer.next, upTo + 1);
            peer.backoff = 50;
            advance();
        }
    }

    /** Begins to lead: with an entry of this term, as Raft wants, after whose application it knows all that is committed. */
    void lead() {
        leads = true;
        peers.clear();
        for (int other = 0; other < group.size(); other++) {
            if (other != id) {
                Peer peer = new Peer();
                peer.next = entries.size() + 1;
                peers.put(other, peer);
            }
        }
        world.trace.line(world.nodeName(id), "leads term ", term);
        firstOfTerm = append(List.of());
    }

    /** Somebody else leads, or may. */
    void follow(long newTerm, String leader) {
        boolean led = leads;
        if (newTerm > term) {
            term = newTerm;
        }
        leads = false;
        peers.clear();
        List<CompletableFuture<List<Applied>>> broken = new ArrayList<>(waiting.values());
        waiting.clear();
        if (led || (!leader.isEmpty() && !leader.equals(toldLeader))) {
            toldLeader = leader;
            world.trace.line(
                    world.nodeName(id), "follows ", leader.isEmpty() ? "nobody yet" : leader, " in term ", term);
            listener.lost(leader);
        }
        broken.forEach(future -> future.completeExceptionally(new NotLeaderException(leader)));
        world.wake(id);
    }

    private void advance() {
        int majority = group.size() / 2 + 1;
        List<Integer> disks = new ArrayList<>(List.of(flushed));
        peers.values().forEach(peer -> disks.add(peer.matched));
        disks.sort((one, other) -> other - one);
        int durable = disks.get(majority - 1);
        if (durable > 0 && entries.get(durable - 1).term() == term) {
            group.decided(this, durable);
        } else {
            durable = committed;
        }
        int upTo = world.mutation == Mutation.ANSWERS_BEFORE_DURABLE ? entries.size() : durable;
        if (upTo > committed) {
            committed = upTo;
            apply();
            peers.keySet().forEach(this::replicate);
        }
    }

    private void apply() {
        while (applied < committed) {
            int index = applied + 1;
            Entry entry = entries.get(index - 1);
            List<Command> mine = leads ? own.get(index) : null;
            List<Applied> results = new ArrayList<>();
            for (Command command : mine != null ? mine : entry.commands()) {
                Result result = replica.apply(command, entry.at());
                results.add(new Applied(result, index));
            }
            applied = index;
            CompletableFuture<List<Applied>> future = waiting.remove(index);
            if (future != null) {
                future.complete(results);
                world.wake(id);
            }
            if (leads && index == firstOfTerm) {
                listener.gained();
                world.wake(id);
            }
            if (world.chance.oneIn(world.plan.entriesPerSnapshot)) {
                snapshot = replica.machine().snapshot();
                snapshotIndex = applied;
            }
        }
    }

    private void replicate(int follower) {
        Peer peer = peers.get(follower);
        if (peer == null || !leads) {
            return;
        }
        long inTerm = term;
        int from = peer.next;
        long previousTerm = from < 2 ? 0 : entries.get(from - 2).term();
        List<Entry> more = List.copyOf(entries.subList(from - 1, entries.size()));
        int upTo = committed;
        peer.next = entries.size() + 1;
        group.send(id, follower, () -> group.node(follower).received(this, inTerm, from, previousTerm, more, upTo));
        retryLater(follower, peer);
    }

    private void retryLater(int follower, Peer peer) {
        if (peer.retrying) {
            return;
        }
        peer.retrying = true;
        peer.backoff = Math.min(10_000, peer.backoff * 2);
        world.scheduler.after(peer.backoff, life, () -> {
            peer.retrying = false;
            if (leads && peers.get(follower) == peer && peer.matched < entries.size()) {
                peer.next = peer.matched + 1;
                replicate(follower);
            }
        });
    }

    /** After the network was healed, or a node came back. */
    void hurry() {
        peers.forEach((follower, peer) -> {
            peer.backoff = 50;
            peer.next = peer.matched + 1;
            replicate(follower);
        });
    }

    private void received(
            LogNode from, long inTerm, int first, long previousTerm, List<Entry> more, int leaderCommitted) {
        if (inTerm < term) {
            long mine = term;
            group.send(id, from.id, () -> from.refused(mine));
            return;
        }
        follow(inTerm, world.nodeName(from.id));
        if (first > 1 && (entries.size() < first - 1 || entries.get(first - 2).term() != previousTerm)) {
            int hint = Math.min(entries.size(), Math.max(committed, first - 2));
            group.send(id, from.id, () -> from.conflicts(id, inTerm, hint));
            return;
        }
        int index = first;
        for (Entry entry : more) {
            if (entries.size() >= index && entries.get(index - 1).term() != entry.term()) {
                if (index <= committed) {
                    throw new Violation("I2", world.nodeName(id) + " loses entry " + index + ", which was committed");
                }
                truncate(index - 1);
            }
            if (entries.size() < index) {
                entries.add(entry);
                own.remove(index);
            }
            index++;
        }
        int matched = index - 1;
        if (flushed < entries.size()) {
            flushLater();
        }
        if (flushed >= matched) {
            group.send(id, from.id, () -> from.acknowledged(id, inTerm, matched));
        }
        if (Math.min(leaderCommitted, matched) > committed) {
            committed = Math.min(leaderCommitted, matched);
            apply();
        }
    }

    private void refused(long newerTerm) {
        if (newerTerm > term) {
            follow(newerTerm, "");
            group.electLater();
        }
    }

    private void conflicts(int follower, long inTerm, int hint) {
        Peer peer = peers.get(follower);
        if (leads && inTerm == term && peer != null) {
            peer.next = Math.max(1, Math.min(peer.next, hint + 1));
            replicate(follower);
        }
    }

    /** Whether a voter with this log may vote for the candidate. */
    boolean upToDate(LogNode candidate) {
        return candidate.lastTerm() > lastTerm()
                || (candidate.lastTerm() == lastTerm() && candidate.entries.size() >= entries.size());
    }

    private long lastTerm() {
        return entries.isEmpty() ? 0 : entries.get(entries.size() - 1).term();
    }

    int applied() {
        return applied;
    }

    Snapshot state() {
        return replica.machine().snapshot();
    }
}
