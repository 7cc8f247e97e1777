package io.dtx.server.simulation;

import com.google.protobuf.InvalidProtocolBufferException;
import io.dtx.protocol.Reply;
import io.dtx.protocol.ReplyMapping;
import io.dtx.protocol.Request;
import io.dtx.protocol.RequestMapping;
import io.dtx.protocol.wire.ClientMessage;
import io.dtx.protocol.wire.ServerMessage;
import io.dtx.server.coordinator.Command;
import io.dtx.server.coordinator.Result;
import io.dtx.server.runtime.Session;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;

/**
 * One stream between an application and a node. What goes over it are the real messages, as bytes. On a good network they come
 * in order or the stream breaks, as gRPC has it; on a bad one each may be lost, doubled, delayed or overtaken by itself.
 */
final class Connection implements Session {

    private final World world;
    private final Client client;
    private final CoordinatorNode node;
    private final Life clientLife;
    private final Life nodeLife;
    private final String application;
    private final String instance;
    private final Deque<Runnable> up = new ArrayDeque<>();
    private final Deque<Runnable> down = new ArrayDeque<>();
    private final Map<Long, Asked> asked = new HashMap<>();
    private boolean clientSide = true;
    private boolean serverSide = true;
    private boolean hello;

    /** A request on its way, and how many commands were decided when it came. */
    record Asked(Request request, long sequence) {}

    Connection(World world, Client client, CoordinatorNode node, String application, String instance) {
        this.world = world;
        this.client = client;
        this.node = node;
        this.clientLife = client.life();
        this.nodeLife = node.life();
        this.application = application;
        this.instance = instance;
        node.opened(this);
    }

    CoordinatorNode node() {
        return node;
    }

    /** From the client. */
    void ask(long number, Request request) {
        world.trace.line(instance, "-> ", node.name, " #", number, " ", request);
        byte[] bytes = RequestMapping.toWire(request).setRequest(number).build().toByteArray();
        travel(up, nodeLife, !(request instanceof Request.Hello), () -> arrive(bytes));
    }

    private void arrive(byte[] bytes) {
        if (!serverSide) {
            return;
        }
        ClientMessage message;
        try {
            message = ClientMessage.parseFrom(bytes);
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalStateException(e);
        }
        Request request = RequestMapping.fromWire(message);
        long number = message.getRequest();
        if (number != 0) {
            asked.putIfAbsent(number, new Asked(request, world.observer.sequence()));
        }
        if (request instanceof Request.Hello opening) {
            hello = true;
            node.coordinator().joined(this, number, opening);
        } else if (hello && !answeredLocally(number, request)) {
            node.coordinator().received(this, number, request);
        }
        node.wake();
    }

    private boolean answeredLocally(long number, Request request) {
        if (world.mutation == Mutation.READS_LOCALLY
                && request instanceof Request.CheckLocks check
                && node.log.ask(new Command.CheckLocks(check.xid(), check.locks())) instanceof Result.Done) {
            send(number, node.log.appliedIndex(), new Reply.LocksFree());
            return true;
        }
        return false;
    }

    @Override
    public void send(long request, long logIndex, Reply reply) {
        if (!serverSide
                || (request == 0 && !(reply instanceof Reply.RestoreOrder) && !(reply instanceof Reply.ReleaseUndo))) {
            return;
        }
        world.observer.answers(node, asked.get(request), logIndex, reply);
        world.trace.line(node.name, "-> ", instance, " #", request, " ", reply);
        byte[] bytes = ReplyMapping.toWire(reply)
                .setRequest(request)
                .setLogIndex(logIndex)
                .build()
                .toByteArray();
        travel(down, clientLife, !(reply instanceof Reply.Welcome), () -> {
            if (clientSide) {
                client.received(this, message(bytes));
            }
        });
    }

    private static ServerMessage message(byte[] bytes) {
        try {
            return ServerMessage.parseFrom(bytes);
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalStateException(e);
        }
    }

    private void travel(Deque<Runnable> way, Life receiver, boolean mayGoWrong, Runnable arrival) {
        if (world.plan.badNetwork && mayGoWrong && !world.healed && !world.without.contains("network")) {
            if (!world.chance.percent(world.plan.loss)) {
                world.scheduler.after(world.plan.delay(), receiver, arrival);
            }
            if (world.chance.percent(world.plan.doubling)) {
                world.scheduler.after(world.plan.delay() * (1 + world.chance.upTo(20)), receiver, arrival);
            }
            return;
        }
        way.add(arrival);
        world.scheduler.after(world.plan.delay(), receiver, () -> {
            Runnable first = way.poll();
            if (first != null) {
                first.run();
            }
        });
    }

    @Override
    public String application() {
        return application;
    }

    @Override
    public String instance() {
        return instance;
    }

    @Override
    public void taken() {}

    /** By the coordinator: what was sent before arrives first. */
    @Override
    public void close(long request, Reply.Failure why) {
        if (!serverSide) {
            return;
        }
        world.trace.line(node.name, "closes the stream of ", instance, ": ", why.kind());
        endServerSide();
        down.add(() -> endClientSide(why));
        world.scheduler.after(world.plan.delay(), clientLife, () -> {
            while (!down.isEmpty()) {
                down.remove().run();
            }
        });
    }

    /** Something between them cuts the stream: each side notices some time later. */
    void cut() {
        up.clear();
        down.clear();
        world.scheduler.after(world.plan.delay(), clientLife, () -> endClientSide(null));
        world.scheduler.after(world.plan.noticeDelay(), nodeLife, () -> {
            endServerSide();
            node.wake();
        });
    }

    void serverDied() {
        serverSide = false;
        world.scheduler.after(world.plan.noticeDelay(), clientLife, () -> endClientSide(null));
    }

    void clientDied() {
        clientSide = false;
        world.scheduler.after(world.plan.noticeDelay(), nodeLife, () -> {
            endServerSide();
            node.wake();
        });
    }

    private void endServerSide() {
        if (serverSide) {
            serverSide = false;
            node.closed(this);
            node.coordinator().left(this);
            node.wake();
        }
    }

    private void endClientSide(Reply.Failure why) {
        if (clientSide) {
            clientSide = false;
            client.lost(this, why);
        }
    }

    @Override
    public String toString() {
        return instance + "@" + node.name;
    }
}
