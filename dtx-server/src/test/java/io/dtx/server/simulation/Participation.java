package io.dtx.server.simulation;

import io.dtx.model.Execution;
import io.dtx.model.Xid;
import java.util.List;

/** A process's part in a global transaction. */
final class Participation {

    final Xid xid;
    final List<Execution> executions;
    /** Set before control goes back to an application that may swallow the error. */
    boolean vetoed;
    /** How many branches of calls are accounted for: its own, if it was called, and what the answers to its calls say. */
    int answeredBranches;

    Participation(Xid xid, List<Execution> executions) {
        this.xid = xid;
        this.executions = executions;
    }
}
