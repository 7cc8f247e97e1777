package io.dtx.sql;

import io.dtx.sql.SqlStatement.OnDuplicate;
import io.dtx.sql.TableName.Identifier;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import net.sf.jsqlparser.parser.CCJSqlParser;
import net.sf.jsqlparser.parser.ParseException;
import net.sf.jsqlparser.parser.TokenMgrException;
import net.sf.jsqlparser.schema.Column;
import net.sf.jsqlparser.schema.Table;
import net.sf.jsqlparser.statement.Statement;
import net.sf.jsqlparser.statement.delete.Delete;
import net.sf.jsqlparser.statement.insert.Insert;
import net.sf.jsqlparser.statement.merge.Merge;
import net.sf.jsqlparser.statement.select.PlainSelect;
import net.sf.jsqlparser.statement.select.Select;
import net.sf.jsqlparser.statement.update.Update;
import net.sf.jsqlparser.statement.update.UpdateSet;
import org.jspecify.annotations.Nullable;

/**
 * The second opinion: a full parse of the statement, which must see the same structure as the readers of this package
 * did. It is given neutral text (every string is {@code 's'}, comments are gone), so only {@link Lexer} decides what
 * is text and what is code. What the parser makes of a statement is never used, only compared.
 */
final class Parser {

    private static final String REMEDY = "write it in plainer SQL, or take it out of the global transaction";

    /** Operators between two operands that the parser does not know, or writes in another way. */
    private static final Set<String> UNKNOWN_OPERATORS = Set.of("??", "??|", "??&", "@??", "#>>", "#-", "-|-", "^@");

    /**
     * Words that the parser reserves and none of our databases does, so that they are ordinary names. What one of them opens
     * (H2's {@code FINAL TABLE (..)}) is refused before, as a call.
     */
    private static final Set<String> NAMES = Set.of(
            ("ABSENT CONNECT_BY_ROOT CSV ERRORS EXCLUDES EXTEND FBV FINAL IMPORT INCLUDES NOCYCLE OUTPUT PIVOT PREFERRING"
                            + " PREWHERE PRIOR RETURNS SAMPLE SCRIPT SEMI SETTINGS STATEMENT UNKNOWN UNPIVOT VERIFY")
                    .split(" "));

    /** Likewise, but in MySQL they begin index hints. */
    private static final Set<String> NAMES_BUT_IN_MYSQL = Set.of("FORCE", "USE");

    private final Tokens tokens;
    private final SessionRules neutral;

    Parser(Tokens tokens) {
        this.tokens = tokens;
        this.neutral = new SessionRules(tokens.dialect(), false, true);
    }

    void confirmRead() {
        confirm(parse() instanceof Select, "query");
    }

    void confirm(SqlStatement.Update mine) {
        if (!(parse() instanceof Update theirs)) {
            throw disagreement("UPDATE");
        }
        boolean joined = !none(theirs.getStartJoins()) || !none(theirs.getJoins()) || theirs.getFromItem() != null;
        confirm(joined == mine.around().joined(), "tables");
        confirmAround(mine.around(), theirs.getWithItemsList(), theirs.getReturningClause());
        if (!joined) {
            confirmTable(mine.table(), theirs.getTable());
        }
        List<Column> columns = theirs.getUpdateSets().stream()
                .map(UpdateSet::getColumns)
                .flatMap(List::stream)
                .toList();
        confirmColumns(mine.assigned(), columns);
        confirmClause(mine.where(), theirs.getWhere());
        confirmClause(mine.orderBy(), theirs.getOrderByElements());
        confirmClause(mine.limit(), theirs.getLimit());
    }

    void confirm(SqlStatement.Delete mine) {
        if (!(parse() instanceof Delete theirs)) {
            throw disagreement("DELETE");
        }
        boolean joined = !none(theirs.getTables()) || !none(theirs.getJoins()) || !none(theirs.getUsingFromItemList());
        confirm(joined == mine.around().joined(), "tables");
        confirmAround(mine.around(), theirs.getWithItemsList(), theirs.getReturningClause());
        if (!joined) {
            confirmTable(mine.table(), theirs.getTable());
        }
        confirmClause(mine.where(), theirs.getWhere());
        confirmClause(mine.orderBy(), theirs.getOrderByElements());
        confirmClause(mine.limit(), theirs.getLimit());
    }

    private static void confirmAround(
            SqlStatement.Around mine, @Nullable List<?> withItems, @Nullable Object returning) {
        confirm((mine.with() != null) == !none(withItems), "WITH");
        confirm((mine.returning() != null) == (returning != null), "RETURNING");
    }

