package io.dtx.client;

import io.dtx.model.Outcome;
import io.dtx.model.Rollback;
import io.dtx.model.RollbackReason;
import io.dtx.model.TransactionStatus;
import io.dtx.model.Xid;
import io.dtx.protocol.Reply;
import io.dtx.protocol.ReplyMapping;
import io.dtx.protocol.Request;
import io.dtx.protocol.RequestMapping;
import io.dtx.protocol.WireProtocol;
import io.dtx.protocol.wire.ClientMessage;
import io.dtx.protocol.wire.CoordinatorGrpc;
import io.dtx.protocol.wire.ServerMessage;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerInterceptors;
import io.grpc.Status;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The other end of a client's streams, on a loopback port of its own: says what the test tells it to, and keeps what it got.
 * Knows nothing of transactions unless {@link #deciding()} is asked for.
 */
public final class FakeCoordinator implements AutoCloseable {

    private static final int PATIENCE_SECONDS = 20;

    private final BlockingQueue<Received> inbox = new LinkedBlockingQueue<>();
    private final AtomicInteger connections = new AtomicInteger();
    private final Map<Xid, Outcome> outcomes = new ConcurrentHashMap<>();
    private volatile Function<Request, @Nullable Reply> answers = request -> null;
    private volatile @Nullable Connection newest;
    private volatile @Nullable String token;
    private volatile Reply greeting = welcome("Cluster1", Instant.now());
    private volatile long greetingIndex;
    private volatile Reply attached = new Reply.Attached();
    private volatile @Nullable Reply refusal;
    private final int port;
    private Server server;

    public FakeCoordinator() {
        this(StablePort.next());
    }

    FakeCoordinator(int port) {
        server = listen(port);
        this.port = server.getPort();
    }

    /** A request, and the connection it came on. */
    public record Received(Connection from, long number, Request request) {}

    public String address() {
        return "localhost:" + port;
    }

    public ClientSettings settings() {
        return ClientSettings.of("app", address());
    }

    public static Reply welcome(String cluster, Instant now) {
        return new Reply.Welcome(WireProtocol.VERSION, cluster, now);
    }

    /** What a Hello is answered with; {@link Reply.Welcome} to cluster {@code Cluster1} by default. */
    public void greet(Reply reply) {
        greeting = reply;
    }

    /** Likewise, from a node whose log has come to this index. */
    void greet(Reply reply, long logIndex) {
        greetingIndex = logIndex;
        greeting = reply;
    }

    /** What each stream is told at its opening, in answer to nothing. */
    void refuse(Reply.Failure reply) {
        refusal = reply;
    }

    public void answerAttachWith(Reply reply) {
        attached = reply;
    }

    /** Streams must bring this token. */
    public void require(String wanted) {
        token = wanted;
    }

    /** Answers by itself where this gives a reply; null leaves the request to the test. Attach is always answered. */
    public void answer(Function<Request, @Nullable Reply> replies) {
        answers = replies;
    }

    /** Decides as it is asked to, once for each transaction, and grants everything; for tests of what is built on the client. */
    public FakeCoordinator deciding() {
        answer(request -> {
            if (request instanceof Request.Commit commit) {
                return decide(new Outcome(commit.xid(), TransactionStatus.COMMITTED, null, false));
            } else if (request instanceof Request.RollBack rollBack) {
                return decide(rolledBack(
                        rollBack.xid(),
                        rollBack.rollback().reason(),
                        rollBack.rollback().detail()));
            } else if (request instanceof Request.AskOutcome ask) {
                Outcome outcome = outcomes.get(ask.xid());
                return outcome == null ? new Reply.NotKnown(ask.xid()) : new Reply.Decided(outcome);
            } else if (request instanceof Request.RegisterBranch) {
                return new Reply.Registered();
            }
            return null;
        });
        return this;
    }

    /** Decides a transaction, as another participant or a timer would. */
    public Reply decide(Outcome outcome) {
        Outcome first = outcomes.putIfAbsent(outcome.xid(), outcome);
        return new Reply.Decided(first == null ? outcome : first);
    }

    public static Outcome rolledBack(Xid xid, RollbackReason reason, String detail) {
        return new Outcome(xid, TransactionStatus.ROLLING_BACK, new Rollback(reason, "app", detail), false);
    }

    /** The next request of this kind; those of other kinds that came before it are dropped. */
    public Received take(Class<? extends Request> kind) {
        return takeUntil(kind).remove(0);
    }

    /** The requests up to the next one of this kind: that one first, the others in their order. */
    public List<Received> takeUntil(Class<? extends Request> kind) {
        List<Received> before = new ArrayList<>();
        while (true) {
            Received received = poll();
            if (kind.isInstance(received.request())) {
                before.add(0, received);
                return before;
            }
            before.add(received);
        }
    }

    /** The next request, whatever it is. */
    public Received poll() {
        try {
            Received received = inbox.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
            if (received == null) {
                throw new AssertionError("no request came");
            }
            return received;
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** What came and was not taken. */
    public List<Request> untaken() {
        return inbox.stream().map(Received::request).toList();
    }

    public int connections() {
        return connections.get();
    }

    public void reply(Received to, Reply reply) {
        to.from().send(to.number(), 0, reply);
    }

    public void reply(Received to, Reply reply, long logIndex) {
        to.from().send(to.number(), logIndex, reply);
    }

    /** Sends an order on the newest connection. */
    public void order(Reply order) {
        connection().send(0, 0, order);
    }

    /** Breaks the newest connection. */
    public void drop() {
        connection().fail(Status.UNAVAILABLE.withDescription("dropped by the test"));
    }

    /** Stops listening, and breaks every connection. */
    public void stop() {
        server.shutdownNow();
        try {
            server.awaitTermination();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** Listens again on the same port. */
    public void startAgain() {
        server = listen(port);
    }

    @Override
    public void close() {
        stop();
    }

    private Connection connection() {
        Connection connection = newest;
        if (connection == null) {
            throw new AssertionError("no connection yet");
        }
        return connection;
    }

    private Server listen(int wanted) {
        try {
            return NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), wanted))
                    .addService(ServerInterceptors.intercept(new Service(), new TokenCheck()))
                    .build()
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private final class Service extends CoordinatorGrpc.CoordinatorImplBase {
        @Override
        public StreamObserver<ClientMessage> connect(StreamObserver<ServerMessage> out) {
            Connection connection = new Connection(out);
            connections.incrementAndGet();
            newest = connection;
            Reply told = refusal;
            if (told != null) {
                connection.send(0, 0, told);
            }
            return connection;
        }
    }

    /** One stream. */
    public final class Connection implements StreamObserver<ClientMessage> {

        private final StreamObserver<ServerMessage> out;

        Connection(StreamObserver<ServerMessage> out) {
            this.out = out;
        }

        @Override
        public void onNext(ClientMessage message) {
            Request request = RequestMapping.fromWire(message);
            Reply reply = request instanceof Request.Hello
                    ? greeting
                    : request instanceof Request.Attach ? attached : answers.apply(request);
            inbox.add(new Received(this, message.getRequest(), request));
            if (reply != null && message.getRequest() != 0) {
                send(message.getRequest(), request instanceof Request.Hello ? greetingIndex : 0, reply);
            }
        }

        @Override
        public void onError(Throwable gone) {}

        @Override
        public void onCompleted() {
            synchronized (out) {
                out.onCompleted();
            }
        }

        void send(long number, long logIndex, Reply reply) {
            synchronized (out) {
                out.onNext(ReplyMapping.toWire(reply)
                        .setRequest(number)
                        .setLogIndex(logIndex)
                        .build());
            }
        }

        void sendRaw(ServerMessage message) {
            synchronized (out) {
                out.onNext(message);
            }
        }

        void fail(Status status) {
            synchronized (out) {
                out.onError(status.asRuntimeException());
            }
        }
    }

    private final class TokenCheck implements ServerInterceptor {
        @Override
        public <A, B> ServerCall.Listener<A> interceptCall(
                ServerCall<A, B> call, Metadata headers, ServerCallHandler<A, B> next) {
            String wanted = token;
            if (wanted != null && !WireProtocol.bearer(wanted).equals(headers.get(WireProtocol.AUTHORIZATION))) {
                call.close(Status.UNAUTHENTICATED.withDescription("wrong or missing token"), new Metadata());
                return new ServerCall.Listener<>() {};
            }
            return next.startCall(call, headers);
        }
    }
}
