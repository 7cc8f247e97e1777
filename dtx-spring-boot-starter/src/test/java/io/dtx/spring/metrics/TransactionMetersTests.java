package io.dtx.spring.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.dtx.rm.ResourceListener;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.List;
import org.junit.jupiter.api.Test;

class TransactionMetersTests {

    @Test
    void lostRestoresAreCounted() {
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        TransactionMeters meters = new TransactionMeters();
        meters.bindTo(registry);
        ResourceListener listener = ResourceListener.all(List.of(meters));

        listener.restoreLost();
        listener.restoreLost();

        assertThat(registry.get("dtx.restores.lost").counter().count()).isEqualTo(2);
    }
}
