package io.dtx.sql;

import io.dtx.sql.Functions.Nature;
import io.dtx.sql.SqlStatement.Value;
import java.util.ArrayList;
import java.util.List;

/** Reads {@code (..), (..)}: rows of values. */
final class ValueRows {

    private final Tokens tokens;
    private int end;

    ValueRows(Tokens tokens) {
        this.tokens = tokens;
    }

    /** The place behind the rows that were read last. */
    int end() {
        return end;
    }

    /** @param columns how many values each row must have; 0 for as many as the first has */
    List<List<Value>> rows(int start, int columns) {
        List<List<Value>> rows = new ArrayList<>();
        int i = start;
        do {
            if (!tokens.isSymbol(i, "(")) {
                throw Target.unknown(tokens, i);
            }
            List<Value> row = row(i);
            boolean fits =
                    columns == 0 ? rows.isEmpty() || row.size() == rows.get(0).size() : row.size() == columns;
            if (!fits) {
                throw new Refusal("a row whose values do not match the columns", "give one value per column");
            }
            rows.add(row);
            i = tokens.next(i) + 1;
        } while (tokens.isSymbol(i - 1, ","));
        end = i - 1;
        return rows;
    }

    private List<Value> row(int open) {
        List<Value> row = new ArrayList<>();
        int close = tokens.partner(open);
        int i = open;
        while (i < close && open + 1 < close) {
            int start = i + 1;
            i = start;
            while (i < close && !tokens.isSymbol(i, ",")) {
                i = tokens.next(i);
            }
            if (i == start) {
                throw new Refusal("a row with an empty place", "give one value per column");
            }
            row.add(value(start, i));
        }
        return row;
    }

    Value value(int start, int end) {
        if (start >= end) {
            throw new Refusal("a row with an empty place", "give one value per column");
        }
        Effects effects = Effects.of(tokens, start, end);
        boolean stable = effects.named(Nature.VOLATILE) == null && effects.named(Nature.LAST_GENERATED) == null;
        Token first = tokens.get(start);
        if (end == start + 1) {
            return single(start, stable);
        }
        boolean signed = first.isSymbol("-") || first.isSymbol("+");
        if (signed && end == start + 2 && tokens.get(start + 1).kind() == Token.Kind.NUMBER) {
            return new Value.Literal(tokens.fragment(start, end).sql());
        }
        return new Value.Expression(tokens.fragment(start, end), stable);
    }

    private Value single(int i, boolean stable) {
        Token token = tokens.get(i);
        return switch (token.kind()) {
            case PARAMETER -> new Value.Parameter(tokens.parameterNumber(i));
            case STRING, NUMBER -> new Value.Literal(tokens.written(i));
            case WORD ->
                switch (token.text()) {
                    case "DEFAULT" -> new Value.Default();
                    case "NULL" -> new Value.Null();
                    case "TRUE", "FALSE" -> new Value.Literal(tokens.written(i));
                    default -> new Value.Expression(tokens.fragment(i, i + 1), stable);
                };
            default -> new Value.Expression(tokens.fragment(i, i + 1), stable);
        };
    }
}