    void confirm(SqlStatement.Insert mine) {
        boolean defaults = mine.columns().isEmpty() && mine.rows().equals(List.of(List.of()));
        if (defaults && mine.onDuplicate() == OnDuplicate.FAIL && mine.returning() == null) {
            // A row of defaults: the reader has seen every token, no expression is left to be understood.
            return;
        }
        if (!(parse() instanceof Insert theirs)) {
            throw disagreement("INSERT");
        }
        boolean conflict = theirs.getConflictAction() != null || theirs.getDuplicateAction() != null;
        confirm(conflict == hasConflictClause(mine), "clauses");
        confirm((mine.returning() != null) == (theirs.getReturningClause() != null), "RETURNING");
        confirmTable(mine.table(), theirs.getTable());
        if (none(theirs.getSetUpdateSets())) {
            confirmColumns(mine.columns(), theirs.getColumns() == null ? List.of() : theirs.getColumns());
            boolean values = theirs.isOnlyDefaultValues() || (theirs.getSelect() != null && isValues(theirs));
            confirm(values == !mine.ofQuery(), "rows");
        }
    }

    /** MySQL's other words for duplicates, IGNORE and REPLACE, stand before the table, and are not in the neutral text. */
    private boolean hasConflictClause(SqlStatement.Insert mine) {
        return mine.onDuplicate() == OnDuplicate.UPDATE
                || (mine.onDuplicate() == OnDuplicate.SKIP && tokens.dialect() != Dialect.MYSQL);
    }

    private static boolean isValues(Insert theirs) {
        return theirs.getSelect() instanceof net.sf.jsqlparser.statement.select.Values;
    }

    void confirm(SqlStatement.Merge mine) {
        if (mine.head() == null) {
            confirm(new SqlStatement.Insert(mine.table(), mine.columns(), mine.rows(), mine.parameters(), mine.body()));
            return;
        }
        if (!(parse() instanceof Merge theirs)) {
            throw disagreement("MERGE");
        }
        StringBuilder name = new StringBuilder();
        mine.table().qualifiers().forEach(part -> name.append(neutral(part)).append('.'));
        confirm((name + neutral(mine.table().name())).equals(theirs.getTable().getFullyQualifiedName()), "table");
        confirm(
                theirs.getOperations() != null
                        && theirs.getOperations().size() == mine.branches().size(),
                "branches");
    }

    void confirm(SqlStatement.LockingRead mine) {
        confirmTable(mine.table(), onlyTable(lockingSelect(false, mine.where(), mine.orderBy())));
    }

    void confirm(SqlStatement.LockingJoin mine) {
        PlainSelect theirs = lockingSelect(mine.joined(), mine.where(), mine.orderBy());
        if (!mine.joined()) {
            confirmName(mine.tables().get(0), onlyTable(theirs));
        }
    }

    private static Table onlyTable(PlainSelect theirs) {
        if (!(theirs.getFromItem() instanceof Table table)) {
            throw disagreement("tables");
        }
        return table;
    }

    private PlainSelect lockingSelect(boolean joined, @Nullable Fragment where, @Nullable Fragment orderBy) {
        if (!(parse() instanceof PlainSelect theirs)) {
            throw disagreement("SELECT");
        }
        confirm(none(theirs.getJoins()) == !joined, "tables");
        boolean plain = none(theirs.getWithItemsList())
                && theirs.getGroupBy() == null
                && theirs.getHaving() == null
                && theirs.getDistinct() == null
                && none(theirs.getIntoTables())
                && none(theirs.getWindowDefinitions());
        confirm(plain && theirs.getForMode() != null, "clauses");
        confirmClause(where, theirs.getWhere());
        confirmClause(orderBy, theirs.getOrderByElements());
        return theirs;
    }

    private Statement parse() {
        String text = neutralText();
        Statement statement;
        try {
            statement = new CCJSqlParser(text)
                    .withAllowComplexParsing(true)
                    .withUnsupportedStatements(false)
                    .Statement();
        } catch (ParseException | TokenMgrException e) {
            throw new Refusal("a form that the parser does not know", REMEDY);
        }
        if (statement == null) {
            throw new Refusal("a form that the parser does not know", REMEDY);
        }
        confirmNothingSkipped(text, statement.toString());
        return statement;
    }

    /** The parser must give back every token that it was given: what it leaves out, it has not understood. */
    private void confirmNothingSkipped(String given, String returned) {
        Map<String, Integer> left = new HashMap<>();
        for (Token token : Lexer.tokens(returned, neutral)) {
            left.merge(token.text(), 1, Integer::sum);
        }
        for (Token token : Lexer.tokens(given, neutral)) {
            int now = left.merge(token.text(), -1, Integer::sum);
            if (now < 0) {
                throw new Refusal("a part that the parser skips (" + token.text() + ")", REMEDY);
            }
        }
    }

