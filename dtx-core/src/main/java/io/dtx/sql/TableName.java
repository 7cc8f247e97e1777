package io.dtx.sql;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A table as a statement names it: unquoted, the case kept, with whether each part was quoted (which decides how the
 * database folds it).
 *
 * @param qualifiers catalogue and schema parts before the name, outermost first; empty if unqualified
 * @param alias as written, with its quotes; null for none
 */
public record TableName(
        List<Identifier> qualifiers,
        Identifier name,
        @Nullable String alias) {

    public TableName {
        qualifiers = List.copyOf(qualifiers);
    }

    /**
     * One name.
     *
     * @param text without its quotes, doubled quotes inside made single
     */
    public record Identifier(String text, boolean quoted) {}
}
