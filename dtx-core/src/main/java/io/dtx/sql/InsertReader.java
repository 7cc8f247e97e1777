package io.dtx.sql;

import io.dtx.sql.SqlStatement.Value;
import io.dtx.sql.TableName.Identifier;
import java.util.ArrayList;
import java.util.List;

/** Reads {@code INSERT INTO table [(columns)] VALUES (..), ..} and {@code INSERT INTO table DEFAULT VALUES}. */
final class InsertReader {

    private final Tokens tokens;

    InsertReader(Tokens tokens) {
        this.tokens = tokens;
    }

    SqlStatement.Insert insert() {
        if (tokens.isWord(1, "IGNORE") || tokens.areWords(2, "IGNORE")) {
            throw new Refusal(
                    "INSERT IGNORE, which may leave out rows", "insert only what is not there, or catch the error");
        }
        if (!tokens.isWord(1, "INTO")) {
            throw Target.refusedWord(tokens.get(1).text()) == null
                    ? new Refusal("INSERT without INTO", "write INSERT INTO")
                    : Target.unexpected(tokens, 1);
        }
        Target target = Target.read(tokens, 2, false);
        int i = target.end();
        if (tokens.areWords(i, "DEFAULT", "VALUES")) {
            refuseRest(i + 2);
            return insert(target, List.of(), List.of(List.of()));
        }
        List<Identifier> columns = new ArrayList<>();
        if (tokens.isSymbol(i, "(") && !startsQuery(i + 1)) {
            columns.addAll(columns(i));
            i = tokens.next(i);
        }
        boolean values = tokens.isWord(i, "VALUES") || (tokens.dialect() == Dialect.MYSQL && tokens.isWord(i, "VALUE"));
        if (!values) {
            throw notValues(i);
        }
        return insert(target, columns, rows(i + 1, columns.size()));
    }

    private SqlStatement.Insert insert(Target target, List<Identifier> columns, List<List<Value>> rows) {
        return new SqlStatement.Insert(target.table(), columns, rows, tokens.parameterCount());
    }

    private boolean startsQuery(int i) {
        return tokens.isWord(i, "SELECT")
                || tokens.isWord(i, "WITH")
                || tokens.isWord(i, "VALUES")
                || tokens.isWord(i, "TABLE")
                || tokens.isSymbol(i, "(");
    }

    private Refusal notValues(int i) {
        if (startsQuery(i)) {
            return new Refusal("INSERT of a query's rows", "read the rows first, then insert them with VALUES");
        }
        if (tokens.isWord(i, "SET")) {
            return new Refusal("INSERT .. SET", "write INSERT INTO .. (columns) VALUES (..)");
        }
        if (tokens.isWord(i, "OVERRIDING")) {
            return new Refusal("OVERRIDING", "let the database generate the identity value");
        }
        if (tokens.isWord(i, "AS")) {
            return new Refusal("an alias of the inserted table", "take the alias out");
        }
        return Target.unexpected(tokens, i);
    }

    private List<Identifier> columns(int open) {
        List<Identifier> columns = new ArrayList<>();
        int close = tokens.partner(open);
        for (int i = open + 1; i < close; i += 2) {
            columns.add(Target.identifier(tokens, i));
            boolean separated = i + 1 == close || (tokens.isSymbol(i + 1, ",") && i + 2 < close);
            if (!separated) {
                throw Target.unknown(tokens, i + 1);
            }
        }
        return columns;
    }

    private List<List<Value>> rows(int start, int columns) {
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
        refuseRest(i - 1);
        return rows;
    }

    private void refuseRest(int i) {
        if (i >= tokens.size()) {
            return;
        }
        if (tokens.areWords(i, "ON", "DUPLICATE")) {
            throw new Refusal("ON DUPLICATE KEY UPDATE", "read the row FOR UPDATE first, then INSERT or UPDATE it");
        }
        if (tokens.areWords(i, "ON", "CONFLICT")) {
            throw new Refusal("ON CONFLICT", "read the row FOR UPDATE first, then INSERT or UPDATE it");
        }
        if (tokens.isWord(i, "RETURNING")) {
            throw new Refusal("RETURNING", "ask the driver for the generated keys");
        }
        if (tokens.isWord(i, "AS")) {
            throw new Refusal("an alias of the inserted row", "take the alias out");
        }
        throw Target.unknown(tokens, i);
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

    private Value value(int start, int end) {
        Effects.of(tokens, start, end);
        Token first = tokens.get(start);
        if (end == start + 1) {
            return single(start);
        }
        boolean signed = first.isSymbol("-") || first.isSymbol("+");
        if (signed && end == start + 2 && tokens.get(start + 1).kind() == Token.Kind.NUMBER) {
            return new Value.Literal(tokens.fragment(start, end).sql());
        }
        return new Value.Expression(tokens.fragment(start, end));
    }

    private Value single(int i) {
        Token token = tokens.get(i);
        return switch (token.kind()) {
            case PARAMETER -> new Value.Parameter(tokens.parameterNumber(i));
            case STRING, NUMBER -> new Value.Literal(tokens.written(i));
            case WORD ->
                switch (token.text()) {
                    case "DEFAULT" -> new Value.Default();
                    case "NULL" -> new Value.Null();
                    case "TRUE", "FALSE" -> new Value.Literal(tokens.written(i));
                    default -> new Value.Expression(tokens.fragment(i, i + 1));
                };
            default -> new Value.Expression(tokens.fragment(i, i + 1));
        };
    }
}
