package io.dtx.server.process;

import io.dtx.client.ResourceAgent;
import io.dtx.model.Xid;
import io.dtx.protocol.Reply.ReleaseUndo;
import io.dtx.protocol.Reply.RestoreOrder;
import io.dtx.protocol.Request.RestoreReport;
import io.dtx.protocol.Request.RestoreReport.Result;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** An application that says what a test wants of each restore. */
final class Restorer implements ResourceAgent {

    final AtomicLong asked = new AtomicLong();
    volatile Result result;
    /** The one transaction whose restores fail, whatever the result for others. */
    volatile @Nullable Xid failing;

    private final String resource;

    Restorer(String resource, Result result) {
        this.resource = resource;
        this.result = result;
    }

    @Override
    public String resource() {
        return resource;
    }

    @Override
    public String label() {
        return "label";
    }

    @Override
    public void attached() {}

    @Override
    public RestoreReport restore(RestoreOrder order) {
        asked.incrementAndGet();
        Result one = order.branch().xid().equals(failing) ? Result.FAILED : result;
        return new RestoreReport(order.branch(), resource, order.attempt(), one, "");
    }

    @Override
    public void releaseUndo(ReleaseUndo release) {}
}
