package io.dtx.sql;

import org.jspecify.annotations.Nullable;

/** What a statement is to hand back of the rows that it wrote. */
final class Returning {

    private Returning() {}

    /** @param end the place of RETURNING, or the statement's end */
    static @Nullable Fragment read(Tokens tokens, int end) {
        if (end == tokens.size()) {
            return null;
        }
        if (end + 1 == tokens.size()) {
            throw Target.unknown(tokens, tokens.size());
        }
        if (tokens.isWord(end + 1, "WITH") || tokens.isWord(end + 1, "INTO")) {
            throw new Refusal("RETURNING " + tokens.get(end + 1).text(), "write RETURNING with a plain list");
        }
        Effects effects = Effects.of(tokens, end + 1, tokens.size());
        String rows = effects.named(Functions.Nature.ROWS);
        if (rows != null) {
            throw new Refusal(rows + " in RETURNING, which makes rows", "return the rows themselves");
        }
        return tokens.fragment(end + 1, tokens.size());
    }
}
