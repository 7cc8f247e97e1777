package io.dtx.rm;

import io.dtx.client.ResourceAgent;
import io.dtx.model.BranchId;
import io.dtx.protocol.Reply.ReleaseUndo;
import io.dtx.protocol.Reply.RestoreOrder;
import io.dtx.protocol.Request.RestoreReport;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What the coordinator sees of a resource: all data sources of this process that lead to it, of which one carries out each
 * order. Thread-safe.
 *
 * <p>They may be pools of one server: then any will do, and after a failure the next is tried. Or one of them leads to a
 * replica: it holds the same resource row, and the resource id does not tell them apart. A restore there fails; or, where a
 * replica takes writes, puts back a copy of the rows, and is reported while the rows themselves stay as they are. So a branch
 * is restored on the server on which it was registered; and where that is not known (another process registered it, or
 * this one before it was started again), on the first one on which others were.
 */
final class Agent implements ResourceAgent {

    /** Those registered first are forgotten when there are more. */
    private static final int MOST_BRANCHES = 50_000;

    /** Data sources that lead to one server; guarded by the lock. */
    private static final class Server {
        private final String name;
        /** Those that can be used; the next order goes to the first. */
        private final List<RestorePool> pools = new ArrayList<>();
        /** Whether branches were registered here: it took what was written. */
        private boolean wrote;

        Server(String name) {
            this.name = name;
        }
    }

    private final String resource;
    private final ReentrantLock lock = new ReentrantLock();
    /** Guarded by the lock; those that wrote come first. One whose pools have all left is kept if it wrote and others are there. */
    private final List<Server> servers = new ArrayList<>();
    /** Guarded by the lock: read-only, or perhaps replicas. */
    private final List<RestorePool> unusable = new ArrayList<>();
    /** Guarded by the lock; empty as long as there is one server. */
    private final Map<BranchId, Server> registered = new LinkedHashMap<>();

    Agent(String resource) {
        this.resource = resource;
    }

    /** Takes in a data source, or finds it usable that was not. */
    void join(RestorePool pool, boolean usable) {
        lock.lock();
        try {
            if (serverOf(pool.opened()) != null) {
                return; // a branch was registered through it before it was found usable
            }
            unusable.removeIf(known -> known.opened().equals(pool.opened()));
            if (usable) {
                use(pool);
            } else {
                unusable.add(pool);
            }
        } finally {
            lock.unlock();
        }
    }

    private Server use(RestorePool pool) {
        String name = pool.opened().server();
        Server server = servers.stream()
                .filter(known -> known.name.equals(name))
                .findFirst()
                .orElse(null);
        if (server == null) {
            server = new Server(name);
            servers.add(server);
        }
        server.pools.add(pool);
        return server;
    }

    private @Nullable Server serverOf(OpenResource opened) {
        for (Server server : servers) {
            if (server.pools.stream().anyMatch(pool -> pool.opened().equals(opened))) {
                return server;
            }
        }
        return null;
    }

    void leave(OpenResource opened) {
        lock.lock();
        try {
            unusable.removeIf(pool -> pool.opened().equals(opened));
            Server server = serverOf(opened);
            if (server != null) {
                server.pools.removeIf(pool -> pool.opened().equals(opened));
                // One that wrote is waited for: what is left may be its replicas.
                if (server.pools.isEmpty() && !(server.wrote && isUsable())) {
                    remove(server);
                }
                if (!isUsable()) {
                    List.copyOf(servers).forEach(this::remove);
                }
            }
        } finally {
            lock.unlock();
        }
    }

    private void remove(Server server) {
        servers.remove(server);
        registered.values().removeIf(on -> on == server);
    }

    /**
     * A branch is about to be registered through a data source, on which its statements have run.
     *
     * @return whether the data source was not used before
     */
    boolean registers(BranchId branch, OpenResource through) {
        lock.lock();
        try {
            Server server = serverOf(through);
            boolean news = server == null;
            if (server == null) {
                RestorePool pool = unusable.stream()
                        .filter(known -> known.opened().equals(through))
                        .findFirst()
                        .orElse(null);
                if (pool == null) {
                    return false; // it was left meanwhile
                }
                unusable.remove(pool);
                server = use(pool);
            }
            if (!server.wrote) {
                server.wrote = true;
                servers.remove(server);
                servers.add((int) servers.stream().filter(known -> known.wrote).count(), server);
            }
            if (servers.size() > 1) {
                Server writes = server; // so one that has left is not waited for any more: this may be its successor
                servers.stream()
                        .filter(other -> other != writes && other.pools.isEmpty())
                        .toList()
                        .forEach(this::remove);
                registered.put(branch, server);
                if (registered.size() > MOST_BRANCHES) {
                    registered.remove(registered.keySet().iterator().next());
                }
            }
            return news;
        } finally {
            lock.unlock();
        }
    }

