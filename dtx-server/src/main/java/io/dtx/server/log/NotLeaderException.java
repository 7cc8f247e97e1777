package io.dtx.server.log;

/** The command was not taken since this node does not lead; or it is not known whether it was, and may be sent again. */
public final class NotLeaderException extends RuntimeException {

    private static final long serialVersionUID = 1;

    private final String leader;

    /** @param leader the id of the node that leads; empty if not known */
    public NotLeaderException(String leader) {
        super(leader.isEmpty() ? "this node does not lead" : "this node does not lead, " + leader + " does");
        this.leader = leader;
    }

    public String leader() {
        return leader;
    }
}
