package io.dtx.server.runtime;

import io.dtx.model.BranchId;
import io.dtx.protocol.Reply.ReleaseUndo;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Tells resources which undo rows may go: what one process has committed within a short time goes in one message, to that
 * process, or to another that is attached if it is gone. It remembers its reports until it hears of the decision, and this is how
 * it does. Best effort: what is lost with a process, or with this leader, is found by the sweep of the resource manager.
 */
final class Releases {

    /** Each message is a DELETE with a commit of its own: a few rows more or less cost next to nothing. */
    private static final long GATHER_MILLIS = 100;
    /** From here on the messages become more with the processes: undo rows are not to stay much longer. */
    private static final int MOST_PROCESSES = 20;

    private static final int MAX_BRANCHES = 500;

    private final Resources resources;
    private final Deadlines deadlines;
    private final Map<Addressee, List<BranchId>> gathered = new HashMap<>();

    Releases(Resources resources, Deadlines deadlines) {
        this.resources = resources;
        this.deadlines = deadlines;
    }

    /** @param reporter who reported the branch's local commit; null if that is not known */
    void add(String resource, @Nullable Session reporter, BranchId branch, long now, long logIndex) {
        Addressee addressee = new Addressee(resource, reporter);
        List<BranchId> branches = gathered.get(addressee);
        if (branches == null) {
            branches = new ArrayList<>();
            gathered.put(addressee, branches);
            deadlines.at(now + gatherMillis(resource), () -> send(addressee, logIndex));
        }
        branches.add(branch);
        if (branches.size() >= MAX_BRANCHES) {
            send(addressee, logIndex);
        }
    }

    /** Longer where there are several processes, so that their database gets no more messages for it. */
    private long gatherMillis(String resource) {
        return GATHER_MILLIS * Math.max(1, Math.min(resources.processes(resource), MOST_PROCESSES));
    }

    private void send(Addressee addressee, long logIndex) {
        List<BranchId> branches = gathered.remove(addressee);
        if (branches == null) {
            return;
        }
        String resource = addressee.resource;
        Session reporter = addressee.reporter;
        Session session =
                reporter != null && resources.serves(resource, reporter) ? reporter : resources.next(resource);
        if (session != null) {
            session.send(0, logIndex, new ReleaseUndo(resource, branches));
        }
    }

    private record Addressee(String resource, @Nullable Session reporter) {}
}
