package io.dtx.test.equivalence;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A column type, and what the generator needs to use it.
 *
 * @param type as in CREATE TABLE
 * @param sort which operators and functions fit
 * @param use how far values of the type can be compared
 * @param exact an expression over the column, {@code {c}}, whose text differs for any two different values
 * @param placeholder for a parameter; holds one {@code ?}
 * @param samples few, so that conditions match and unique values collide
 */
record Kind(String type, Sort sort, Use use, String exact, String placeholder, List<Sample> samples) {

    enum Sort {
        NUMBER,
        TEXT,
        OTHER
    }

    enum Use {
        /** Compared, and part of keys and unique indexes. */
        KEY,
        COMPARED,
        STORED
    }

    /** One value, as a literal of SQL and as {@code setObject} takes it. */
    record Sample(String literal, Object parameter) {}

    static Sample sample(String literal, Object parameter) {
        return new Sample(literal, parameter);
    }

    /** One of many values that differ from each other and from the samples; null if the type has none at hand. */
    @Nullable Sample distinct(int n) {
        return switch (sort) {
            case NUMBER -> sample(Integer.toString(100 + n), 100 + n);
            case TEXT -> sample("'k" + n + "'", "k" + n);
            case OTHER -> null;
        };
    }

    String exactOf(String column) {
        return exact.replace("{c}", column);
    }
}
