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
 * few packets; while it does not, they wait here, up to a limit of the stream's and one of all streams, and then the stream is
 * ended.
 *
 * <p>gRPC's observer is not thread-safe and is used by the event loop and by the network's threads: one lock, under which
 * nothing blocks (the observer only queues), and no other lock is taken.
 */
final class Outbox {

    static final long MAX_WAITING_BYTES = 4L << 20;

    private final ReentrantLock lock = new ReentrantLock();
    private final ServerCallStreamObserver<ServerMessage> out;
    private final Unread unread;
    private final Deque<ServerMessage> waiting = new ArrayDeque<>();
    private long waitingBytes;
    /** Nothing is added any more; what waits still goes. */
    private boolean ending;

    private boolean ended;

    Outbox(ServerCallStreamObserver<ServerMessage> out, Unread unread) {
        this.out = out;
        this.unread = unread;
    }

    /** False if the client has not read for so long that the stream was ended. */
    boolean send(ServerMessage message) {
        lock.lock();
        try {
            if (ending || ended || out.isCancelled()) {
                return true;
            }
            if (waiting.isEmpty() && out.isReady()) {
                out.onNext(message);
                return true;
            }
            if (add(message)) {
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
                long size = message.getSerializedSize();
                waitingBytes -= size;
                unread.less(size);
                out.onNext(message);
            }
            if (ending && !ended && waiting.isEmpty()) {
                ended = true;
                out.onCompleted();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Sends what waits, then this, then ends: as fast as the client reads. */
    void end(@Nullable ServerMessage last) {
        lock.lock();
        try {
            if (ending || ended || out.isCancelled()) {
                return;
            }
            ending = true;
            if (last != null) {
                boolean unused = add(last);
            }
            drain();
        } finally {
            lock.unlock();
        }
    }

    /** There is nobody any more who would read. */
    void drop() {
        lock.lock();
        try {
            ended = true;
            waiting.clear();
            unread.less(waitingBytes);
            waitingBytes = 0;
        } finally {
            lock.unlock();
        }
    }

    /** False if it is too much. */
    private boolean add(ServerMessage message) {
        long size = message.getSerializedSize();
        waiting.add(message);
        waitingBytes += size;
        return unread.more(size, waitingBytes) && waitingBytes <= MAX_WAITING_BYTES;
    }
}
