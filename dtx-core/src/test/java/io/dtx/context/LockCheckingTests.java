package io.dtx.context;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class LockCheckingTests {

    @Test
    void itIsOnUntilTheOutermostScopeIsClosed() {
        assertThat(LockChecking.active()).isFalse();
        CurrentTransaction.Scope outer = LockChecking.begin();
        CurrentTransaction.Scope inner = LockChecking.begin();
        inner.close();
        assertThat(LockChecking.active()).isTrue();
        outer.close();
        assertThat(LockChecking.active()).isFalse();
    }
}
