package io.dtx.server.simulation;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The nodes of one log, the network between them, and their elections. */
final class LogGroup {

    private final World world;
    private final List<LogNode> nodes = new ArrayList<>();
    private final Set<Integer> isolated = new HashSet<>();
    private int decided;
    private final List<LogNode.Entry> history = new ArrayList<>();
    private boolean electing;

    LogGroup(World world, int size) {
        this.world = world;
        for (int id = 0; id < size; id++) {
            nodes.add(new LogNode(world, this, id));
        }
    }

    int size() {
        return nodes.size();
    }

    LogNode node(int id) {
        return nodes.get(id);
    }

    /** How many entries are committed, whoever knows it. */
    int decided() {
        return decided;
    }

    List<LogNode.Entry> history() {
        return history;
    }

    void isolate(int id) {
        isolated.add(id);
    }

    void rejoin(int id) {
        isolated.remove(id);
        nodes.forEach(LogNode::hurry);
    }

    boolean isolated(int id) {
        return isolated.contains(id);
    }

    /** Between two nodes: may be lost, and takes its time. */
    void send(int from, int to, Runnable message) {
        if (isolated.contains(from) || isolated.contains(to) || !node(to).up || world.happens(world.plan.peerLoss)) {
            return;
        }
        world.scheduler.after(world.plan.peerDelay(), node(to).life, message);
    }

    Optional<LogNode> leaderOf(long term) {
        return nodes.stream().filter(node -> node.leads && node.term == term).findFirst();
    }

    /** A leader has found a majority for its entries up to this one. */
    void decided(LogNode leader, int upTo) {
        while (decided < upTo) {
            LogNode.Entry entry = leader.entries.get(decided);
            decided++;
            history.add(entry);
            world.observer.decided(decided, entry);
        }
        if (leader.entries.get(upTo - 1) != history.get(upTo - 1)) {
            throw new IllegalStateException("the simulated log has decided two entries for " + upTo);
        }
    }

    /** Unless somebody leads whom a majority follows, a node that can stands for election some time later. */
    void electLater() {
        if (electing) {
            return;
        }
        electing = true;
        world.scheduler.after(world.chance.between(100, 1_500), Life.FOREVER, () -> {
            electing = false;
            if (!ledByMajority()) {
                campaign(world.chance.upTo(nodes.size()));
                electLater();
            }
        });
    }

    boolean ledByMajority() {
        long highest = nodes.stream().mapToLong(node -> node.term).max().orElse(0);
        return nodes.stream().anyMatch(node -> node.leads && node.term == highest && reachable(node.id));
    }

    private boolean reachable(int id) {
        return node(id).up
                && node(id).life.pausedUntil() <= world.scheduler.now()
                && (nodes.size() == 1 || !isolated.contains(id));
    }

    /** Asks a random majority for their votes; those outside of it hear nothing of the new term. */
    boolean campaign(int id) {
        LogNode candidate = node(id);
        if (!reachable(id) || candidate.leads) {
            return false;
        }
        List<LogNode> voters = new ArrayList<>(List.of(candidate));
        List<LogNode> others = new ArrayList<>(nodes);
        others.remove(candidate);
        while (voters.size() < nodes.size() / 2 + 1 || (!others.isEmpty() && world.chance.oneIn(2))) {
            if (others.isEmpty()) {
                return false;
            }
            LogNode voter = others.remove(world.chance.upTo(others.size()));
            if (reachable(voter.id)) {
                voters.add(voter);
            }
        }
        long newTerm = voters.stream().mapToLong(voter -> voter.term).max().orElse(0) + 1;
        boolean elected = voters.stream().allMatch(voter -> voter.upToDate(candidate));
        world.trace.line(world.nodeName(id), "stands for term ", newTerm, elected ? ", elected" : ", not elected");
        for (LogNode voter : voters) {
            if (voter.leads) {
                voter.follow(newTerm, "");
            } else {
                voter.term = newTerm;
            }
        }
        if (elected) {
            candidate.lead();
        }
        return elected;
    }
}
