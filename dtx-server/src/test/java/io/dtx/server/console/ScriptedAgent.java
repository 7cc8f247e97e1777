package io.dtx.server.console;

import io.dtx.client.ResourceAgent;
import io.dtx.model.Differences;
import io.dtx.model.RowDifference;
import io.dtx.model.RowDifference.Cell;
import io.dtx.model.RowDifference.Contents;
import io.dtx.model.RowDifference.What;
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

    static final String FAILURE = "ERROR: permission denied for table account";

    /** One row with its values, one without, and one that is only counted. */
    static final Differences DIFFERENCES = new Differences(
            3,
            List.of(
                    new RowDifference(
                            "account",
                            "id=1",
                            What.CHANGED,
                            List.of("balance"),
                            new Contents(
                                    List.of(new Cell("balance", "100"), new Cell("note", null)),
                                    List.of(new Cell("balance", "70"), new Cell("note", "mine")),
                                    List.of(new Cell("balance", "90"), new Cell("note", "mine")))),
                    new RowDifference("entry", "id=7", What.MISSING, List.of(), null)));

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
        boolean dirty = result == Result.DIRTY;
        return new RestoreReport(
                order.branch(),
                resource,
                order.attempt(),
                result,
                dirty ? DIFFERENCE : result == Result.FAILED ? FAILURE : "",
                dirty ? DIFFERENCES : Differences.NONE);
    }

    @Override
    public void releaseUndo(ReleaseUndo release) {}
}
