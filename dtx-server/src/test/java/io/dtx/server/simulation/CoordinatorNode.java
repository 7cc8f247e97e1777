package io.dtx.server.simulation;

import io.dtx.server.runtime.Coordinator;
import io.dtx.server.runtime.CoordinatorTime;
import io.dtx.server.runtime.LeaderSettings;
import io.dtx.server.runtime.TurnedCoordinator;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A coordinator process: the real coordinator on a simulated log, with a clock that an administrator may set. */
final class CoordinatorNode implements InstantSource {

    private final World world;
    final int id;
    final String name;
    final LogNode log;
    long clockOffset;
    private CoordinatorTime time;
    private TurnedCoordinator turned;
    private @Nullable Violation violation;
    private boolean mail;
    private long nextTurn = Long.MAX_VALUE;
    private final List<Connection> connections = new ArrayList<>();

    CoordinatorNode(World world, LogGroup group, int id) {
        this.world = world;
        this.id = id;
        this.name = "n" + (id + 1);
        this.log = group.node(id);
    }

    boolean up() {
        return log.up;
    }

    Life life() {
        return log.life;
    }

    /** The time that it gives the entries of the log. */
    CoordinatorTime time() {
        return time;
    }

    Coordinator coordinator() {
        return turned.coordinator();
    }

    void start() {
        world.trace.line(name, "starts");
        LeaderSettings settings = new LeaderSettings(
                Duration.ofSeconds(60),
                Duration.ofSeconds(1),
                Duration.ofMillis(world.plan.reattachWait),
                Duration.ofMillis(world.plan.retention));
        time = new CoordinatorTime(this, world.scheduler::now);
        turned = new TurnedCoordinator(
                log,
                time,
                world.scheduler::now,
                world.chance.random(),
                settings,
                // No disk here is ever put back.
                what -> violation = new Violation("T13", name + " takes its data for an old copy: " + what),
                Map.of(),
                () -> violation = new Violation("I2", "the log failed"));
        mail = false;
        nextTurn = Long.MAX_VALUE;
        log.start(turned.coordinator());
        world.group.electLater();
        world.group.leaderOf(log.term).ifPresent(LogNode::hurry);
    }

    /** Its streams break, and it knows nothing any more but what is on its disk. */
    void crash() {
        world.trace.line(name, "crashes");
        log.crash();
        List.copyOf(connections).forEach(Connection::serverDied);
        connections.clear();
        world.group.electLater();
    }

    void opened(Connection connection) {
        connections.add(connection);
    }

    void closed(Connection connection) {
        connections.remove(connection);
    }

    List<Connection> connections() {
        return connections;
    }

    /** There is something in the coordinator's mailbox. */
    void wake() {
        if (!mail && log.up) {
            mail = true;
            world.scheduler.after(world.chance.upTo(2), life(), () -> {
                mail = false;
                turn();
            });
        }
    }

    private void turn() {
        long wait = Math.max(1, turned.turn());
        if (violation != null) {
            throw violation; // what is thrown within a turn is the coordinator's to handle
        }
        long at = world.scheduler.now() + wait;
        if (at < nextTurn || nextTurn <= world.scheduler.now()) {
            nextTurn = at;
            world.scheduler.after(wait, life(), () -> {
                if (nextTurn == at) {
                    nextTurn = Long.MAX_VALUE;
                    turn();
                }
            });
        }
    }

    @Override
    public long millis() {
        return World.EPOCH + world.scheduler.now() + clockOffset;
    }

    @Override
    public Instant instant() {
        return Instant.ofEpochMilli(millis());
    }
}