    private String neutralText() {
        StringBuilder text = new StringBuilder(tokens.sql().length());
        boolean merge = tokens.isWord(0, "MERGE") && tokens.find(0, tokens.size(), "USING") == tokens.size();
        for (int i = 0; i < tokens.size(); i++) {
            if (i > 0 && tokens.get(i - 1).end() < tokens.get(i).start()) {
                text.append(' ');
            }
            if (tokens.areWords(i, "LOCK", "IN", "SHARE", "MODE")) {
                text.append("FOR SHARE");
                i += 3;
            } else if (tokens.isWord(i, "OVERRIDING") && tokens.isWord(i + 2, "VALUE")) {
                text.append(' ');
                i += 2;
            } else if (merge && i > 0 && tokens.isWord(i, "KEY") && tokens.isSymbol(i + 1, "(")) {
                text.append(' ');
                i = tokens.partner(i + 1);
            } else if (tokens.areWords(i, "BIT", "VARYING")) {
                text.append("VARBIT");
                i++;
            } else if (isJsonMark(i)) {
                text.append(' ');
                i++;
            } else if (i == 0 && (merge || tokens.isWord(0, "REPLACE"))) {
                text.append("INSERT");
            } else if (i == 1 && tokens.areWords(0, "INSERT", "IGNORE")) {
                text.append(' ');
            } else {
                text.append(neutral(i));
            }
        }
        return text.toString();
    }

    /** H2's {@code ? FORMAT JSON}: a text that is to be read as JSON. */
    private boolean isJsonMark(int i) {
        Token.Kind before = tokens.get(i - 1).kind();
        return tokens.dialect() == Dialect.H2
                && tokens.areWords(i, "FORMAT", "JSON")
                && (before == Token.Kind.PARAMETER || before == Token.Kind.STRING);
    }

    private String neutral(int i) {
        Token token = tokens.get(i);
        return switch (token.kind()) {
            case STRING -> "'s'";
            case NAME -> neutralName(token.text());
            // Reading a variable is reading a constant.
            case VARIABLE -> " 0 ";
            case SYMBOL -> UNKNOWN_OPERATORS.contains(token.text()) ? " || " : token.text();
            case WORD -> neutralWord(i);
            default -> tokens.written(i);
        };
    }

    private String neutralWord(int i) {
        if (tokens.dialect() == Dialect.MYSQL && tokens.isWord(i, "MOD") && !tokens.isSymbol(i + 1, "(")) {
            return " % ";
        }
        boolean value =
                tokens.isWord(i, "UNKNOWN") && (tokens.isWord(i - 1, "IS") || tokens.areWords(i - 2, "IS", "NOT"));
        if (isName(tokens.get(i).text()) && !value && !tokens.areWords(i, "ABSENT", "ON", "NULL")) {
            return neutralName(tokens.written(i));
        }
        boolean rows = tokens.isWord(i, "VALUE") && tokens.isWord(0, "INSERT") && tokens.isSymbol(i + 1, "(");
        return rows ? "VALUES" : tokens.written(i);
    }

    /** Whether the word, in capitals, is a name to the databases but not to the parser. */
    private boolean isName(String word) {
        return NAMES.contains(word) || (NAMES_BUT_IN_MYSQL.contains(word) && tokens.dialect() != Dialect.MYSQL);
    }

    private static String neutralName(String name) {
        StringBuilder text = new StringBuilder("\"");
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            boolean plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
            text.append(plain ? String.valueOf(c) : String.format("$%04x", (int) c));
        }
        return text.append('"').toString();
    }

    private String neutral(Identifier identifier) {
        boolean quoted = identifier.quoted() || isName(Ascii.upper(identifier.text()));
        return quoted ? neutralName(identifier.text()) : identifier.text();
    }

    private void confirmTable(TableName mine, Table theirs) {
        confirmName(mine, theirs);
        confirm((mine.alias() == null) == (theirs.getAlias() == null), "alias");
    }

    private void confirmName(TableName mine, Table theirs) {
        StringBuilder name = new StringBuilder();
        mine.qualifiers().forEach(part -> name.append(neutral(part)).append('.'));
        name.append(neutral(mine.name()));
        confirm(name.toString().equals(theirs.getFullyQualifiedName()), "table");
    }

    private void confirmColumns(List<Identifier> mine, List<Column> theirs) {
        List<String> names = mine.stream().map(this::neutral).toList();
        confirm(names.equals(theirs.stream().map(Column::getColumnName).toList()), "columns");
    }

    private static boolean none(@Nullable List<?> parts) {
        return parts == null || parts.isEmpty();
    }

    private static void confirmClause(@Nullable Fragment mine, @Nullable Object theirs) {
        confirm((mine == null) == (theirs == null), "clauses");
    }

    private static void confirm(boolean agreed, String what) {
        if (!agreed) {
            throw disagreement(what);
        }
    }

    private static Refusal disagreement(String what) {
        return new Refusal("a form that is understood in two ways (its " + what + ")", REMEDY);
    }
}
