package io.dtx.server.runtime;

import io.dtx.protocol.Reply;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** An application's stream as the coordinator sees it: keeps what it is told. */
class RecordedSession implements Session {

    /** By the request's number. */
    final Map<Long, Reply> answers = new HashMap<>();

    Reply.@Nullable Failure closedWith;

    @Override
    public String application() {
        return "app";
    }

    @Override
    public String instance() {
        return "i" + System.identityHashCode(this);
    }

    @Override
    public void send(long request, long logIndex, Reply reply) {
        answers.put(request, reply);
    }

    @Override
    public void taken() {}

    @Override
    public void close(long request, Reply.Failure why) {
        closedWith = why;
    }
}
