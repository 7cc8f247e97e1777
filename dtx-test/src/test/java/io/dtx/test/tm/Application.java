package io.dtx.test.tm;

import io.dtx.client.ClientSettings;
import io.dtx.client.CoordinatorClient;
import io.dtx.client.ResourceAgent;
import io.dtx.model.BranchId;
import io.dtx.model.Lock;
import io.dtx.model.LockKey;
import io.dtx.model.LockMode;
import io.dtx.model.Xid;
import io.dtx.protocol.Reply.ReleaseUndo;
import io.dtx.protocol.Reply.RestoreOrder;
import io.dtx.protocol.Request.RestoreReport;
import io.dtx.protocol.Request.RestoreReport.Result;
import io.dtx.tm.GlobalTransactions;
import io.dtx.tm.TransactionListener;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/** One application process's part: a client, a transaction manager, and one resource without a database behind it. */
final class Application implements ResourceAgent, AutoCloseable {

    final CoordinatorClient client;
    final GlobalTransactions transactions;
    final List<BranchId> restored = new CopyOnWriteArrayList<>();
    final List<BranchId> released = new CopyOnWriteArrayList<>();
    private final String name;

    Application(String name, String address) {
        this(name, address, null);
    }

    Application(String name, String address, @Nullable String token) {
        this.name = name;
        this.client = CoordinatorClient.start(
                new ClientSettings(name, List.of(address), token, Duration.ofMillis(100), Duration.ofSeconds(30)));
        this.transactions = new GlobalTransactions(client, TransactionListener.NONE);
        client.attach(this);
    }

    /** A local transaction that writes the row and has committed. */
    BranchId write(Xid xid, String row) {
        BranchId branch = register(xid, row);
        client.reportCommitted(branch);
        return branch;
    }

    /** A local transaction that is about to commit. */
    BranchId register(Xid xid, String row) {
        BranchId branch = newBranch(xid);
        client.register(branch, resource(), locks(row)).join();
        return branch;
    }

    static BranchId newBranch(Xid xid) {
        return new BranchId(xid, ThreadLocalRandom.current().nextLong(1, Long.MAX_VALUE));
    }

    List<Lock> locks(String row) {
        LockKey key =
                LockKey.on(resource(), name, "", "account_info", "").number(row).build();
        return List.of(new Lock(key, LockMode.EXCLUSIVE));
    }

    @Override
    public String resource() {
        return "resource-of-" + name;
    }

    @Override
    public String label() {
        return "jdbc:none:" + name;
    }

    @Override
    public void attached() {}

    @Override
    public RestoreReport restore(RestoreOrder order) {
        restored.add(order.branch());
        return new RestoreReport(order.branch(), resource(), order.attempt(), Result.RESTORED, "");
    }

    @Override
    public void releaseUndo(ReleaseUndo release) {
        released.addAll(release.branches());
    }

    @Override
    public void close() {
        client.close();
    }
}
