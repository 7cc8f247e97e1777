package io.dtx.benchmarks.coordinator.seata;

import io.dtx.benchmarks.coordinator.client.Transactions;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.apache.seata.core.exception.TransactionException;
import org.apache.seata.core.model.BranchStatus;
import org.apache.seata.core.model.BranchType;
import org.apache.seata.core.model.GlobalStatus;
import org.apache.seata.core.model.Resource;
import org.apache.seata.core.model.TransactionManager;
import org.apache.seata.rm.AbstractResourceManager;
import org.apache.seata.rm.DefaultResourceManager;
import org.apache.seata.rm.RMClient;
import org.apache.seata.tm.TMClient;
import org.apache.seata.tm.TransactionManagerHolder;

/**
 * Through Seata's own client classes, set by {@code file.conf} and system properties. Phase one is not reported, as Seata
 * leaves it out by default where it succeeded.
 */
public final class SeataTransactions implements Transactions {

    private static final String GROUP = "benchmark";
    private static final String BANK1 = "jdbc:none:bank1";
    private static final String BANK2 = "jdbc:none:bank2";

    private final String application;
    private final TransactionManager manager;
    private final Banks banks = new Banks();

    public SeataTransactions(String address, int number) {
        application = "benchmark" + number;
        System.setProperty("service.vgroupMapping." + GROUP, "default");
        System.setProperty("service.default.grouplist", address);
        DefaultResourceManager.get();
        DefaultResourceManager.mockResourceManager(BranchType.AT, banks);
        TMClient.init(application, GROUP);
        RMClient.init(application, GROUP);
        banks.registerResource(new Bank(BANK1));
        banks.registerResource(new Bank(BANK2));
        manager = TransactionManagerHolder.get();
    }

    @Override
    public void run(long number) throws TransactionException {
        String xid = manager.begin(application, GROUP, "transfer", 60_000);
        banks.branchRegister(BranchType.AT, BANK1, null, xid, null, "account_info:" + number);
        banks.branchRegister(BranchType.AT, BANK2, null, xid, null, "account_info:" + number);
        GlobalStatus status = manager.commit(xid);
        if (status != GlobalStatus.Committed) {
            throw new IllegalStateException(status.toString());
        }
    }

    @Override
    public void hold(long number, int locks) throws TransactionException {
        String xid = manager.begin(application, GROUP, "held", 3_600_000);
        String keys = LongStream.range(0, locks)
                .mapToObj(i -> String.valueOf(number * 1_000 + i))
                .collect(Collectors.joining(","));
        banks.branchRegister(BranchType.AT, BANK1, null, xid, null, "held:" + keys);
    }

    @Override
    public long released() {
        return banks.committed.get();
    }

    private record Bank(String resourceId) implements Resource {

        @Override
        public String getResourceGroupId() {
            return "DEFAULT";
        }

        @Override
        public String getResourceId() {
            return resourceId;
        }

        @Override
        public BranchType getBranchType() {
            return BranchType.AT;
        }
    }

    /** Stands where Seata's resource manager for databases stands, and has none. */
    private static final class Banks extends AbstractResourceManager {

        private final Map<String, Resource> resources = new ConcurrentHashMap<>();
        private final AtomicLong committed = new AtomicLong();

        @Override
        public void registerResource(Resource resource) {
            resources.put(resource.getResourceId(), resource);
            super.registerResource(resource);
        }

        @Override
        public Map<String, Resource> getManagedResources() {
            return resources;
        }

        @Override
        public BranchType getBranchType() {
            return BranchType.AT;
        }

        @Override
        public BranchStatus branchCommit(BranchType type, String xid, long branch, String resource, String data) {
            committed.incrementAndGet();
            return BranchStatus.PhaseTwo_Committed;
        }

        @Override
        public BranchStatus branchRollback(BranchType type, String xid, long branch, String resource, String data) {
            return BranchStatus.PhaseTwo_Rollbacked;
        }
    }
}
