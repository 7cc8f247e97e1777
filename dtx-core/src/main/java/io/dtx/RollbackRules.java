package io.dtx;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.UndeclaredThrowableException;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Which exceptions roll back: the rule whose class is nearest to the exception's own class wins. With no rule, unchecked
 * exceptions roll back, and of the checked ones those that say that the work broke off in the middle: {@link SQLException}
 * and {@link InterruptedException}. Where both lists name the same class, it rolls back.
 *
 * <p>An exception that only hands on another thread's or method's, such as {@link ExecutionException}, is judged by its cause,
 * unless a rule names its very class; an unchecked one rolls back if no rule names its cause either.
 *
 * @param checkedToo whether all exceptions roll back for which there is no rule
 */
record RollbackRules(
        List<Class<? extends Throwable>> rollbackFor,
        List<Class<? extends Throwable>> noRollbackFor,
        boolean checkedToo)
        implements Predicate<Throwable> {

    static final RollbackRules UNCHECKED = new RollbackRules(List.of(), List.of(), false);

    RollbackRules {
        rollbackFor = List.copyOf(rollbackFor);
        noRollbackFor = List.copyOf(noRollbackFor);
    }

    RollbackRules withRollbackFor(List<Class<? extends Throwable>> types) {
        return new RollbackRules(types, noRollbackFor, checkedToo);
    }

    RollbackRules withNoRollbackFor(List<Class<? extends Throwable>> types) {
        return new RollbackRules(rollbackFor, types, checkedToo);
    }

    RollbackRules withCheckedToo() {
        return new RollbackRules(rollbackFor, noRollbackFor, true);
    }

    @Override
    public boolean test(Throwable failure) {
        Boolean named = rule(failure);
        return named == null ? checkedToo || rollsByItself(failure) : named;
    }

    /** What a rule says; null if there is none for it. */
    private @Nullable Boolean rule(Throwable failure) {
        Throwable handedOn = handedOn(failure);
        if (handedOn != null && !isNamed(failure.getClass())) {
            Boolean named = rule(handedOn);
            if (named != null) {
                return named;
            }
        }
        for (Class<?> type = failure.getClass(); type != null; type = type.getSuperclass()) {
            if (isNamed(type)) {
                return rollbackFor.contains(type);
            }
        }
        return null;
    }

    private boolean isNamed(Class<?> type) {
        return rollbackFor.contains(type) || noRollbackFor.contains(type);
    }

    private static boolean rollsByItself(Throwable failure) {
        Throwable handedOn = handedOn(failure);
        return failure instanceof RuntimeException
                || failure instanceof Error
                || failure instanceof SQLException
                || failure instanceof InterruptedException
                || (handedOn != null && rollsByItself(handedOn));
    }

    /** The exception in whose place this one was thrown; null if it was thrown in its own. */
    private static @Nullable Throwable handedOn(Throwable failure) {
        boolean wraps = failure instanceof ExecutionException
                || failure instanceof CompletionException
                || failure instanceof InvocationTargetException
                || failure instanceof UndeclaredThrowableException;
        return wraps ? failure.getCause() : null;
    }
}
