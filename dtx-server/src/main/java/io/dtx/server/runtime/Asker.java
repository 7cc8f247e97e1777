package io.dtx.server.runtime;

import io.dtx.protocol.Reply;

/** Who waits for an answer, and the number of its request. */
record Asker(Session session, long request) {

    void answer(long logIndex, Reply reply) {
        session.send(request, logIndex, reply);
    }
}
