package io.dtx.server.runtime;

import io.dtx.model.Execution;
import io.dtx.model.Xid;
import io.dtx.server.runtime.Deadlines.Deadline;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What the leader keeps in mind of one undecided transaction. */
final class ActiveTransaction {

    final Xid xid;
    /** When it was created, in milliseconds of the loop's clock. */
    final long createdAt;

    /** Registered branches in order of registration, by number. */
    final Map<Long, Member> branches = new LinkedHashMap<>();
    /**
     * Branches whose local commit is known to have returned success, and who said so last; a report may come before the
     * registration's result.
     */
    final Map<Long, Session> reported = new HashMap<>();
    /** Who waits for the decision to commit. */
    final List<Asker> commits = new ArrayList<>();

    /** How many branches of calls the answers account for, as who waits has said; the least of it. */
    int answeredBranches = Integer.MAX_VALUE;
    /** Whose answers these are: the application that asked for the commit last. */
    String commitAsker = "";

    boolean commitInFlight;

    @Nullable Deadline timeout;

    @Nullable Deadline giveUpCommit;

    ActiveTransaction(Xid xid, long createdAt) {
        this.xid = xid;
        this.createdAt = createdAt;
    }

    boolean allReported() {
        return reported.keySet().containsAll(branches.keySet());
    }

    /** Those that were registered in the name of a call. */
    List<Member> called() {
        return branches.values().stream().filter(Member::called).toList();
    }

    void cancelTimers() {
        if (timeout != null) {
            timeout.cancel();
        }
        if (giveUpCommit != null) {
            giveUpCommit.cancel();
        }
    }

    /**
     * Where a branch lives.
     *
     * @param called whether it was registered in the name of a call
     */
    record Member(String resource, String application, boolean called) {

        /** @param executions in the name of which it was registered; empty for in that of no call */
        static Member of(String resource, String application, List<Execution> executions) {
            return new Member(resource, application, !executions.isEmpty());
        }
    }
}
