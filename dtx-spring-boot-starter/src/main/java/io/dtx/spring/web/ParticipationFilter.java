package io.dtx.spring.web;

import io.dtx.context.CurrentTransaction;
import io.dtx.context.Participation;
import io.dtx.model.Xid;
import io.dtx.spring.propagation.Headers;
import io.dtx.spring.propagation.HostRule;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.function.Supplier;
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

    private final HostRule callers;
    private final Supplier<@Nullable String> cluster;
    private final Vetoes vetoes;

    /**
     * @param callers whose XID is taken
     * @param cluster the id of the coordinator cluster; null as long as none was ever connected
     */
    public ParticipationFilter(HostRule callers, Supplier<@Nullable String> cluster, Vetoes vetoes) {
        this.callers = callers;
        this.cluster = cluster;
        this.vetoes = vetoes;
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
                || request.getHeader(Headers.XID) == null) {
            chain.doFilter(anyRequest, anyResponse);
            return;
        }
        String stranger = stranger(request);
        if (stranger != null) {
            LOG.warn(
                    "The {} of a request from {} is dropped: the request runs outside of a global transaction. If that"
                            + " caller may bring one, add it to dtx.propagation.accept-from",
                    Headers.XID,
                    stranger);
            chain.doFilter(request, response);
            return;
        }
        Xid xid;
        try {
            xid = xid(request);
        } catch (IllegalArgumentException e) {
            refuse(response, e.getMessage());
            return;
        }
        participate(new Participation(xid), request, response, chain);
    }

    private void participate(
            Participation participation, HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        Verdict verdict = new Verdict(participation, request, vetoes);
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

    private Xid xid(HttpServletRequest request) {
        List<String> values = Collections.list(request.getHeaders(Headers.XID));
        if (values.size() != 1) {
            throw new IllegalArgumentException(
                    "the request has " + values.size() + " headers '" + Headers.XID + "'; send one");
        }
        Xid xid = Xid.parse(values.get(0));
        String own = cluster.get();
        if (own != null && !own.equals(xid.cluster())) {
            throw new IllegalArgumentException("the global transaction " + xid + " belongs to the coordinator cluster "
                    + xid.cluster() + ", but this service works with " + own
                    + ": point both services at the same coordinator (dtx.coordinator.addresses)");
        }
        return xid;
    }

    /**
     * Who sent the request and may not bring an XID; null if all may. A proxy inside speaks for whom it names: an address
     * outside in its headers is a stranger, too.
     */
    private @Nullable String stranger(HttpServletRequest request) {
        if (!callers.allows(request.getRemoteAddr())) {
            return request.getRemoteAddr();
        }
        return Collections.list(request.getHeaders("X-Forwarded-For")).stream()
                .flatMap(value -> Arrays.stream(value.split(",", -1)))
                .map(String::strip)
                .filter(address -> !callers.allows(address))
                .findFirst()
                .map(address -> address.replaceAll("[^\\x20-\\x7e]", "?"))
                .orElse(null);
    }

    private static void refuse(HttpServletResponse response, @Nullable String problem) throws IOException {
        String text = "Refused before any work was done: " + problem;
        LOG.warn(text);
        response.setStatus(HttpServletResponse.SC_BAD_REQUEST);
        // The caller counts on this service's part: it must not commit without it.
        response.setHeader(Headers.VETO, Headers.veto(text));
        response.setContentType("text/plain");
        response.setCharacterEncoding("UTF-8");
        response.getWriter().write(text + "\n");
    }
}
