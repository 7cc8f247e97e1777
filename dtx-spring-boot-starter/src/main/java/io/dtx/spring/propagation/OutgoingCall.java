package io.dtx.spring.propagation;

import io.dtx.context.Participation;
import io.dtx.context.TransactionHeaders;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One call that carries an XID. {@link #answered} or {@link #unanswered} is told before control returns to
 * the application, which may swallow any error: what is not known to have failed cleanly must not be committed (T1).
 */
public final class OutgoingCall {

    private static final int BAD_GATEWAY = 502;
    private static final int GATEWAY_TIMEOUT = 504;
    /** RFC 9110's safe methods. */
    private static final Set<String> READING = Set.of("GET", "HEAD", "OPTIONS", "TRACE");

    private final Participation participation;
    private final String what;
    private final boolean mayWrite;
    private final @Nullable String id;
    private final Supplier<String> without;
    private final Runnable withoutPart;
    private final AtomicBoolean open = new AtomicBoolean(true);
    private volatile boolean mayBeAtWork;

    /**
     * @param uri for people
     * @param without what {@code dtx.propagation.hosts} is to be where the host called must not see an XID
     * @param withoutPart told of an answer to a call that may have written, of 2xx, by something that does not take part
     */
    OutgoingCall(
            Participation participation, String method, String uri, Supplier<String> without, Runnable withoutPart) {
        this.participation = participation;
        this.what = method + " " + uri;
        this.without = without;
        this.withoutPart = withoutPart;
        this.mayWrite = !READING.contains(method);
        this.id = TransactionHeaders.newCall(participation);
        participation.callStarted();
    }

    /** Hands the headers that the call carries, each name once, to what sets headers: in place of any of these names. */
    public void headers(BiConsumer<String, String> setter) {
        setter.accept(TransactionHeaders.XID, participation.xid().toString());
        if (id != null) {
            setter.accept(TransactionHeaders.CALL, id);
        }
    }

    /**
     * The answer's head is there.
     *
     * @param header the first value of the answer's header of this name; null for none
     */
    public void answered(int status, Function<String, @Nullable String> header) {
        String branches = header.apply(TransactionHeaders.BRANCHES);
        participation.callAnswered(TransactionHeaders.answeredBranches(branches, id));
        mayBeAtWork = TransactionHeaders.mayBeAtWork(branches, id);
        String veto = header.apply(TransactionHeaders.VETO);
        if (veto != null) {
            participation.veto(what + " vetoed: " + TransactionHeaders.vetoValue(veto));
        } else if (status >= BAD_GATEWAY && status <= GATEWAY_TIMEOUT) {
            // A gateway's word for "no answer", perhaps passed on: behind it the call may still be at work.
            participation.veto(what + " was answered " + status + ", so it may still be at work");
        } else if (status >= 500 && header.apply(TransactionHeaders.ENDED) == null) {
            // Some gateways say 500 where others say 502. A service without dtx can not be told from them.
            participation.veto(what + " was answered " + status
                    + " by something that does not take part in the transaction, perhaps a gateway, so it may still be at"
                    + " work. If the service itself does not use dtx, keep it out: dtx.propagation.hosts="
                    + without.get());
        } else if (mayWrite && (status < 400 || status >= 500)) {
            // A participant that answers 4xx has vetoed by itself, or written nothing.
            participation.calledToWrite();
            if (status >= 200 && status < 300 && branches == null) {
                withoutPart.run();
            }
        }
        end();
    }

    /**
     * Whether its answer's head says that a participant may have let it go while it was at work: then only the body's end says that
     * it is done. False before that head is there.
     */
    public boolean mayBeAtWork() {
        return mayBeAtWork;
    }

    /** No answer, or not all of it. */
    public void unanswered(Throwable error) {
        String message = error.getMessage() == null ? "" : ": " + error.getMessage();
        participation.veto(what + " ended without an answer ("
                + error.getClass().getSimpleName() + message + "), so it may still be at work");
        end();
    }

    /** Nobody waits for the answer any more; without effect once it is there. */
    public void givenUp() {
        if (open.get()) {
            unanswered(new CancellationException("given up"));
        }
    }

    private void end() {
        if (open.getAndSet(false)) {
            participation.callEnded();
        }
    }
}
