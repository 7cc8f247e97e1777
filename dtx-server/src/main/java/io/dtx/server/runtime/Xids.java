package io.dtx.server.runtime;

import io.dtx.model.Xid;
import io.dtx.protocol.Request;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Which XIDs a request names. */
final class Xids {

    private Xids() {}

    /** An XID of another cluster that the request names; null if there is none. */
    static @Nullable Xid foreign(Request request, String cluster) {
        for (Xid xid : in(request)) {
            if (!xid.cluster().equals(cluster)) {
                return xid;
            }
        }
        return null;
    }

    private static List<Xid> in(Request request) {
        if (request instanceof Request.Begin begin) {
            return List.of(begin.xid());
        } else if (request instanceof Request.RegisterBranch register) {
            return List.of(register.branch().xid());
        } else if (request instanceof Request.Commit commit) {
            return List.of(commit.xid());
        } else if (request instanceof Request.RollBack rollBack) {
            return List.of(rollBack.xid());
        } else if (request instanceof Request.CheckLocks check) {
            return check.xid() == null ? List.of() : List.of(check.xid());
        } else if (request instanceof Request.AskOutcome ask) {
            return List.of(ask.xid());
        } else if (request instanceof Request.AskUnknown ask) {
            return ask.xids();
        } else if (request instanceof Request.BranchCommitted committed) {
            return List.of(committed.branch().xid());
        } else if (request instanceof Request.RestoreReport report) {
            return List.of(report.branch().xid());
        }
        return List.of();
    }
}
