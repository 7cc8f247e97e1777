package io.dtx.server.log;

/** Hears of changes of leadership, from the log's own threads, one call at a time: must return quickly. */
public interface Leadership {

    /** This node leads and has applied every entry of its predecessors: requests may be taken. */
    void gained();

    /**
     * This node does not lead (any more).
     *
     * @param leader the id of the node that does; empty if not known
     */
    void lost(String leader);

    /** The log can not go on (its disk failed, say): the process must stop serving. */
    void failed(Throwable cause);
}
