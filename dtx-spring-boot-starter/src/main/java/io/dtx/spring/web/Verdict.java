package io.dtx.spring.web;

import io.dtx.context.Participation;
import io.dtx.context.TransactionHeaders;
import io.dtx.context.Unended;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.util.OptionalInt;
import java.util.function.BiPredicate;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether a request that worked for a global transaction ended in an error. Where it did, the coordinator knows before the
 * answer leaves, or the answer says so itself.
 */
final class Verdict {

    /** The request attribute that holds an exception which left the handler, whoever handled it later. */
    static final String HANDLER_ERROR = Verdict.class.getName() + ".handlerError";

    private static final Logger LOG = LoggerFactory.getLogger(Verdict.class);

    private final Participation participation;
    private final HttpServletRequest request;
    private final BiPredicate<Participation, String> veto;
    private final Predicate<HttpServletRequest> errorsVeto;
    private boolean vetoed;

    Verdict(
            Participation participation,
            HttpServletRequest request,
            BiPredicate<Participation, String> veto,
            Predicate<HttpServletRequest> errorsVeto) {
        this.participation = participation;
        this.request = request;
        this.veto = veto;
        this.errorsVeto = errorsVeto;
    }

    /** Before the answer's head is settled as this status, while the request may still be at work. */
    void beforeCommit(HeldResponse response, int status) throws IOException {
        deliver(reason(status, false), response);
    }

    /** The request has ended with an answer. */
    void ended(HeldResponse response) throws IOException {
        deliver(reason(response.getStatus(), true), response);
        markAsOwn(response, response.getStatus());
        response.branches(participation.answeredBranches());
    }

    /** The request has ended with an error that the container will answer. */
    void ended(HeldResponse response, Throwable error) {
        String reason = errorsVeto.test(request) ? where() + ": " + describe(error) : unfinished(true);
        if (reason != null && !vetoed && !send(reason) && !response.headIsSettled()) {
            response.setHeader(TransactionHeaders.VETO, TransactionHeaders.vetoValue(reason));
        }
        markAsOwn(response, HeldResponse.SC_INTERNAL_SERVER_ERROR);
        response.branches(participation.answeredBranches());
    }

    /** What the answer's head says of this number of branches. */
    String branches(OptionalInt number) {
        return TransactionHeaders.branchesValue(participation, number);
    }

    /**
     * Not earlier: an error's head that left while the request was at work would speak for work that may yet be broken off. Other
     * answers stay without: a gateway that fails on one may put its headers on an error of its own. So does one with a veto, and
     * one whose work is still open.
     */
    private void markAsOwn(HeldResponse response, int status) {
        if (status >= 500
                && !response.headIsSettled()
                && !response.containsHeader(TransactionHeaders.VETO)
                && !participation.isAtWork()) {
            response.setHeader(TransactionHeaders.ENDED, "yes");
        }
    }

    private void deliver(@Nullable String reason, HeldResponse response) throws IOException {
        if (reason == null || vetoed || send(reason)) {
            return;
        }
        if (response.headIsSettled()) {
            // Neither the coordinator nor the answer's head can say it: an answer that breaks off can.
            throw new IOException("The answer is cut off, since " + participation.xid()
                    + " must roll back and the coordinator could not be told: " + reason);
        }
        response.setHeader(TransactionHeaders.VETO, TransactionHeaders.vetoValue(reason));
    }

    private boolean send(String reason) {
        vetoed = true;
        LOG.warn("Vetoed global transaction {}: {}", participation.xid(), reason);
        return veto.test(participation, reason);
    }

    /**
     * In this order: at the end no capture is open, or that is the reason; and one that has ended had said before whether it
     * wrote. Earlier one may be open that has not written yet: then the end judges again.
     */
    private @Nullable String reason(int status, boolean atEnd) {
        String unfinished = unfinished(atEnd);
        if (unfinished != null) {
            return unfinished;
        }
        String error = error(status);
        return error != null && errorsVeto.test(request) ? error : null;
    }

    /** What this process knows against the transaction, whether or not the request ends in an error. */
    private @Nullable String unfinished(boolean atEnd) {
        return atEnd ? participation.objection(veto -> veto, this::unended) : participation.vetoed();
    }

    private String unended(Unended what) {
        return where()
                + switch (what) {
                    case TASKS -> " ended while work that it had handed to another thread had not";
                    case CALL -> " ended while a call that it had made on another thread had no answer yet";
                    case LOCAL_TRANSACTION -> " ended with a local transaction still open";
                };
    }

    private @Nullable String error(int status) {
        boolean wrote = participation.wrote() || participation.othersMayHaveWritten();
        boolean harmless = status >= 400 && status < 500 && !wrote;
        if (request.getAttribute(HANDLER_ERROR) instanceof Throwable error && !harmless) {
            return where() + ": " + describe(error);
        }
        if (status >= 500) {
            return where() + " answered " + status;
        }
        return status >= 400 && !harmless
                ? where() + " answered " + status + " after it had written, or had others write"
                : null;
    }

    private String where() {
        return request.getMethod() + " " + request.getRequestURI();
    }

    private static String describe(Throwable error) {
        Throwable root =
                error instanceof ServletException wrapper && wrapper.getCause() != null ? wrapper.getCause() : error;
        String name = root.getClass().getSimpleName();
        return root.getMessage() == null ? name : name + ": " + root.getMessage();
    }
}
