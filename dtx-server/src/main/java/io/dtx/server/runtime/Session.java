package io.dtx.server.runtime;

import io.dtx.protocol.Reply;

/**
 * One application process, through its stream. Its methods are called from the event loop only, never block and never throw;
 * what is sent after the stream has ended is dropped.
 */
public interface Session {

    /** The application's name, for people. */
    String application();

    /** Unique per start of an application process. */
    String instance();

    /**
     * @param request the number of the request that this answers; 0 for an order of the coordinator's own
     * @param logIndex the index of the log entry that the reply is based on
     */
    void send(long request, long logIndex, Reply reply);

    /** One of its requests has been taken: there is room for another. */
    void taken();

    /** Tells the reason, in answer to this request or to none (0), then ends the stream. */
    void close(long request, Reply.Failure why);
}
