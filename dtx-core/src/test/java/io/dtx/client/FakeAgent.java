package io.dtx.client;

import io.dtx.protocol.Reply.ReleaseUndo;
import io.dtx.protocol.Reply.RestoreOrder;
import io.dtx.protocol.Request.RestoreReport;
import io.dtx.protocol.Request.RestoreReport.Result;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/** Reports every branch restored, and keeps what it was told to release. */
class FakeAgent implements ResourceAgent {

    final BlockingQueue<ReleaseUndo> released = new LinkedBlockingQueue<>();
    final BlockingQueue<String> threads = new LinkedBlockingQueue<>();
    private final String resource;

    FakeAgent(String resource) {
        this.resource = resource;
    }

    @Override
    public String resource() {
        return resource;
    }

    @Override
    public String label() {
        return "label of " + resource;
    }

    @Override
    public void attached() {}

    @Override
    public RestoreReport restore(RestoreOrder order) {
        threads.add(Thread.currentThread().getName());
        return new RestoreReport(
                order.branch(), resource, order.attempt(), order.skip() ? Result.SKIPPED : Result.RESTORED, "");
    }

    @Override
    public void releaseUndo(ReleaseUndo release) {
        threads.add(Thread.currentThread().getName());
        released.add(release);
    }
}
