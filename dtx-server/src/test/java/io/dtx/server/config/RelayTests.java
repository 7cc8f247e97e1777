package io.dtx.server.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.dtx.server.config.CoordinatorServer.Relay;
import io.dtx.server.log.Leadership;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class RelayTests {

    /** Reversed, a node that lost the lead and won it again would take itself for a follower, and serve nobody. */
    @Test
    void whatIsToldBeforeTheCoordinatorIsThereKeepsItsOrder() {
        List<String> told = new ArrayList<>();
        Relay relay = new Relay();
        relay.gained();
        relay.lost("n2");
        relay.gained();
        relay.target.complete(new Leadership() {
            @Override
            public void gained() {
                told.add("gained");
            }

            @Override
            public void lost(String leader) {
                told.add("lost to " + leader);
            }

            @Override
            public void failed(Throwable cause) {
                told.add("failed: " + cause.getMessage());
            }
        });
        relay.lost("");
        relay.failed(new IllegalStateException("disk"));
        assertThat(told).containsExactly("gained", "lost to n2", "gained", "lost to ", "failed: disk");
    }
}
