package io.dtx;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.UndeclaredThrowableException;
import java.sql.SQLException;
import java.sql.SQLTransactionRollbackException;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;

class RollbackRulesTests {

    @Test
    void withoutARuleUncheckedExceptionsRollBackAndCheckedOnesDoNot() {
        assertThat(RollbackRules.UNCHECKED).accepts(new IllegalStateException(), new OutOfMemoryError());
        assertThat(RollbackRules.UNCHECKED).rejects(new IOException(), new Exception());
    }

    @Test
    void checkedExceptionsThatBreakTheWorkOffRollBack() {
        assertThat(RollbackRules.UNCHECKED)
                .accepts(new InterruptedException(), new SQLException(), new SQLTransactionRollbackException());
        assertThat(rules(List.of(), List.of(InterruptedException.class, SQLException.class)))
                .rejects(new InterruptedException(), new SQLTransactionRollbackException());
    }

    @Test
    void whatOnlyHandsAnotherOnIsJudgedByIt() {
        assertThat(RollbackRules.UNCHECKED)
                .accepts(
                        new ExecutionException(new IllegalStateException()),
                        new InvocationTargetException(new OutOfMemoryError()),
                        new ExecutionException(new CompletionException(new InterruptedException())))
                .rejects(
                        new ExecutionException(new IOException()),
                        new InvocationTargetException(new IOException()),
                        new ExecutionException(null));
        assertThat(rules(List.of(IOException.class), List.of(IllegalStateException.class)))
                .accepts(
                        new ExecutionException(new FileNotFoundException()),
                        new UndeclaredThrowableException(new IOException()))
                .rejects(
                        new ExecutionException(new IllegalStateException()),
                        new CompletionException(new IllegalStateException()));
        assertThat(rules(List.of(Exception.class), List.of(IOException.class)))
                .as("the nearest rule for the cause, before a rule for what wraps it")
                .accepts(new ExecutionException(new InterruptedException()))
                .rejects(new ExecutionException(new IOException()));
    }

    @Test
    void anUncheckedOneThatHandsACheckedOneOnRollsBackAsEver() {
        assertThat(RollbackRules.UNCHECKED)
                .accepts(
                        new CompletionException(new IOException()),
                        new UndeclaredThrowableException(new IOException()));
    }

    @Test
    void aRuleThatNamesWhatHandsAnotherOnIsForThat() {
        assertThat(rules(
                        List.of(ExecutionException.class, IllegalArgumentException.class),
                        List.of(CompletionException.class)))
                .accepts(new ExecutionException(new IOException()))
                .rejects(new CompletionException(new IllegalArgumentException()));
    }

    @Test
    void aRuleCountsForSubclasses() {
        assertThat(rules(List.of(IOException.class), List.of())).accepts(new FileNotFoundException());
        assertThat(rules(List.of(), List.of(RuntimeException.class))).rejects(new IllegalStateException());
    }

    @Test
    void theNearestRuleWins() {
        assertThat(rules(List.of(Exception.class), List.of(IOException.class)))
                .accepts(new InterruptedException(), new IllegalStateException())
                .rejects(new IOException(), new FileNotFoundException());
        assertThat(rules(List.of(FileNotFoundException.class), List.of(IOException.class)))
                .accepts(new FileNotFoundException())
                .rejects(new IOException());
    }

    @Test
    void aClassInBothListsRollsBack() {
        assertThat(rules(List.of(IOException.class), List.of(IOException.class)))
                .accepts(new IOException());
    }

    @Test
    void whereCheckedOnesRollBackTooARuleStillNamesThoseThatDoNot() {
        RollbackRules all = rules(List.of(), List.of(IOException.class)).withCheckedToo();

        assertThat(all)
                .accepts(
                        new Exception(),
                        new IllegalStateException(),
                        new ExecutionException(new Exception()),
                        new ExecutionException(null))
                .rejects(new FileNotFoundException(), new ExecutionException(new IOException()));
        assertThat(rules(List.of(), List.of(Exception.class)).withCheckedToo())
                .as("Spring's own default is the last of the rules")
                .rejects(new IOException(), new IllegalStateException());
        assertThat(all.withRollbackFor(List.of(FileNotFoundException.class)).withNoRollbackFor(List.of()))
                .as("other rules do not change it")
                .accepts(new IOException());
    }

    private static RollbackRules rules(
            List<Class<? extends Throwable>> rollbackFor, List<Class<? extends Throwable>> noRollbackFor) {
        return RollbackRules.UNCHECKED.withRollbackFor(rollbackFor).withNoRollbackFor(noRollbackFor);
    }
}
