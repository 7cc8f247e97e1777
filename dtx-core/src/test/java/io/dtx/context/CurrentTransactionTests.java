package io.dtx.context;

import static org.assertj.core.api.Assertions.assertThat;

import io.dtx.model.Xid;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
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

    private static void assertBound(Participation participation) {
        assertThat(CurrentTransaction.get()).isSameAs(participation);
        assertThat(MDC.get("xid")).isEqualTo(participation.xid().toString());
    }

    private static void assertUnbound() {
        assertThat(CurrentTransaction.get()).isNull();
        assertThat(MDC.get("xid")).isNull();
    }
}
