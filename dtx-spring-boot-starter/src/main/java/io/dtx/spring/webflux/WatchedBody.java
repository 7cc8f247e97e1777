package io.dtx.spring.webflux;

import io.dtx.spring.propagation.OutgoingCall;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import org.springframework.core.io.buffer.DataBuffer;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Operators;
import reactor.util.context.Context;

/**
 * Between an answer's body and who reads it: if the body breaks off, or is given up before its end, as by a time-out, the call
 * counts as unanswered. A participant lets the beginning of a large answer go while it is still at work, but never the end.
 *
 * <p>Where all bytes that were announced have come, there is nothing left to give up. A reader that cancels while it is handed a
 * part may have what it wants of the body, or want nothing of it, as a blocking one that closes the stream; or it has failed, as at a
 * decoder's limit. That can not be seen here, but does not matter where the participant has held back the whole answer: so of one
 * that is longer, the end counts, unless the head says that it was done before.
 */
final class WatchedBody implements CoreSubscriber<DataBuffer>, Subscription {

    private final CoreSubscriber<? super DataBuffer> reader;
    private final OutgoingCall call;
    private final long announced;

    private @Nullable Subscription source;
    /** Of the one thread that hands over parts at a time. */
    private long came;

    private volatile boolean ended;
    private volatile @Nullable Thread handingOver;

    private WatchedBody(CoreSubscriber<? super DataBuffer> reader, long announced, OutgoingCall call) {
        this.reader = reader;
        this.announced = announced;
        this.call = call;
        this.ended = announced == 0;
    }

    /** @param announced the answer's content length in bytes; negative if it is not known */
    static Flux<DataBuffer> of(Flux<DataBuffer> body, long announced, OutgoingCall call) {
        return body.transform(
                Operators.<DataBuffer, DataBuffer>lift((source, reader) -> new WatchedBody(reader, announced, call)));
    }

    @Override
    public Context currentContext() {
        return reader.currentContext();
    }

    @Override
    public void onSubscribe(Subscription subscription) {
        source = subscription;
        reader.onSubscribe(this);
    }

    @Override
    public void onNext(DataBuffer part) {
        came += part.readableByteCount();
        if (announced >= 0 && came >= announced) {
            ended = true;
        }
        handingOver = Thread.currentThread();
        try {
            reader.onNext(part);
        } finally {
            handingOver = null;
        }
    }

    /** Reading a body twice is an IllegalStateException, and no sign of a broken answer. */
    @Override
    public void onError(Throwable error) {
        ended = true;
        if (!(error instanceof IllegalStateException)) {
            call.unanswered(error);
        }
        reader.onError(error);
    }

    @Override
    public void onComplete() {
        ended = true;
        reader.onComplete();
    }

    @Override
    public void request(long parts) {
        if (source != null) {
            source.request(parts);
        }
    }

    /** The veto first: who gives up goes on when this returns. */
    @Override
    public void cancel() {
        boolean hasWhatItWants = handingOver == Thread.currentThread()
                && (!call.mayBeAtWork() || Math.max(came, announced) <= OutgoingCall.MOST_HELD_BYTES);
        if (!ended && !hasWhatItWants) {
            call.unanswered(new CancellationException("given up before its end"));
        }
        if (source != null) {
            source.cancel();
        }
    }
}
