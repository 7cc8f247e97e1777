package io.dtx.test.equivalence;

import io.dtx.test.equivalence.Sequence.Local;
import io.dtx.test.equivalence.Step.Execute;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/** Makes a failing sequence shorter for as long as it still fails. */
final class Shrinking {

    private final Predicate<Sequence> fails;
    private int tries;

    /** @param tries how many shorter sequences may be run */
    Shrinking(Predicate<Sequence> fails, int tries) {
        this.fails = fails;
        this.tries = tries;
    }

    Sequence shrink(Sequence failing) {
        Sequence shortest = failing;
        boolean shorter = true;
        while (shorter && tries > 0) {
            shorter = false;
            for (Sequence candidate : shorter(shortest)) {
                if (tries-- > 0 && fails.test(candidate)) {
                    shortest = candidate;
                    shorter = true;
                    break;
                }
            }
        }
        return shortest;
    }

    /** The greatest cuts first. */
    private static List<Sequence> shorter(Sequence from) {
        List<Sequence> all = new ArrayList<>();
        for (int i = 0; i < from.locals().size() && from.locals().size() > 1; i++) {
            all.add(with(from, from.rows(), without(from.locals(), i)));
        }
        for (int i = 0; i < from.locals().size(); i++) {
            Local local = from.locals().get(i);
            for (int j = 0; j < local.steps().size() && local.steps().size() > 1; j++) {
                all.add(with(from, from.rows(), replaced(from.locals(), i, steps(local, without(local.steps(), j)))));
            }
            for (int j = 0; j < local.steps().size(); j++) {
                if (local.steps().get(j) instanceof Execute execute
                        && execute.commands().size() > 1) {
                    for (int k = 0; k < execute.commands().size(); k++) {
                        Step fewer = execute.with(without(execute.commands(), k));
                        all.add(with(
                                from,
                                from.rows(),
                                replaced(from.locals(), i, steps(local, replaced(local.steps(), j, fewer)))));
                    }
                }
            }
        }
        for (int i = 0; i < from.rows().size(); i++) {
            all.add(with(from, without(from.rows(), i), from.locals()));
        }
        return all;
    }

    private static Sequence with(Sequence from, List<String> rows, List<Local> locals) {
        return new Sequence(
                from.seed(), from.firstNumber(), from.session(), from.isolation(), rows, locals, from.commit());
    }

    private static Local steps(Local local, List<Step> steps) {
        return new Local(local.autocommit(), local.goesOn(), local.commit(), steps);
    }

    private static <T> List<T> without(List<T> list, int index) {
        List<T> rest = new ArrayList<>(list);
        rest.remove(index);
        return rest;
    }

    private static <T> List<T> replaced(List<T> list, int index, T by) {
        List<T> changed = new ArrayList<>(list);
        changed.set(index, by);
        return changed;
    }
}
