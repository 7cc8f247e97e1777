package io.dtx.sql;

import io.dtx.sql.SqlStatement.Pin;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Finds the columns that a condition holds to one given value: {@code a = ?}, alone or among others that all must hold. */
final class Pins {

    /** What makes parts that AND separates something else than conditions of which all must hold. */
    private static final Set<String> OTHERWISE = Set.of("OR", "XOR", "BETWEEN", "CASE");

    private Pins() {}

    /** @param target what a qualifier must mean */
    static List<Pin> of(Tokens tokens, int from, int to, Target target) {
        List<Pin> pins = new ArrayList<>();
        int start = from;
        for (int i = from; i <= to; i = tokens.next(i)) {
            if (i < to && (isOtherwise(tokens.get(i)) || tokens.isSymbol(i, "||"))) {
                return List.of();
            }
            if (i == to || tokens.isWord(i, "AND")) {
                add(tokens, start, i, target, pins);
                start = i + 1;
            }
        }
        return pins;
    }

    private static boolean isOtherwise(Token token) {
        return token.kind() == Token.Kind.WORD && OTHERWISE.contains(token.text());
    }

    private static void add(Tokens tokens, int from, int to, Target target, List<Pin> pins) {
        int column = Target.columnAt(tokens, from);
        boolean pin = to == column + 3
                && tokens.isSymbol(column + 1, "=")
                && tokens.get(column).isIdentifier()
                && (column == from || target.isNamed(Target.qualifier(tokens, column)));
        if (pin) {
            SqlStatement.Value value = new ValueRows(tokens).value(column + 2, to);
            boolean given =
                    value instanceof SqlStatement.Value.Parameter || value instanceof SqlStatement.Value.Literal;
            if (given) {
                pins.add(new Pin(Target.column(tokens, column), value));
            }
        }
    }
}
