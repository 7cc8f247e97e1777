package io.dtx.spring.web;

import io.dtx.context.TransactionHeaders;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpServletResponseWrapper;

/**
 * The answer to a request whose XID was dropped. It says so, whatever it says else: a caller that counts on this service's part
 * must not commit, since what is done here stays. To strangers it means nothing, but one of them may have gone through a cache,
 * which must not give their answer to such a caller.
 */
final class OutsideResponse extends HttpServletResponseWrapper {

    private static final String DROPPED = "its " + TransactionHeaders.XID
            + " was dropped, so it ran outside of the transaction; that service's log names the caller that is not in"
            + " dtx.propagation.accept-from";

    OutsideResponse(HttpServletResponse response) {
        super(response);
        say();
    }

    @Override
    public void reset() {
        super.reset();
        say();
    }

    private void say() {
        HttpServletResponse answer = (HttpServletResponse) getResponse();
        answer.setHeader(TransactionHeaders.VETO, TransactionHeaders.vetoValue(DROPPED));
        answer.addHeader("Vary", TransactionHeaders.XID);
    }
}
