package io.dtx.server.metrics;

import io.dtx.server.coordinator.Counts;
import io.dtx.server.coordinator.StateMachine;
import io.dtx.server.coordinator.Transaction;
import io.dtx.server.runtime.Coordinator;
import io.dtx.server.runtime.ResourceStatus;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * How things stand at this node.
 *
 * @param counts of the replicated state, which may be a little behind where another node leads
 * @param oldest the unfinished transaction that was begun first; null for none
 * @param oldestMillis its age
 * @param waiting how many requests wait for global locks; 0 where another node leads, as all that follows
 * @param applications how many application processes are connected
 * @param unserved how many resources branches wait for while no application serves them
 */
public record Situation(
        Counts counts, @Nullable Transaction oldest, long oldestMillis, int waiting, int applications, long unserved) {

    private static final long LONGEST_MILLIS = 1_000;

    /** Takes time in proportion to the unfinished transactions; waits for the leader's thread, one second at most. */
    public static Situation of(Coordinator coordinator) {
        CompletableFuture<Integer> waiting = coordinator.waitingForLocks();
        CompletableFuture<Integer> applications = coordinator.applications();
        CompletableFuture<List<ResourceStatus>> resources = coordinator.resources();
        Counts counts = coordinator.read(StateMachine::counts);
        Transaction oldest = coordinator
                .read(state -> state.unfinished().stream().findFirst())
                .orElse(null);
        return new Situation(
                counts,
                oldest,
                oldest == null ? 0 : Math.max(0, coordinator.timeMillis() - oldest.createdAtMillis()),
                soon(waiting, 0),
                soon(applications, 0),
                soon(resources, List.<ResourceStatus>of()).stream()
                        .filter(resource -> resource.processes() == 0 && resource.waiting() > 0)
                        .count());
    }

    private static <T> T soon(CompletableFuture<T> answer, T otherwise) {
        return answer.completeOnTimeout(otherwise, LONGEST_MILLIS, TimeUnit.MILLISECONDS)
                .join();
    }
}
