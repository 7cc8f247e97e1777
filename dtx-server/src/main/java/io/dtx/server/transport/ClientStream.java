package io.dtx.server.transport;

import io.dtx.protocol.FailureKind;
import io.dtx.protocol.Reply;
import io.dtx.protocol.ReplyMapping;
import io.dtx.protocol.Request;
import io.dtx.protocol.RequestMapping;
import io.dtx.protocol.WireProtocol;
import io.dtx.protocol.wire.ClientMessage;
import io.dtx.protocol.wire.ServerMessage;
import io.dtx.server.runtime.Coordinator;
import io.dtx.server.runtime.Limits.Limit;
import io.dtx.server.runtime.Session;
import io.dtx.server.tls.Refusals;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * One stream: the session of one application process.
 *
 * <p>Comes in on a thread of the network, one message at a time, and goes to the event loop; only so many messages at a time
 * are under way there, the rest stays in the client. A client that has too many requests open, waiting for locks perhaps, is
 * told so for each further one.
 */
final class ClientStream implements Session, StreamObserver<ClientMessage> {

    private static final int LONGEST_NAME = 100;
    private static final Pattern INSTANCE = Pattern.compile("[\\x21-\\x7e]+");
    private static final int WINDOW = 1_024;
    private static final int REFILL = WINDOW / 2;

    private final Coordinator coordinator;
    private final ServerCallStreamObserver<ServerMessage> call;
    private final Refusals refusals;
    private final Outbox outbox;
    private final @Nullable SocketAddress from;
    private final int maxUnanswered;
    /** Whether the Hello has come, or has come too late: one of the two, on two threads. */
    private final AtomicBoolean opened = new AtomicBoolean();

    private volatile @Nullable Future<?> helloTimer;
    private final AtomicInteger unanswered = new AtomicInteger();

    /** Set by the first message, before the event loop hears of this session. */
    private volatile String application = "";

    private volatile String instance = "";
    private volatile boolean over;
    /** Of the event loop's thread. */
    private int taken;

    /** @param from null if it is not known */
    ClientStream(
            Coordinator coordinator,
            Refusals refusals,
            Unread unread,
            ServerCallStreamObserver<ServerMessage> call,
            @Nullable SocketAddress from) {
        this.coordinator = coordinator;
        this.refusals = refusals;
        this.call = call;
        this.outbox = new Outbox(call, unread);
        this.from = from;
        this.maxUnanswered = coordinator.limits().requestsPerConnection();
        call.disableAutoRequest();
        call.setOnReadyHandler(outbox::drain);
        call.setOnCancelHandler(this::broken);
        call.request(WINDOW);
    }

    /** Ends the stream unless it says Hello within this time. */
    void awaitHello(Duration patience, ScheduledExecutorService timers) {
        Runnable giveUp = () -> {
            if (opened.compareAndSet(false, true)) {
                end(
                        "silent",
                        0,
                        new Reply.Failure(
                                FailureKind.UNAVAILABLE,
                                "a stream was opened, and no Hello came within " + patience.toMillis() / 1_000.0
                                        + " s"));
            }
        };
        helloTimer = timers.schedule(giveUp, patience.toMillis(), TimeUnit.MILLISECONDS);
    }

    @Override
    public void onNext(ClientMessage message) {
        if (over) {
            return;
        }
        if (isOurs(message)) {
            return;
        }
        long number = message.getRequest();
        Request request;
        try {
            request = RequestMapping.fromWire(message);
        } catch (IllegalArgumentException e) {
            malformed(number, e);
            return;
        }
        if (instance.isEmpty()) {
            open(number, request);
        } else if (number != 0 && unanswered.incrementAndGet() > maxUnanswered) {
            call.request(1);
            coordinator.limitCounts().add(Limit.REQUESTS_PER_CONNECTION);
            send(
                    number,
                    0,
                    new Reply.Failure(
                            FailureKind.LIMIT,
                            maxUnanswered
                                    + " requests of this application wait for an answer: let fewer threads work at a"
                                    + " time (" + Limit.REQUESTS_PER_CONNECTION.setBy()
                                    + " of the coordinator allows no more)"));
        } else {
            coordinator.received(this, number, request);
        }
    }

