package io.dtx.test.equivalence;

import io.dtx.test.equivalence.Kind.Sample;
import io.dtx.test.equivalence.Step.Bound;
import io.dtx.test.equivalence.Step.Command;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A statement while it is written: its text, and the parameters in the order of their question marks. */
final class SqlText {

    private final Chance chance;
    private final boolean parameters;
    private final StringBuilder text = new StringBuilder();
    private final List<Bound> bound = new ArrayList<>();

    /** @param parameters whether values may become parameters */
    SqlText(Chance chance, boolean parameters) {
        this.chance = chance;
        this.parameters = parameters;
    }

    SqlText add(String sql) {
        text.append(sql);
        return this;
    }

    /** A place where a comment may stand. */
    SqlText gap() {
        text.append(
                switch (chance.below(24)) {
                    case 0 -> " /* UPDATE x SET ';' ? */ ";
                    case 1 -> " -- FOR UPDATE ' ?\n";
                    case 2 -> "\n\t";
                    default -> " ";
                });
        return this;
    }

    SqlText value(Kind kind) {
        return value(kind, chance.of(kind.samples()));
    }

    /** @param sample null for NULL; if it is none of the samples of the kind, it is bound where it can be */
    SqlText value(Kind kind, @Nullable Sample sample) {
        boolean own = sample != null && !kind.samples().contains(sample);
        if (parameters && (own || !chance.oneIn(4))) {
            text.append(kind.placeholder());
            bound.add(new Bound(kind, sample));
        } else {
            text.append(sample == null ? "NULL" : sample.literal());
        }
        return this;
    }

    Command command() {
        return new Command(text.toString(), List.copyOf(bound));
    }

    /**
     * The same text with other values.
     *
     * @param n for values that are none of the samples of their kind
     */
    static Command again(Command command, Chance chance, int n) {
        List<Bound> others = command.parameters().stream()
                .map(bound -> again(bound, chance, n))
                .toList();
        return new Command(command.sql(), others);
    }

    private static Bound again(Bound bound, Chance chance, int n) {
        List<Sample> samples = bound.kind().samples();
        if (bound.sample() == null) {
            return bound;
        }
        boolean own = !samples.contains(bound.sample()) && !chance.oneIn(200);
        return new Bound(bound.kind(), own ? bound.kind().distinct(n) : chance.of(samples));
    }
}