    /**
     * An order failed: the server's next pool is tried.
     *
     * @param refused whether it was not allowed to write: then another server is tried too, unless this one wrote before. That
     *     is no replica, and is waited for.
     */
    void failed(RestorePool pool, boolean refused) {
        lock.lock();
        try {
            Server server = serverOf(pool.opened());
            if (server != null && server.pools.get(0) == pool) { // else others have failed at the same time
                server.pools.remove(pool);
                server.pools.add(pool);
                if (refused && !server.wrote) {
                    servers.remove(server);
                    servers.add(server);
                }
            }
        } finally {
            lock.unlock();
        }
    }

    boolean isEmpty() {
        lock.lock();
        try {
            return !isUsable() && unusable.isEmpty();
        } finally {
            lock.unlock();
        }
    }

    /** Whether there is a data source that can carry out orders. */
    boolean isUsable() {
        lock.lock();
        try {
            return servers.stream().anyMatch(server -> !server.pools.isEmpty());
        } finally {
            lock.unlock();
        }
    }

    /** Whether what was left over is looked for through it: wherever there may be something, but not on a replica. */
    boolean sweeps(OpenResource opened) {
        lock.lock();
        try {
            Server server = serverOf(opened);
            return server != null && (server.wrote || server == servers.get(0));
        } finally {
            lock.unlock();
        }
    }

    @Override
    public String resource() {
        return resource;
    }

    @Override
    public String label() {
        RestorePool first = first(null);
        return first == null ? resource : first.label();
    }

    @Override
    public void attached() {
        RestorePool first = first(null);
        if (first != null) {
            first.attached();
        }
    }

    /**
     * What the next order goes to.
     *
     * @return null if there is none
     */
    private @Nullable RestorePool first(@Nullable BranchId branch) {
        lock.lock();
        try {
            Server server = branch == null ? null : registered.get(branch);
            if (server == null) {
                server = servers.isEmpty() ? null : servers.get(0);
            }
            return server == null || server.pools.isEmpty() ? null : server.pools.get(0);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public RestoreReport restore(RestoreOrder order) {
        RestorePool pool = first(order.branch());
        return pool == null ? unserved(order) : ended(pool.restore(order));
    }

    /** In turns: each takes the orders that are its own, up to the first that is not. */
    @Override
    public void restoreEach(Supplier<@Nullable RestoreOrder> orders, Consumer<RestoreReport> reports) {
        RestoreOrder order = orders.get();
        while (order != null) {
            RestorePool pool = first(order.branch());
            if (pool == null) {
                reports.accept(unserved(order));
                order = orders.get();
            } else {
                Own own = new Own(pool, order, orders);
                pool.restoreEach(own::next, report -> reports.accept(ended(report)));
                order = own.other;
            }
        }
    }

    /** The orders of one data source; of one thread alone. */
    private final class Own {

        private final RestorePool pool;
        private final Supplier<@Nullable RestoreOrder> orders;
        private @Nullable RestoreOrder first;
        /** The first that is not its own. */
        private @Nullable RestoreOrder other;

        Own(RestorePool pool, RestoreOrder first, Supplier<@Nullable RestoreOrder> orders) {
            this.pool = pool;
            this.first = first;
            this.orders = orders;
        }

        @Nullable RestoreOrder next() {
            RestoreOrder order = first;
            first = null;
            if (order != null) {
                return order;
            }
            order = orders.get();
            if (order != null && first(order.branch()) != pool) {
                other = order;
                return null;
            }
            return order;
        }
    }

    private RestoreReport ended(RestoreReport report) {
        if (report.result() == RestoreReport.Result.RESTORED || report.result() == RestoreReport.Result.SKIPPED) {
            forget(List.of(report.branch()));
        }
        return report;
    }

    private RestoreReport unserved(RestoreOrder order) {
        return new RestoreReport(
                order.branch(),
                resource,
                order.attempt(),
                RestoreReport.Result.FAILED,
                "no data source here leads to a database that takes writes");
    }

    @Override
    public void releaseUndo(ReleaseUndo release) {
        Map<RestorePool, List<BranchId>> byPool = new HashMap<>();
        for (BranchId branch : release.branches()) {
            RestorePool pool = first(branch);
            if (pool != null) {
                byPool.computeIfAbsent(pool, any -> new ArrayList<>()).add(branch);
            }
        }
        byPool.forEach((pool, branches) -> pool.releaseUndo(new ReleaseUndo(release.resource(), branches)));
        forget(release.branches());
    }

    private void forget(Collection<BranchId> branches) {
        lock.lock();
        try {
            branches.forEach(registered::remove);
        } finally {
            lock.unlock();
        }
    }
}
