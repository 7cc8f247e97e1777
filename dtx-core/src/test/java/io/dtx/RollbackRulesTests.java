package io.dtx;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

class RollbackRulesTests {

    @Test
    void withoutARuleUncheckedExceptionsRollBackAndCheckedOnesDoNot() {
        assertThat(RollbackRules.UNCHECKED).accepts(new IllegalStateException(), new OutOfMemoryError());
        assertThat(RollbackRules.UNCHECKED).rejects(new IOException(), new InterruptedException());
    }

    @Test
    void aRuleCountsForSubclasses() {
        assertThat(new RollbackRules(List.of(IOException.class), List.of())).accepts(new FileNotFoundException());
        assertThat(new RollbackRules(List.of(), List.of(RuntimeException.class)))
                .rejects(new IllegalStateException());
    }

    @Test
    void theNearestRuleWins() {
        assertThat(new RollbackRules(List.of(Exception.class), List.of(IOException.class)))
                .accepts(new InterruptedException(), new IllegalStateException())
                .rejects(new IOException(), new FileNotFoundException());
        assertThat(new RollbackRules(List.of(FileNotFoundException.class), List.of(IOException.class)))
                .accepts(new FileNotFoundException())
                .rejects(new IOException());
    }

    @Test
    void aClassInBothListsRollsBack() {
        assertThat(new RollbackRules(List.of(IOException.class), List.of(IOException.class)))
                .accepts(new IOException());
    }
}
