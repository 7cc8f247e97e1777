package io.dtx.benchmarks.coordinator.dtx;

import io.dtx.benchmarks.coordinator.client.Transactions;
import io.dtx.client.ClientSettings;
import io.dtx.client.CoordinatorClient;
import io.dtx.client.ResourceAgent;
import io.dtx.model.BranchId;
import io.dtx.model.Lock;
import io.dtx.model.LockKey;
import io.dtx.model.LockMode;
import io.dtx.model.Outcome;
import io.dtx.model.TransactionStatus;
import io.dtx.model.Xid;
import io.dtx.protocol.Reply.ReleaseUndo;
import io.dtx.protocol.Reply.RestoreOrder;
import io.dtx.protocol.Request.RestoreReport;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;

/** Through dtx's own client, as its resource managers use it. */
public final class DtxTransactions implements Transactions {

    private static final String BANK1 = "01JD5Z0000000000000000BANK1";
    private static final String BANK2 = "01JD5Z0000000000000000BANK2";

    private final CoordinatorClient client;
    private final AtomicLong released = new AtomicLong();

    public DtxTransactions(String addresses, int number) {
        client = CoordinatorClient.start(ClientSettings.of("benchmark" + number, addresses.split(",")));
        client.attach(new Bank(BANK1));
        client.attach(new Bank(BANK2));
    }

    @Override
    public void run(long number) throws ExecutionException, InterruptedException {
        Xid xid = client.newXid();
        client.begin(xid, "transfer", Duration.ofSeconds(60));
        branch(xid, BANK1, "bank1", number);
        branch(xid, BANK2, "bank2", number);
        Outcome outcome = client.commit(xid).get();
        if (outcome.status() != TransactionStatus.COMMITTED) {
            throw new IllegalStateException(outcome.toString());
        }
    }

    private void branch(Xid xid, String resource, String database, long account)
            throws ExecutionException, InterruptedException {
        BranchId branch = new BranchId(xid, ThreadLocalRandom.current().nextLong(1, Long.MAX_VALUE));
        client.register(branch, resource, List.of(lock(resource, database, account)))
                .get();
        client.reportCommitted(branch);
    }

    private static Lock lock(String resource, String database, long account) {
        return new Lock(
                LockKey.on(resource, database, "", "account_info", "")
                        .text(Long.toString(account))
                        .build(),
                LockMode.EXCLUSIVE);
    }

    @Override
    public void hold(long number, int locks) throws ExecutionException, InterruptedException {
        Xid xid = client.newXid();
        client.begin(xid, "held", Duration.ofHours(1));
        List<Lock> held = new ArrayList<>(locks);
        for (int i = 0; i < locks; i++) {
            held.add(lock(BANK1, "held", number * 1_000 + i));
        }
        client.register(new BranchId(xid, ThreadLocalRandom.current().nextLong(1, Long.MAX_VALUE)), BANK1, held)
                .get();
    }

    @Override
    public long released() {
        return released.get();
    }

    private final class Bank implements ResourceAgent {

        private final String resource;

        Bank(String resource) {
            this.resource = resource;
        }

        @Override
        public String resource() {
            return resource;
        }

        @Override
        public String label() {
            return "jdbc:none:" + resource;
        }

        @Override
        public void attached() {}

        @Override
        public RestoreReport restore(RestoreOrder order) {
            return new RestoreReport(
                    order.branch(), resource, order.attempt(), RestoreReport.Result.RESTORED, "nothing to restore");
        }

        @Override
        public void releaseUndo(ReleaseUndo release) {
            released.addAndGet(release.branches().size());
        }
    }
}
