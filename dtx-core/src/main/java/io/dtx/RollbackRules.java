package io.dtx;

import java.util.List;
import java.util.function.Predicate;

/**
 * Which exceptions roll back: the rule whose class is nearest to the exception's own class wins; with no rule, unchecked
 * exceptions roll back and checked ones do not. Where both lists name the same class, it rolls back.
 */
record RollbackRules(List<Class<? extends Throwable>> rollbackFor, List<Class<? extends Throwable>> noRollbackFor)
        implements Predicate<Throwable> {

    static final RollbackRules UNCHECKED = new RollbackRules(List.of(), List.of());

    RollbackRules {
        rollbackFor = List.copyOf(rollbackFor);
        noRollbackFor = List.copyOf(noRollbackFor);
    }

    @Override
    public boolean test(Throwable failure) {
        for (Class<?> type = failure.getClass(); type != null; type = type.getSuperclass()) {
            if (rollbackFor.contains(type)) {
                return true;
            }
            if (noRollbackFor.contains(type)) {
                return false;
            }
        }
        return failure instanceof RuntimeException || failure instanceof Error;
    }
}
