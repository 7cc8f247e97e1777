package io.dtx.client;

import io.dtx.protocol.Reply;
import io.dtx.protocol.Request;
import io.dtx.protocol.RequestMapping;
import io.dtx.protocol.WireProtocol;
import io.dtx.protocol.wire.ClientMessage;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/** A request that waits for its reply, on whatever stream that comes. Equal only to itself. */
final class Pending {

    private final Request request;
    private final ClientMessage message;
    private final CompletableFuture<Reply> reply = new CompletableFuture<>();
    private volatile @Nullable Future<?> deadline;

    Pending(Request request) {
        this.request = request;
        this.message = RequestMapping.toWire(request).build();
    }

    Request request() {
        return request;
    }

    boolean isDecision() {
        return request instanceof Request.Commit || request instanceof Request.RollBack;
    }

    /** Leaves room for the number. */
    boolean tooLarge() {
        return message.getSerializedSize() > WireProtocol.MAX_MESSAGE_BYTES - 16;
    }

    ClientMessage numbered(long number) {
        return message.toBuilder().setRequest(number).build();
    }

    /** Never completes exceptionally. */
    CompletableFuture<Reply> reply() {
        return reply;
    }

    /** To be cancelled when the reply comes. */
    void deadline(Future<?> timer) {
        deadline = timer;
    }

    /** To be called while no lock is held: what waits for the reply may run at once. */
    void complete(Reply answer) {
        Future<?> timer = deadline;
        if (timer != null) {
            timer.cancel(false);
        }
        reply.complete(answer);
    }
}