    /** One that stands for what could not be read: by identity, since anybody can send its equal. */
    @SuppressWarnings("ReferenceEquality")
    private boolean isOurs(ClientMessage message) {
        if (message == Messages.TOO_LARGE) {
            coordinator.limitCounts().add(Limit.MESSAGE_SIZE);
            end(new Reply.Failure(
                    FailureKind.LIMIT,
                    "a message is larger than " + WireProtocol.MAX_MESSAGE_BYTES + " bytes, as many as "
                            + Limit.MESSAGE_SIZE.setBy() + " allows"));
            return true;
        }
        if (message == Messages.UNREADABLE) {
            end(new Reply.Failure(FailureKind.INVALID, "malformed message: it can not be read"));
            return true;
        }
        return false;
    }

    private void end(Reply.Failure why) {
        end("unreadable", 0, why);
    }

    private void end(String kind, long number, Reply.Failure why) {
        refusals.ended(kind, whose(), why.message());
        close(number, why);
    }

    private String whose() {
        if (!instance.isEmpty()) {
            return application + " (" + instance + ")";
        }
        String where = from instanceof InetSocketAddress address ? " at " + address.getHostString() : "";
        return "a client" + where + " that had not said Hello";
    }

    /** In one line of a log, whatever they say. */
    private static String printable(String name) {
        String printable = name.replaceAll("[^\\x20-\\x7e\\p{L}]", "?");
        return printable.length() <= LONGEST_NAME ? printable : printable.substring(0, LONGEST_NAME);
    }

    private void open(long number, Request request) {
        if (!opened.compareAndSet(false, true)) {
            return;
        }
        stopTimer();
        if (request instanceof Request.Hello hello
                && INSTANCE.matcher(hello.instance()).matches()) {
            application = printable(hello.application());
            instance = hello.instance();
            unanswered.incrementAndGet();
            coordinator.joined(this, number, hello);
        } else {
            close(number, new Reply.Failure(FailureKind.INVALID, "a stream opens with Hello, naming its instance"));
        }
    }

    private void malformed(long number, IllegalArgumentException reason) {
        Reply.Failure failure = new Reply.Failure(FailureKind.INVALID, "malformed message: " + reason.getMessage());
        if (number == 0 || instance.isEmpty()) {
            end("malformed", number, failure);
        } else {
            unanswered.incrementAndGet();
            call.request(1);
            send(number, 0, failure);
        }
    }

    @Override
    public void onError(Throwable failure) {
        broken();
    }

    private void broken() {
        gone();
        outbox.drop();
    }

    @Override
    public void onCompleted() {
        gone();
        outbox.end(null);
    }

    private void gone() {
        if (!over) {
            over = true;
            stopTimer();
            coordinator.left(this);
        }
    }

    private void stopTimer() {
        Future<?> running = helloTimer;
        if (running != null) {
            running.cancel(false);
        }
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
    public void send(long request, long logIndex, Reply reply) {
        if (request != 0) {
            unanswered.decrementAndGet();
        } else if (isAnswer(reply)) {
            return; // to a request that wanted none
        }
        if (!outbox.send(message(request, logIndex, reply))) {
            coordinator.limitCounts().add(Limit.UNREAD_REPLIES);
            refusals.ended("deaf", whose(), "it does not read what is sent to it");
            gone();
        }
    }

    @Override
    public void taken() {
        taken++;
        if (taken >= REFILL) {
            call.request(taken);
            taken = 0;
        }
    }

    @Override
    public void close(long request, Reply.Failure why) {
        outbox.end(message(request, 0, why));
        gone();
    }

    private static boolean isAnswer(Reply reply) {
        return !(reply instanceof Reply.RestoreOrder) && !(reply instanceof Reply.ReleaseUndo);
    }

    private static ServerMessage message(long request, long logIndex, Reply reply) {
        return ReplyMapping.toWire(reply)
                .setRequest(request)
                .setLogIndex(logIndex)
                .build();
    }
}
