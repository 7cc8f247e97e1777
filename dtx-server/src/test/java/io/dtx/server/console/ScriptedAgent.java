package io.dtx.server.console;

import io.dtx.client.ResourceAgent;
import io.dtx.protocol.Reply.ReleaseUndo;
import io.dtx.protocol.Reply.RestoreOrder;
import io.dtx.protocol.Request.RestoreReport;
import io.dtx.protocol.Request.RestoreReport.Result;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;

/** A resource manager without a database: each order ends as the test says, which the order waits for. */
final class ScriptedAgent implements ResourceAgent {

    static final String DIFFERENCE = "account(1): balance is 90, was written as 70";

    final List<RestoreOrder> orders = new CopyOnWriteArrayList<>();
    private final String resource;
    private final List<CompletableFuture<Result>> ends =
            List.of(new CompletableFuture<>(), new CompletableFuture<>(), new CompletableFuture<>());

    ScriptedAgent(String resource) {
        this.resource = resource;
    }

    /** How the n-th order ends, from 1. */
    ScriptedAgent ends(int n, Result result) {
        ends.get(n - 1).complete(result);
        return this;
    }

    @Override
    public String resource() {
        return resource;
    }

    @Override
    public String label() {
        return "jdbc:scripted";
    }

    @Override
    public void attached() {}

    @Override
    public RestoreReport restore(RestoreOrder order) {
        orders.add(order);
        Result result = ends.get(orders.size() - 1).join();
        return new RestoreReport(
                order.branch(), resource, order.attempt(), result, result == Result.DIRTY ? DIFFERENCE : "");
    }

    @Override
    public void releaseUndo(ReleaseUndo release) {}
}
