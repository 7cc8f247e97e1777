package io.dtx.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.dtx.model.BranchId;
import io.dtx.model.TransactionStatus;
import io.dtx.model.Xid;
import io.dtx.protocol.Reply;
import io.dtx.protocol.Reply.RestoreOrder;
import io.dtx.protocol.Request;
import io.dtx.protocol.Request.RestoreReport;
import io.dtx.protocol.Request.RestoreReport.Result;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class OrdersTests {

    private final FakeCoordinator coordinator = new FakeCoordinator();
    private final CoordinatorClient client = CoordinatorClient.start(coordinator.settings());
    private final Xid xid = client.newXid();
    private final BranchId branch = new BranchId(xid, 7);

    @AfterEach
    void close() {
        client.close();
        coordinator.close();
    }

    @Test
    void aRestoreIsCarriedOutOnAThreadOfItsOwnAndReported() throws Exception {
        FakeAgent agent = attached(new FakeAgent("r1"));
        coordinator.order(new RestoreOrder(branch, "r1", 3, false));
        assertThat(report()).isEqualTo(new RestoreReport(branch, "r1", 3, Result.RESTORED, ""));
        assertThat(agent.threads.poll(20, TimeUnit.SECONDS)).isEqualTo("dtx-restore");
    }

    @Test
    void anOrderGoesToItsResourcesAgent() throws Exception {
        FakeAgent one = attached(new FakeAgent("r1"));
        FakeAgent two = attached(new FakeAgent("r2"));
        Reply.ReleaseUndo release = new Reply.ReleaseUndo("r2", List.of(branch));
        coordinator.order(release);
        assertThat(two.released.poll(20, TimeUnit.SECONDS)).isEqualTo(release);
        assertThat(one.released).isEmpty();
    }

    @Test
    void aSlowRestoreHoldsUpNeitherAnswersNorReleases() throws Exception {
        CountDownLatch slow = new CountDownLatch(1);
        FakeAgent agent = attached(new FakeAgent("r1") {
            @Override
            public RestoreReport restore(RestoreOrder order) {
                try {
                    slow.await();
                } catch (InterruptedException e) {
                    throw new AssertionError(e);
                }
                return super.restore(order);
            }
        });
        for (int attempt = 0; attempt < 20; attempt++) {
            coordinator.order(new RestoreOrder(branch, "r1", attempt, false));
        }
        coordinator.order(new Reply.ReleaseUndo("r1", List.of(branch)));
        assertThat(agent.released.poll(20, TimeUnit.SECONDS)).isNotNull();
        coordinator.answer(request -> ConnectionTests.committed(xid));
        assertThat(client.commit(xid).join().status()).isEqualTo(TransactionStatus.COMMITTED);
        slow.countDown();
        report();
    }

    @Test
    void aDatabaseThatHangsHoldsUpNoOther() throws Exception {
        CountDownLatch hanging = new CountDownLatch(1);
        attached(new HangingAgent("r1", hanging));
        FakeAgent other = attached(new FakeAgent("r2"));
        for (int attempt = 0; attempt < 10; attempt++) {
            coordinator.order(new RestoreOrder(branch, "r1", attempt, false));
        }
        coordinator.order(new Reply.ReleaseUndo("r1", List.of(branch)));
        coordinator.order(new RestoreOrder(branch, "r2", 1, false));
        coordinator.order(new Reply.ReleaseUndo("r2", List.of(branch)));
        assertThat(report().resource()).isEqualTo("r2");
        assertThat(other.released.poll(20, TimeUnit.SECONDS)).isNotNull();
        hanging.countDown();
    }

    @Test
    void whatIsOrderedAgainWhileItIsInHandIsCarriedOutOnce() throws Exception {
        CountDownLatch hanging = new CountDownLatch(1);
        HangingAgent agent = attached(new HangingAgent("r1", hanging));
        RestoreOrder first = new RestoreOrder(branch, "r1", 1, false);
        RestoreOrder second = new RestoreOrder(branch, "r1", 2, false);
        for (int times = 0; times < 10; times++) {
            coordinator.order(first);
            coordinator.order(second);
        }
        coordinator.order(new RestoreOrder(branch, "r9", 1, false));
        assertThat(report().resource()).as("all have arrived").isEqualTo("r9");
        hanging.countDown();
        assertThat(List.of(report().attempt(), report().attempt())).containsExactlyInAnyOrder(1, 2);
        coordinator.order(first);
        assertThat(report().attempt()).isEqualTo(1);
        assertThat(agent.threads).hasSize(3);
    }

    /** Of a database that does not answer. */
    private static final class HangingAgent extends FakeAgent {

        private final CountDownLatch hanging;

        HangingAgent(String resource, CountDownLatch hanging) {
            super(resource);
            this.hanging = hanging;
        }

        @Override
        public RestoreReport restore(RestoreOrder order) {
            hang();
            return super.restore(order);
        }

        @Override
        public void releaseUndo(Reply.ReleaseUndo release) {
            hang();
        }

        private void hang() {
            try {
                hanging.await();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }
    }

    @Test
    void ofManyOrdersEachIsReportedThoughTheAgentBreaksOffAgainAndAgain() {
        attached(new FakeAgent("r1") {
            @Override
            public void restoreEach(Supplier<@Nullable RestoreOrder> orders, Consumer<RestoreReport> reports) {
                int carriedOut = 0;
                for (RestoreOrder order = orders.get(); order != null; order = orders.get()) {
                    if (++carriedOut == 3) {
                        throw new IllegalStateException("broken off");
                    }
                    reports.accept(
                            order.attempt() % 3 > 0
                                    ? restore(order)
                                    : new RestoreReport(branch, "r1", order.attempt(), Result.FAILED, "not now"));
                }
            }
        });
        for (int attempt = 0; attempt < 200; attempt++) {
            coordinator.order(new RestoreOrder(branch, "r1", attempt, false));
        }
        Set<Integer> reported = new HashSet<>();
        for (int i = 0; i < 200; i++) {
            reported.add(report().attempt());
        }
        assertThat(reported).hasSize(200);
    }

    @Test
    void anAgentThatThrowsIsReportedAsAFailedAttempt() {
        attached(new FakeAgent("r1") {
            @Override
            public RestoreReport restore(RestoreOrder order) {
                throw new IllegalStateException("broken");
            }
        });
        coordinator.order(new RestoreOrder(branch, "r1", 1, false));
        assertThat(report().result()).isEqualTo(Result.FAILED);
        coordinator.order(new RestoreOrder(branch, "r1", 2, false));
        RestoreReport second = report();
        assertThat(second.attempt()).isEqualTo(2);
        assertThat(second.detail()).contains("broken");
    }

    @Test
    void anOrderForAResourceThatIsNotAttachedIsReportedAsAFailedAttempt() {
        coordinator.order(new RestoreOrder(branch, "r9", 1, true));
        assertThat(report())
                .isEqualTo(new RestoreReport(branch, "r9", 1, Result.FAILED, "resource r9 is not attached here"));
    }

    private <A extends FakeAgent> A attached(A agent) {
        client.attach(agent);
        coordinator.take(Request.Attach.class);
        return agent;
    }

    private RestoreReport report() {
        return (RestoreReport) coordinator.take(Request.RestoreReport.class).request();
    }
}
