package io.dtx.server.runtime;

import io.dtx.model.BranchId;
import io.dtx.protocol.Reply.ReleaseUndo;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Tells resources which undo rows may go: what is committed within a short time goes in one message, to one of the attached
 * processes. Best effort: what is lost with a process, or with this leader, is found by the sweep of the resource manager.
 */
final class Releases {

    /** Each message is a DELETE with a commit of its own: a few rows more or less cost next to nothing. */
    private static final long GATHER_MILLIS = 100;

    private static final int MAX_BRANCHES = 500;

    private final Resources resources;
    private final Deadlines deadlines;
    private final Map<String, List<BranchId>> gathered = new HashMap<>();

    Releases(Resources resources, Deadlines deadlines) {
        this.resources = resources;
        this.deadlines = deadlines;
    }

    void add(String resource, BranchId branch, long now, long logIndex) {
        List<BranchId> branches = gathered.get(resource);
        if (branches == null) {
            branches = new ArrayList<>();
            gathered.put(resource, branches);
            deadlines.at(now + GATHER_MILLIS, () -> send(resource, logIndex));
        }
        branches.add(branch);
        if (branches.size() >= MAX_BRANCHES) {
            send(resource, logIndex);
        }
    }

    private void send(String resource, long logIndex) {
        List<BranchId> branches = gathered.remove(resource);
        Session session = resources.next(resource, null);
        if (branches != null && session != null) {
            session.send(0, logIndex, new ReleaseUndo(resource, branches));
        }
    }
}
