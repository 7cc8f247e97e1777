package io.dtx.rm;

import io.dtx.model.BranchId;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The agents of one process, one for each resource; those that can carry out orders are attached to the coordinator. Thread-safe. */
final class Agents {

    private static final Logger log = LoggerFactory.getLogger(Agents.class);

    private final Coordinator coordinator;
    /** The client is told under it, which does not block: so what it is told stays in order. */
    private final ReentrantLock lock = new ReentrantLock();
    /** By resource id. Changed under the lock. */
    private final Map<String, Agent> agents = new ConcurrentHashMap<>();
    /** Guarded by the lock. */
    private final Set<String> attached = new HashSet<>();

    Agents(Coordinator coordinator) {
        this.coordinator = coordinator;
    }

    /** See {@link Agent#join}. */
    void join(RestorePool pool, boolean usable) {
        lock.lock();
        try {
            Agent agent = agents.computeIfAbsent(pool.resource(), Agent::new);
            agent.join(pool, usable);
            attachIfUsable(agent);
        } finally {
            lock.unlock();
        }
    }

    private void attachIfUsable(Agent agent) {
        if (agent.isUsable() && attached.add(agent.resource())) {
            coordinator.attach(agent);
            log.debug("resource {} is {}", agent.resource(), agent.label());
        }
    }

    /** Its data source is gone; another one that leads to the same database goes on. */
    void leave(OpenResource opened) {
        lock.lock();
        try {
            Agent agent = agents.get(opened.id());
            if (agent == null) {
                return;
            }
            agent.leave(opened);
            if (agent.isEmpty()) {
                agents.remove(opened.id());
            }
            if (!agent.isUsable() && attached.remove(opened.id())) {
                coordinator.detach(opened.id());
            }
        } finally {
            lock.unlock();
        }
    }

    /** See {@link Agent#failed}. */
    void failed(RestorePool pool, boolean refused) {
        Agent agent = agents.get(pool.resource());
        if (agent != null) {
            agent.failed(pool, refused);
        }
    }

    /** See {@link Agent#registers}. */
    void registers(BranchId branch, OpenResource through) {
        Agent agent = agents.get(through.id());
        if (agent != null && agent.registers(branch, through)) {
            lock.lock();
            try {
                attachIfUsable(agent);
            } finally {
                lock.unlock();
            }
        }
    }

    /** See {@link Agent#sweeps}. */
    boolean sweeps(OpenResource opened) {
        Agent agent = agents.get(opened.id());
        return agent != null && agent.sweeps(opened);
    }

    /** Detaches all from the coordinator. */
    void close() {
        List<String> ids;
        lock.lock();
        try {
            ids = List.copyOf(attached);
            attached.clear();
            agents.clear();
        } finally {
            lock.unlock();
        }
        ids.forEach(coordinator::detach);
    }
}
