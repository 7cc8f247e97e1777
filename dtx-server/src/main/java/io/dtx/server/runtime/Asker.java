package io.dtx.server.runtime;

import io.dtx.protocol.Reply;

/**
 * Who waits for an answer, and the number of its request.
 *
 * @param sinceNanos when the request was taken, by {@link System#nanoTime}: for measuring only
 */
record Asker(Session session, long request, long sinceNanos) {

    long nanos() {
        return System.nanoTime() - sinceNanos;
    }

    void answer(long logIndex, Reply reply) {
        session.send(request, logIndex, reply);
    }
}
