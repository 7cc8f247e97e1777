package io.dtx.context;

import static org.assertj.core.api.Assertions.assertThat;

import io.dtx.context.CurrentTransaction.Scope;
import org.junit.jupiter.api.Test;

class GlobalLockScopeTests {

    @Test
    void aScopeEndsWithTheOutermost() {
        assertThat(GlobalLockScope.isOpen()).isFalse();
        Scope outer = GlobalLockScope.open();
        assertThat(GlobalLockScope.isOpen()).isTrue();

        Scope inner = GlobalLockScope.open();
        assertThat(GlobalLockScope.isOpen()).isTrue();
        inner.close();
        assertThat(GlobalLockScope.isOpen()).isTrue();

        outer.close();
        assertThat(GlobalLockScope.isOpen()).isFalse();
    }
}
