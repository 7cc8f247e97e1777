package io.dtx.test;

import static org.assertj.core.api.Assertions.assertThat;

import io.dtx.client.ClientSettings;
import io.dtx.client.CoordinatorClient;
import io.dtx.model.TransactionStatus;
import io.dtx.model.Xid;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class EmbeddedClusterIT {

    @Test
    @DisplayName("I1, I8: a decision is the same after each change of leader, and applications follow by themselves")
    void i1_applicationsFollowTheLeader() throws Exception {
        try (EmbeddedCluster cluster = EmbeddedCluster.start();
                CoordinatorClient client = CoordinatorClient.start(
                        ClientSettings.of("app", cluster.addresses().toArray(String[]::new)))) {
            Xid xid = client.newXid();
            assertThat(client.commit(xid).get(30, TimeUnit.SECONDS).status()).isEqualTo(TransactionStatus.COMMITTED);
            for (int change = 0; change < 3; change++) {
                String leader = cluster.leader();
                cluster.stop(leader);
                assertThat(client.outcome(xid)
                                .get(30, TimeUnit.SECONDS)
                                .orElseThrow()
                                .status())
                        .isEqualTo(TransactionStatus.COMMITTED);
                assertThat(cluster.leader()).isNotEqualTo(leader);
                assertThat(cluster.<Boolean>read(state -> state.transaction(xid).isPresent()))
                        .isTrue();
                cluster.start(leader);
            }
        }
    }
}
