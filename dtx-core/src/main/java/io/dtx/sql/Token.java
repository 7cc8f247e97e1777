package io.dtx.sql;

/**
 * One lexical unit of a statement, at {@code [start, end)} of its text.
 *
 * @param text a word in ASCII capitals (so that {@code ı} never makes a keyword); a quoted name without its quotes; a
 *     symbol as it stands; of a variable the name in capitals; empty for strings
 */
record Token(Kind kind, int start, int end, String text) {

    enum Kind {
        /** A keyword or an unquoted name. */
        WORD,
        /** A quoted name. */
        NAME,
        /** A string of any kind, with its prefix. */
        STRING,
        NUMBER,
        /** {@code ?}. */
        PARAMETER,
        /** {@code @x} or {@code @@x}. */
        VARIABLE,
        /** An operator or a mark. */
        SYMBOL
    }

    boolean isWord(String word) {
        return kind == Kind.WORD && text.equals(word);
    }

    boolean isSymbol(String symbol) {
        return kind == Kind.SYMBOL && text.equals(symbol);
    }

    boolean isIdentifier() {
        return kind == Kind.WORD || kind == Kind.NAME;
    }
}
