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
 * Between an answer's body and who reads it: if the body breaks off, the call counts as unanswered. So it does if the reader stops
 * before its end, unless the answer's head has told all: a participant lets the beginning of a large answer go while it is still at
 * work, but never the end.
 *
 * <p>Why a reader stops can not be seen here: it has what it wants, it has failed, as at a decoder's limit, or a time-out has given it
 * up; nor does the thread tell that. What an answer of blocking clients does then, to read on until that end, this can not: whoever
 * cancels goes on, and may commit. Where all bytes that were announced have come, there is nothing left to give up.
 */
final class WatchedBody implements CoreSubscriber<DataBuffer>, Subscription {

    private final CoreSubscriber<? super DataBuffer> reader;
    private final OutgoingCall call;
    private final long announced;

    private @Nullable Subscription source;
    /** Of the one thread that hands over parts at a time. */
    private long came;

    private volatile boolean ended;

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
        reader.onNext(part);
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
        if (!ended && call.mayBeAtWork()) {
            call.unanswered(new CancellationException("given up before its end"));
        }
        if (source != null) {
            source.cancel();
        }
    }
}
