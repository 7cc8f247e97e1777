package io.dtx.context;

import static org.assertj.core.api.Assertions.assertThat;

import io.dtx.model.Xid;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.slf4j.MDC;

class CurrentTransactionTests {

    private final Participation outer = new Participation(Xid.mint("cluster1", 1, new byte[10]));
    private final Participation inner = new Participation(Xid.mint("cluster1", 2, new byte[10]));

    @Test
    void aScopeBindsAndGivesBackWhatWasBoundBefore() {
        CurrentTransaction.Scope outerScope = CurrentTransaction.bind(outer);
        assertBound(outer);
        CurrentTransaction.Scope innerScope = CurrentTransaction.bind(inner);
        assertBound(inner);
        innerScope.close();
        assertBound(outer);
        CurrentTransaction.Scope none = CurrentTransaction.bind(null);
        assertUnbound();
        none.close();
        assertBound(outer);
        outerScope.close();
        assertUnbound();
    }

    @Test
    void aWrappedTaskRunsInTheTransactionOfItsMakerAndLeavesItsThreadAsItWas() throws Exception {
        CurrentTransaction.Scope scope = CurrentTransaction.bind(outer);
        Runnable wrapped = CurrentTransaction.wrap(() -> assertBound(outer));
        scope.close();
        ExecutorService pool = Executors.newSingleThreadExecutor();
        try {
            pool.submit(wrapped).get();
            pool.submit(CurrentTransactionTests::assertUnbound).get();
        } finally {
            pool.shutdownNow();
        }
    }

    @Test
    void aTaskThatWasHandedOverIsCountedAndBoundOnce() {
        List<@Nullable Participation> runs = new ArrayList<>();
        CurrentTransaction.Scope scope = CurrentTransaction.bind(outer);
        Runnable handedOver = CurrentTransaction.handOver(() -> runs.add(CurrentTransaction.get()));
        handedOver.run();
        handedOver.run();
        scope.close();

        assertThat(runs).containsExactly(outer, null);
        assertThat(outer.tasksHaveEnded()).isTrue();
    }

    @Test
    void aTaskThatIsScheduledIsLeftOutside() {
        ScheduledThreadPoolExecutor executor = new ScheduledThreadPoolExecutor(1);
        CurrentTransaction.Scope scope = CurrentTransaction.bind(outer);
        try {
            Runnable later = (Runnable) executor.schedule(() -> {}, 1, TimeUnit.HOURS);
            Runnable periodic = (Runnable) executor.scheduleAtFixedRate(() -> {}, 0, 1, TimeUnit.HOURS);
            assertThat(CurrentTransaction.handOver(later)).isSameAs(later);
            assertThat(CurrentTransaction.handOver(periodic)).isSameAs(periodic);
            assertThat(outer.tasksHaveEnded()).isTrue();
            Runnable now = (Runnable) executor.schedule(() -> {}, 0, TimeUnit.HOURS);
            assertThat(CurrentTransaction.handOver(now)).isNotSameAs(now);
        } finally {
            scope.close();
            executor.shutdownNow();
        }
    }

    private static void assertBound(Participation participation) {
        assertThat(CurrentTransaction.get()).isSameAs(participation);
        assertThat(MDC.get("xid")).isEqualTo(participation.xid().toString());
    }

    private static void assertUnbound() {
        assertThat(CurrentTransaction.get()).isNull();
        assertThat(MDC.get("xid")).isNull();
    }
}
