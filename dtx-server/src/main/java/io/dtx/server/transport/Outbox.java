package io.dtx.server.transport;

import io.dtx.protocol.wire.ServerMessage;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * What a stream has to send. While the client reads, messages go straight to gRPC, which joins those that come together into
 * few packets; while it does not, they wait here, up to a limit, and then the stream is ended.
 *
 * <p>gRPC's observer is not thread-safe and is used by the event loop and by the network's threads: one lock, under which
 * nothing blocks (the observer only queues), and no other lock is taken.
 */
final class Outbox {

    static final long MAX_WAITING_BYTES = 4L << 20;

    private final ReentrantLock lock = new ReentrantLock();
    private final ServerCallStreamObserver<ServerMessage> out;
    private final Deque<ServerMessage> waiting = new ArrayDeque<>();
    private long waitingBytes;
    private boolean ended;

    Outbox(ServerCallStreamObserver<ServerMessage> out) {
        this.out = out;
    }

    /** False if the client has not read for so long that the stream was ended. */
    boolean send(ServerMessage message) {
        lock.lock();
        try {
            if (ended || out.isCancelled()) {
                return true;
            }
            if (waiting.isEmpty() && out.isReady()) {
                out.onNext(message);
                return true;
            }
            waiting.add(message);
            waitingBytes += message.getSerializedSize();
            if (waitingBytes <= MAX_WAITING_BYTES) {
                return true;
            }
            drop();
            out.onError(Status.RESOURCE_EXHAUSTED
                    .withDescription("the client does not read what the coordinator sends")
                    .asRuntimeException());
            return false;
        } finally {
            lock.unlock();
        }
    }

    /** The client has read: more may go. */
    void drain() {
        lock.lock();
        try {
            while (!ended && !waiting.isEmpty() && out.isReady()) {
                ServerMessage message = waiting.remove();
                waitingBytes -= message.getSerializedSize();
                out.onNext(message);
            }
        } finally {
            lock.unlock();
        }
    }

    /** Sends what waits, then this, then ends. */
    void end(@Nullable ServerMessage last) {
        lock.lock();
        try {
            if (ended) {
                return;
            }
            if (!out.isCancelled()) {
                waiting.forEach(out::onNext);
                if (last != null) {
                    out.onNext(last);
                }
                out.onCompleted();
            }
            drop();
        } finally {
            lock.unlock();
        }
    }

    private void drop() {
        ended = true;
        waiting.clear();
        waitingBytes = 0;
    }
}
