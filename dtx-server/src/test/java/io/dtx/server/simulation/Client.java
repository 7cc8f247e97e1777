package io.dtx.server.simulation;

import io.dtx.model.BranchId;
import io.dtx.model.Xid;
import io.dtx.protocol.FailureKind;
import io.dtx.protocol.Reply;
import io.dtx.protocol.ReplyMapping;
import io.dtx.protocol.Request;
import io.dtx.protocol.WireProtocol;
import io.dtx.protocol.wire.ServerMessage;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** A process's door to the coordinator, after dtx-core's Exchange: finds the leader, tells again, asks again. */
final class Client {

    private static final class Pending {
        final Request request;
        final Consumer<Reply> then;
        boolean answered;

        Pending(Request request, Consumer<Reply> then) {
            this.request = request;
            this.then = then;
        }

        void complete(Reply reply) {
            if (!answered) {
                answered = true;
                then.accept(reply);
            }
        }
    }

    private final World world;
    private final Application application;
    private final Life life;
    private final List<Pending> unanswered = new ArrayList<>();
    private final Map<Long, Pending> numbered = new LinkedHashMap<>();
    private final Map<Xid, Request> begins = new LinkedHashMap<>();
    private final Map<BranchId, Request> reports = new LinkedHashMap<>();
    private final Map<String, Long> seen = new LinkedHashMap<>();
    private Connection connection;
    private boolean serving;
    private String cluster;
    private long timeMillis;
    private long timeAt;
    private long helloAt;
    private long handshakeMillis;
    private long numbers;
    private int address;

    Client(World world, Application application, Life life) {
        this.world = world;
        this.application = application;
        this.life = life;
        this.address = world.chance.upTo(world.nodes.size());
    }

    Life life() {
        return life;
    }

    boolean serving() {
        return serving;
    }

    String cluster() {
        return cluster;
    }

    /** How long the last handshake took: by so much the coordinator's time may be wrong here. */
    long handshakeMillis() {
        return handshakeMillis;
    }

    Connection connection() {
        return connection;
    }

    Xid newXid() {
        return Xid.mint(cluster, timeMillis + application.steady() - timeAt, world.chance.bytes(10));
    }

    void connect(long delay) {
        world.scheduler.after(delay, life, () -> {
            if (connection != null) {
                return;
            }
            CoordinatorNode node = world.nodes.get(address);
            if (!node.up()) {
                nextAddress();
                return;
            }
            helloAt = world.scheduler.now();
            connection = new Connection(world, this, node, application.name, application.instance());
            connection.ask(
                    ++numbers, new Request.Hello(WireProtocol.VERSION, application.name, application.instance(), seen));
            Connection opening = connection;
            world.scheduler.after(3_000, life, () -> {
                if (connection == opening && !serving) {
                    opening.cut();
                }
            });
        });
    }

    private void nextAddress() {
        address = (address + 1) % world.nodes.size();
        connect(world.chance.between(50, 400));
    }

    void received(Connection from, ServerMessage message) {
        Reply reply = ReplyMapping.fromWire(message);
        if (from != connection) {
            return;
        }
        if (reply instanceof Reply.Welcome welcome) {
            opened(welcome, message.getLogIndex());
            return;
        }
        if (cluster != null && message.getLogIndex() > 0) {
            seen.merge(cluster, message.getLogIndex(), Math::max);
        }
        if (reply instanceof Reply.RestoreOrder order) {
            reports.remove(order.branch());
            application.restore(order);
        } else if (reply instanceof Reply.ReleaseUndo release) {
            release.branches().forEach(reports::remove);
            application.release(release);
        } else {
            answered(numbered.remove(message.getRequest()), reply);
        }
    }

    private void answered(Pending pending, Reply reply) {
        if (pending == null || !unanswered.contains(pending)) {
            return;
        }
        if (reply instanceof Reply.Failure failure && failure.kind() == FailureKind.UNAVAILABLE) {
            Connection on = connection;
            world.scheduler.after(100, life, () -> {
                if (connection == on && serving && unanswered.contains(pending)) {
                    send(pending);
                }
            });
            return;
        }
        unanswered.remove(pending);
        pending.complete(reply);
    }

    private void opened(Reply.Welcome welcome, long logIndex) {
        serving = true;
        cluster = welcome.cluster();
        handshakeMillis = world.scheduler.now() - helloAt;
        timeMillis = welcome.now().toEpochMilli() + handshakeMillis / 2;
        timeAt = application.steady();
        seen.merge(cluster, logIndex, Math::max);
        unanswered.removeIf(pending -> pending.request instanceof Request.Attach);
        attach();
        List.copyOf(begins.values()).forEach(this::tell);
        List.copyOf(reports.values()).forEach(this::tell);
        List.copyOf(unanswered).stream()
                .filter(pending -> !(pending.request instanceof Request.Attach))
                .forEach(this::send);
    }

    private void attach() {
        Database database = application.database;
        Pending attach =
                new Pending(new Request.Attach(database.resource, database.resource), reply -> application.sweepSoon());
        unanswered.add(attach);
        send(attach);
    }

    void lost(Connection from, Reply.Failure why) {
        if (from != connection) {
            return;
        }
        world.trace.line(application.instance(), "has lost ", from.node().name, why == null ? "" : ": " + why.kind());
        connection = null;
        serving = false;
        numbered.clear();
        nextAddress();
    }

    void begin(Request.Begin begin) {
        begins.put(begin.xid(), begin);
        tell(begin);
    }

    void report(BranchId branch) {
        Request.BranchCommitted report = new Request.BranchCommitted(branch);
        reports.put(branch, report);
        tell(report);
    }

    /** One-way: lost if no coordinator is connected. */
    void tell(Request request) {
        if (serving) {
            connection.ask(0, request);
        }
    }

    /** Sent on every new stream until it is answered, or the time is up: the reply is a Failure then. */
    void request(Request request, long timeout, Consumer<Reply> then) {
        Pending pending = new Pending(request, reply -> {
            if (request instanceof Request.Commit || request instanceof Request.RollBack) {
                begins.remove(request.xids().get(0));
            }
            then.accept(reply);
        });
        unanswered.add(pending);
        if (serving) {
            send(pending);
        }
        world.scheduler.after(timeout, life, () -> {
            if (unanswered.remove(pending)) {
                pending.complete(new Reply.Failure(FailureKind.UNAVAILABLE, "no answer in time"));
            }
        });
    }

    private void send(Pending pending) {
        long number = ++numbers;
        numbered.put(number, pending);
        connection.ask(number, pending.request);
    }
}
