package io.dtx.client;

import io.dtx.protocol.Reply;
import io.dtx.protocol.ReplyMapping;
import io.dtx.protocol.Request;
import io.dtx.protocol.RequestMapping;
import io.dtx.protocol.WireProtocol;
import io.dtx.protocol.wire.ClientMessage;
import io.dtx.protocol.wire.CoordinatorGrpc;
import io.dtx.protocol.wire.ServerMessage;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import io.grpc.stub.MetadataUtils;
import java.util.ArrayDeque;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One stream over one channel to one coordinator node, from its Hello to its end; used once.
 *
 * <p>gRPC's observer takes one writer at a time and buffers without bound when it is not ready: {@code writing} serialises the
 * writers, and what can not go at once waits here in order. Nothing blocks under that lock.
 *
 * <p>Events are told on the transport's thread, in the order of arrival; but {@code ended} by whoever breaks the stream off, the
 * timer's thread perhaps, while the transport's may be telling another one. No lock of this class is held.
 */
final class Stream {

    private static final Logger log = LoggerFactory.getLogger(Stream.class);

    private final Address address;
    private final Events events;
    private final ManagedChannel channel;
    private final Map<Long, Pending> unanswered = new ConcurrentHashMap<>();
    private final AtomicBoolean ended = new AtomicBoolean();
    private final ReentrantLock writing = new ReentrantLock();
    private final Queue<ClientMessage> backlog = new ArrayDeque<>();
    private @Nullable ClientCallStreamObserver<ClientMessage> call;
    private boolean stopped;
    private long lastNumber;
    private long helloNanos;

    /** @param tls null for plain text */
    Stream(Address address, @Nullable Tls tls, Events events) {
        this.address = address;
        this.events = events;
        this.channel = Channels.open(address, tls);
    }

    Address address() {
        return address;
    }

    /** Connects and says Hello; what comes of it is told to the events. */
    void open(Request.Hello hello, @Nullable String token) {
        CoordinatorGrpc.CoordinatorStub stub = CoordinatorGrpc.newStub(channel);
        if (token != null) {
            Metadata headers = new Metadata();
            headers.put(WireProtocol.AUTHORIZATION, WireProtocol.bearer(token));
            stub = stub.withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers));
        }
        stub.connect(new Observer());
        helloNanos = System.nanoTime();
        send(new Pending(hello));
    }

    /** Sends a request whose reply will be told. */
    void send(Pending pending) {
        writing.lock();
        try {
            long number = ++lastNumber;
            unanswered.put(number, pending);
            write(pending.numbered(number));
        } finally {
            writing.unlock();
        }
    }

    /** Sends a request that gets no reply. */
    void tell(Request request) {
        ClientMessage message = RequestMapping.toWire(request).build();
        writing.lock();
        try {
            write(message);
        } finally {
            writing.unlock();
        }
    }

    /** Likewise, but it waits here for the next message, or for {@link #flush}: what leaves together costs little more than one. */
    void tellLater(Request request) {
        ClientMessage message = RequestMapping.toWire(request).build();
        writing.lock();
        try {
            if (!stopped) {
                backlog.add(message);
            }
        } finally {
            writing.unlock();
        }
    }

    /** Sends what waits. */
    void flush() {
        writing.lock();
        try {
            drain();
        } finally {
            writing.unlock();
        }
    }

    /** Breaks the stream off; its end is told. */
    void breakOff(Trouble why) {
        writing.lock();
        try {
            stopped = true;
        } finally {
            writing.unlock();
        }
        end(why);
        channel.shutdownNow();
    }

    /** Sends what was told so far, then closes; waits for that at most as long as given. Its end is not told. */
    void finish(long patienceMillis) {
        ended.set(true);
        writing.lock();
        try {
            stopped = true;
            ClientCallStreamObserver<ClientMessage> open = call;
            if (open != null) {
                while (!backlog.isEmpty()) {
                    open.onNext(backlog.remove());
                }
                open.onCompleted();
            }
        } finally {
            writing.unlock();
        }
        channel.shutdown();
        try {
            channel.awaitTermination(patienceMillis, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        channel.shutdownNow();
    }

    private void write(ClientMessage message) {
        if (stopped) {
            return;
        }
        backlog.add(message);
        drain();
    }

    private void drain() {
        ClientCallStreamObserver<ClientMessage> open = call;
        while (open != null && !stopped && open.isReady() && !backlog.isEmpty()) {
            open.onNext(backlog.remove());
        }
    }

    private void receive(ServerMessage message) {
        Pending asked = message.getRequest() == 0 ? null : unanswered.remove(message.getRequest());
        Reply reply;
        try {
            reply = ReplyMapping.fromWire(message);
        } catch (IllegalArgumentException malformed) {
            // Nothing may be concluded from it: the request is sent again on the next stream, or ends by its deadline.
            breakOff(new Trouble(Trouble.Kind.INCOMPATIBLE, address, String.valueOf(malformed.getMessage()), ""));
            return;
        }
        if (asked != null && asked.request() instanceof Request.Hello) {
            if (reply instanceof Reply.Welcome welcome) {
                events.welcomed(this, welcome, message.getLogIndex(), System.nanoTime() - helloNanos);
            } else if (reply instanceof Reply.Failure failure) {
                breakOff(Trouble.of(address, failure));
            }
        } else if (asked != null) {
            events.answered(this, asked, reply, message.getLogIndex());
        } else if (reply instanceof Reply.Failure failure && message.getRequest() == 0) {
            // The node ends the stream, and says why.
            breakOff(Trouble.of(address, failure));
        } else if (message.getRequest() == 0) {
            events.ordered(this, reply);
        } else {
            log.debug("An answer from {} to a request that nobody waits for any more", address);
        }
    }

    private void end(Trouble why) {
        if (ended.compareAndSet(false, true)) {
            events.ended(this, why);
        }
    }

    /** What a stream tells its owner. */
    interface Events {

        /**
         * The handshake is done.
         *
         * @param roundTripNanos how long it took
         */
        void welcomed(Stream stream, Reply.Welcome welcome, long logIndex, long roundTripNanos);

        void answered(Stream stream, Pending asked, Reply reply, long logIndex);

        /** A message that answers nothing: an order. */
        void ordered(Stream stream, Reply order);

        /** Told once for each stream that was not finished. An event that is being told on another thread may still come after. */
        void ended(Stream stream, Trouble why);
    }

    private final class Observer implements ClientResponseObserver<ClientMessage, ServerMessage> {

        @Override
        public void beforeStart(ClientCallStreamObserver<ClientMessage> opened) {
            call = opened;
            opened.setOnReadyHandler(Stream.this::flush);
        }

        @Override
        public void onNext(ServerMessage message) {
            receive(message);
        }

        @Override
        public void onError(Throwable failure) {
            breakOff(Trouble.of(address, Status.fromThrowable(failure)));
        }

        @Override
        public void onCompleted() {
            breakOff(new Trouble(Trouble.Kind.NOT_SERVING, address, "it closed the stream", ""));
        }
    }
}
