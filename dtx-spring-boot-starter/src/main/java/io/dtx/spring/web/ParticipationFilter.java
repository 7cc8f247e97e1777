package io.dtx.spring.web;

import io.dtx.context.CurrentTransaction;
import io.dtx.context.Participation;
import io.dtx.context.TransactionHeaders;
import io.dtx.error.UsageException;
import io.dtx.model.Execution;
import io.dtx.model.Xid;
import io.dtx.spring.propagation.HostRule;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Collections;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.BiPredicate;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.core.Ordered;

/**
 * Takes the XID from a request and binds it for the time of the request. Stands before all other filters, so that whatever
 * they do is inside, and what they make of an error is seen.
 */
public final class ParticipationFilter implements Filter, Ordered {

    private static final Logger LOG = LoggerFactory.getLogger(ParticipationFilter.class);

    /** Some gateways name the port as well. */
    private static final Pattern WITH_PORT = Pattern.compile("(\\d{1,3}(?:\\.\\d{1,3}){3}|\\[[^\\]]*\\]):\\d{1,5}");

    private static final String NO_ADDRESS = "no address";

    private final HostRule callers;
    private final BiFunction<Xid, List<Execution>, Participation> participate;
    private final BiPredicate<Participation, String> veto;
    private final Predicate<HttpServletRequest> errorsVeto;

    /**
     * @param callers whose XID is taken
     * @param participate this process's part in a transaction, from its XID and the executions that led here; refuses XIDs of
     *     another coordinator with a UsageException
     * @param veto tells the coordinator, for this reason; whether it has acknowledged
     * @param errorsVeto whether an error in which a request ends is a veto
     */
    public ParticipationFilter(
            HostRule callers,
            BiFunction<Xid, List<Execution>, Participation> participate,
            BiPredicate<Participation, String> veto,
            Predicate<HttpServletRequest> errorsVeto) {
        this.callers = callers;
        this.participate = participate;
        this.veto = veto;
        this.errorsVeto = errorsVeto;
    }

    @Override
    public int getOrder() {
        return HIGHEST_PRECEDENCE;
    }

    @Override
    public void doFilter(ServletRequest anyRequest, ServletResponse anyResponse, FilterChain chain)
            throws IOException, ServletException {
        if (!(anyRequest instanceof HttpServletRequest request)
                || !(anyResponse instanceof HttpServletResponse response)
                || request.getHeader(TransactionHeaders.XID) == null) {
            chain.doFilter(anyRequest, anyResponse);
            return;
        }
        String stranger = stranger(request);
        if (stranger != null) {
            LOG.warn(
                    "The {} of a request from {} is dropped: the request runs outside of a global transaction, and a caller"
                            + " in one is told to roll it back. {}",
                    TransactionHeaders.XID,
                    stranger,
                    remedy(withoutPort(stranger)));
            chain.doFilter(request, new OutsideResponse(response));
            return;
        }
        Participation participation;
        try {
            participation = participation(request);
        } catch (IllegalArgumentException | UsageException e) {
            refuse(response, e.getMessage());
            return;
        }
        participate(participation, request, response, chain);
    }

    private void participate(
            Participation participation, HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        Verdict verdict = new Verdict(participation, request, veto, errorsVeto);
        HeldResponse held = new HeldResponse(response, verdict);
        CurrentTransaction.Scope scope = CurrentTransaction.bind(participation);
        try {
            chain.doFilter(new ParticipantRequest(request, participation.xid()), held);
            verdict.ended(held);
        } catch (IOException | ServletException | RuntimeException | Error e) {
            verdict.ended(held, e);
            throw e;
        } finally {
            scope.close();
        }
        held.release();
    }

    private Participation participation(HttpServletRequest request) {
        Xid xid = TransactionHeaders.extract(Collections.list(request.getHeaders(TransactionHeaders.XID)));
        if (xid == null) {
            throw new IllegalArgumentException("the header " + TransactionHeaders.XID + " has no value");
        }
        return participate.apply(
                xid, TransactionHeaders.newExecution(Collections.list(request.getHeaders(TransactionHeaders.CALL))));
    }

    /**
     * Who sent the request and may not bring an XID; null if all may. A proxy inside speaks for whom it names: an address
     * outside in its headers is a stranger, too.
     */
    private @Nullable String stranger(HttpServletRequest request) {
        String remote = request.getRemoteAddr(); // as a proxy named it, with a valve of Tomcat's
        if (remote == null) {
            return NO_ADDRESS; // a Unix domain socket, or a connection that is gone
        }
        if (!callers.allows(withoutPort(remote))) {
            return remote;
        }
        for (String value : Collections.list(request.getHeaders("X-Forwarded-For"))) {
            for (String element : value.split(",", -1)) {
                String address = element.strip();
                // Empty elements mean nothing (RFC 9110, 5.6.1).
                if (!address.isEmpty() && !callers.allows(withoutPort(address))) {
                    return address.replaceAll("[^\\x20-\\x7e]", "?");
                }
            }
        }
        return null;
    }

    private String remedy(String stranger) {
        if (stranger.equals(NO_ADDRESS)) {
            return "Without an address, a caller can not be allowed to bring one";
        }
        return callers.excludes(stranger)
                ? "dtx.propagation.accept-from excludes that caller"
                : "If that caller may bring one, set dtx.propagation.accept-from=" + callers.including(stranger);
    }

    private static String withoutPort(String address) {
        Matcher matcher = WITH_PORT.matcher(address);
        return matcher.matches() ? matcher.group(1) : address;
    }

    private static void refuse(HttpServletResponse response, @Nullable String problem) throws IOException {
        String text = "Refused before any work was done: " + problem;
        LOG.warn(text);
        response.setStatus(HttpServletResponse.SC_BAD_REQUEST);
        // The caller counts on this service's part: it must not commit without it.
        response.setHeader(TransactionHeaders.VETO, TransactionHeaders.vetoValue(text));
        response.setContentType("text/plain");
        response.setCharacterEncoding("UTF-8");
        response.getWriter().write(text + "\n");
    }
}
