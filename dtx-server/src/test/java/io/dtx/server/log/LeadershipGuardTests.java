package io.dtx.server.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** A node of three: two members of its log are a majority of them. */
class LeadershipGuardTests {

    private final List<String> told = new ArrayList<>();
    private final LeadershipGuard guard = new LeadershipGuard(
            new Leadership() {
                @Override
                public void gained() {
                    told.add("gained");
                }

                @Override
                public void lost(String leader) {
                    told.add("lost to '" + leader + "'");
                }

                @Override
                public void failed(Throwable cause) {
                    told.add("failed");
                }
            },
            2);

    @Test
    @DisplayName("I2: who leads a log of fewer members than a majority of all nodes serves nobody")
    void i2_whoLeadsTooFewDoesNotCount() {
        guard.members(1);
        guard.gained();
        assertThat(guard.leading()).isFalse();
        assertThat(told).isEmpty();

        guard.members(2);
        guard.members(3);
        assertThat(guard.leading()).isTrue();
        assertThat(told).containsExactly("gained");
    }

    @Test
    void aLateLookDoesNotTakeTheLead() {
        guard.members(3);
        guard.gained();

        guard.follows("n2");
        guard.follows("");

        assertThat(guard.leading()).isTrue();
        assertThat(told).containsExactly("gained");
    }

    @Test
    void whoLeadsInItsPlaceIsToldOnce() {
        guard.members(3);
        guard.gained();
        guard.lost("");
        guard.follows("");
        guard.follows("n2");
        guard.follows("n2");

        assertThat(guard.leading()).isFalse();
        assertThat(told).containsExactly("gained", "lost to ''", "lost to 'n2'");
    }

    @Test
    void theNextTermIsTold() {
        guard.members(3);
        guard.gained();
        guard.lost("n2");
        guard.members(3);
        guard.gained();

        assertThat(guard.leading()).isTrue();
        assertThat(told).containsExactly("gained", "lost to 'n2'", "gained");
    }

    @Test
    void whatFailedDoesNotLeadAgainAndFailsOnce() {
        guard.members(3);
        guard.gained();
        guard.failed(new IOException("no room"));
        guard.lost("n2");
        guard.gained();
        guard.stopped();

        assertThat(guard.leading()).isFalse();
        assertThat(told).containsExactly("gained", "failed");
    }
}
