package io.dtx.sql;

/** Finds the end of the common table expressions with which a statement begins: {@code WITH a AS (..), b (x) AS (..)}. */
final class Commons {

    private Commons() {}

    /**
     * The place of the statement's own first word. The expressions before a write must be plain queries that give the same
     * rows when they are asked again.
     */
    static int end(Tokens tokens) {
        if (!tokens.isWord(0, "WITH")) {
            return 0;
        }
        int i = tokens.isWord(1, "RECURSIVE") ? 2 : 1;
        while (i < tokens.size()) {
            if (!tokens.get(i).isIdentifier()) {
                return 0;
            }
            i++;
            if (tokens.isSymbol(i, "(")) {
                i = tokens.next(i);
            }
            if (!tokens.isWord(i++, "AS")) {
                return 0;
            }
            i += tokens.isWord(i, "NOT") ? 1 : 0;
            i += tokens.isWord(i, "MATERIALIZED") ? 1 : 0;
            if (!tokens.isSymbol(i, "(")) {
                return 0;
            }
            i = tokens.next(i);
            if (!tokens.isSymbol(i, ",")) {
                break;
            }
            i++;
        }
        boolean query = tokens.isWord(i, "SELECT") || tokens.isWord(i, "VALUES") || tokens.isWord(i, "TABLE");
        if (query || tokens.isSymbol(i, "(")) {
            return 0;
        }
        Effects effects = Effects.of(tokens, 0, i);
        if (!tokens.isWord(i, "INSERT")) {
            effects.mustChooseTheSameRowsAgain();
        }
        return i;
    }
}
