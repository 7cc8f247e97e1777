package io.dtx.server.console;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.dtx.server.runtime.Coordinator;
import io.dtx.server.runtime.ResourceStatus;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/**
 * The databases that applications serve, or that branches wait for:
 *
 * <pre>
 * GET /resources   {"resources": [{"id", "label", "processes", "waiting", "first", "unservedSeconds"}]}
 * </pre>
 *
 * This is the leader's memory: other nodes refuse with 503, and what it says of times begins with its lead.
 */
@RestController
class ResourceController {

    private static final long WAIT_SECONDS = 10;

    private final Coordinator coordinator;

    ResourceController(Coordinator coordinator) {
        this.coordinator = coordinator;
    }

    @GetMapping("/resources")
    ResourcesPage resources() {
        if (coordinator.status() != Coordinator.Status.SERVING) {
            String leader = coordinator.leaderNode();
            throw Problem.unavailable(
                    "this node does not serve, and only the one that does knows the resources",
                    leader.isEmpty() ? "see /actuator/health, then try again" : "ask node " + leader + ", which leads");
        }
        try {
            return new ResourcesPage(coordinator.resources().get(WAIT_SECONDS, TimeUnit.SECONDS).stream()
                    .map(ResourceView::of)
                    .toList());
        } catch (ExecutionException | TimeoutException e) {
            throw Problem.unavailable("the leader did not answer", "see /actuator/health, then try again");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw Problem.unavailable("the coordinator is being stopped", "try again after its start");
        }
    }

    record ResourcesPage(List<ResourceView> resources) {}

    /**
     * @param first the branch whose turn it is; left out if none waits for an application
     * @param unservedSeconds left out while an application serves it, or nothing waits
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record ResourceView(
            String id,
            String label,
            int processes,
            int waiting,
            @Nullable String first,
            @Nullable Long unservedSeconds) {

        static ResourceView of(ResourceStatus status) {
            return new ResourceView(
                    status.resource(),
                    status.label(),
                    status.processes(),
                    status.waiting(),
                    status.first() == null ? null : status.first().toString(),
                    status.processes() > 0 || status.waiting() == 0 ? null : status.unservedMillis() / 1_000);
        }
    }
}
