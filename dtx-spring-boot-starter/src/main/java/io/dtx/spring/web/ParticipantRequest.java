package io.dtx.spring.web;

import io.dtx.error.UsageException;
import io.dtx.model.Xid;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;

/**
 * A request that works for a global transaction. It does not go on after its thread has returned: work on other threads
 * would not be in the transaction, and would stay when the transaction rolls back.
 */
final class ParticipantRequest extends HttpServletRequestWrapper {

    private final Xid xid;

    ParticipantRequest(HttpServletRequest request, Xid xid) {
        super(request);
        this.xid = xid;
    }

    @Override
    public AsyncContext startAsync() {
        throw refused();
    }

    @Override
    public AsyncContext startAsync(ServletRequest request, ServletResponse response) {
        throw refused();
    }

    private UsageException refused() {
        return new UsageException(
                xid,
                getMethod() + " " + getRequestURI()
                        + " is handled asynchronously (it returns a future, a reactive type, a"
                        + " Callable or a stream), which can not take part in global transaction " + xid
                        + ". Return the plain value, or let the caller call it outside of the global transaction.");
    }
}
