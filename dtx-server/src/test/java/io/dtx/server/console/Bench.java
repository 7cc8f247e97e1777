package io.dtx.server.console;

import static org.awaitility.Awaitility.await;

import io.dtx.client.ClientSettings;
import io.dtx.client.CoordinatorClient;
import io.dtx.model.BranchId;
import io.dtx.model.Lock;
import io.dtx.model.LockKey;
import io.dtx.model.LockMode;
import io.dtx.model.Rollback;
import io.dtx.model.RollbackReason;
import io.dtx.model.Xid;
import io.dtx.server.config.RunningServer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A running server with one application and one operator. What tests register on it never meets: tables are their own. */
final class Bench implements AutoCloseable {

    static final String TOKEN = "0perators-s3cret";
    static final String READ_TOKEN = "r3aders-s3cret";

    final Operator operator;
    final CoordinatorClient client;
    private final RunningServer server;

    Bench(Path directory) {
        server = RunningServer.start(
                directory.resolve("data"),
                List.of("--dtx.server.operator-token=" + TOKEN, "--dtx.server.read-token=" + READ_TOKEN));
        operator = new Operator(server.httpPort(), TOKEN);
        client = CoordinatorClient.start(ClientSettings.of("bank", "127.0.0.1:" + server.port()));
        await().atMost(Duration.ofSeconds(20)).until(client::connected);
    }

    Operator operatorWith(String token) {
        return new Operator(server.httpPort(), token);
    }

    Operator operatorWithoutToken() {
        return new Operator(server.httpPort(), null);
    }

    /** An ACTIVE transaction with branch 7, which holds row 1 of {@code table} in the resource of the same name. */
    Xid active(String table) throws Exception {
        Xid xid = client.newXid();
        client.begin(xid, "transfer", Duration.ofMinutes(10));
        client.register(new BranchId(xid, 7), table, List.of(row(table))).get(20, TimeUnit.SECONDS);
        return xid;
    }

    Xid rollingBack(String table) throws Exception {
        Xid xid = active(table);
        client.rollBack(xid, new Rollback(RollbackReason.APPLICATION, "", "out of money"))
                .get(20, TimeUnit.SECONDS);
        return xid;
    }

    /** A transaction that rolls back, and whose branch 7 waits for an operator; the agent's first order must end DIRTY. */
    Xid stalled(ScriptedAgent agent) throws Exception {
        client.attach(agent);
        Xid xid = rollingBack(agent.resource());
        awaitAt(xid, "/stalled", "true");
        return xid;
    }

    void awaitAt(Xid xid, String pointer, String value) {
        await(pointer + " is " + value)
                .atMost(Duration.ofSeconds(20))
                .until(() -> show(xid).at(pointer).equals(value));
    }

    Operator.Answer show(Xid xid) {
        return operator.get("/transactions/" + xid);
    }

    List<String> listed(String query) {
        return operator.get("/transactions" + query)
                .json()
                .path("transactions")
                .valueStream()
                .map(each -> each.path("xid").asString())
                .toList();
    }

    List<String> lockHolders(String query) {
        return operator.get("/locks" + query)
                .json()
                .path("locks")
                .valueStream()
                .map(each -> each.path("xid").asString())
                .toList();
    }

    static String branch(Xid xid, String order) {
        return "/transactions/" + xid + "/branches/7/" + order;
    }

    @Override
    public void close() {
        client.close();
        server.close();
    }

    private static Lock row(String table) {
        return new Lock(LockKey.on(table, "", "", table, "").number("1").build(), LockMode.EXCLUSIVE);
    }
}
