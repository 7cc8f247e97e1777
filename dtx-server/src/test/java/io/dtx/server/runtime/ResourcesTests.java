package io.dtx.server.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ResourcesTests {

    private final LeaderRig rig = new LeaderRig();
    private final Resources resources = new Resources();

    @Test
    void whoeverAttachesEverNewResourcesAndVanishesLeavesOnlySoManyLabels() {
        App app = rig.app("a");
        int many = 2 * Resources.MOST_LABELS;
        for (int i = 0; i < many; i++) {
            resources.attach("r" + i, "label " + i, app);
        }
        resources.left(app);

        assertThat(resources.served()).isEmpty();
        assertThat(resources.describe("r" + (many - 1))).contains("label " + (many - 1));
        assertThat(resources.describe("r0")).doesNotContain("label");
    }

    @Test
    void attachingDetachingAndLeavingInAnyOrderLeavesExactlyThoseWhoAreThere() {
        long seed = Long.getLong("dtx.fuzz.seed", System.nanoTime());
        Random random = new Random(seed);
        List<App> apps = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            apps.add(rig.app("a" + i));
        }
        Map<String, Set<App>> expected = new HashMap<>();
        for (int step = 0; step < 20_000; step++) {
            App app = apps.get(random.nextInt(apps.size()));
            String resource = "r" + random.nextInt(6);
            switch (random.nextInt(8)) {
                case 0 -> {
                    resources.left(app);
                    expected.values().forEach(there -> there.remove(app));
                }
                case 1, 2, 3 -> {
                    resources.detach(resource, app);
                    expected.computeIfAbsent(resource, any -> new HashSet<>()).remove(app);
                }
                default -> {
                    resources.attach(resource, "label", app);
                    expected.computeIfAbsent(resource, any -> new HashSet<>()).add(app);
                }
            }
            Set<App> there = expected.getOrDefault(resource, Set.of());
            assertThat(resources.processes(resource))
                    .as("-Ddtx.fuzz.seed=%s, step %s", seed, step)
                    .isEqualTo(there.size());
            Session next = resources.leastBusy(resource, app, any -> 0);
            assertThat(next == null).isEqualTo(there.isEmpty());
            if (next != null) {
                assertThat(there).contains((App) next);
            }
        }
        apps.forEach(resources::left);
        assertThat(resources.served()).isEmpty();
    }
}
