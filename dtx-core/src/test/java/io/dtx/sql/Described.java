package io.dtx.sql;

import static java.util.stream.Collectors.joining;

import io.dtx.sql.SqlStatement.Delete;
import io.dtx.sql.SqlStatement.Insert;
import io.dtx.sql.SqlStatement.LockingRead;
import io.dtx.sql.SqlStatement.Read;
import io.dtx.sql.SqlStatement.Refused;
import io.dtx.sql.SqlStatement.Update;
import io.dtx.sql.SqlStatement.Value;
import io.dtx.sql.TableName.Identifier;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A statement's description as one line, for tables of examples: {@code UPDATE t; head=<..>[1]; where=<..>[2]}. */
final class Described {

    private Described() {}

    static String of(SqlStatement statement) {
        if (statement instanceof Read) {
            return "READ";
        }
        if (statement instanceof Refused refused) {
            return "REFUSED " + refused.reason();
        }
        if (statement instanceof Insert insert) {
            return "INSERT " + table(insert.table()) + columns(" (", insert.columns(), ")") + " " + rows(insert)
                    + (insert.ofQuery() ? "QUERY" : "")
                    + (insert.onDuplicate() == SqlStatement.OnDuplicate.FAIL ? "" : "; " + insert.onDuplicate())
                    + columns(" ", insert.assigned(), "") + piece("assignments", insert.assignments())
                    + piece("returning", insert.returning()) + count(insert.parameters());
        }
        if (statement instanceof Update update) {
            return "UPDATE " + table(update.table()) + columns(" SET ", update.assigned(), "")
                    + piece("head", update.head()) + piece("from", update.from()) + piece("where", update.where())
                    + piece("order", update.orderBy()) + piece("limit", update.limit()) + around(update.around())
                    + count(update.parameters());
        }
        if (statement instanceof Delete delete) {
            return "DELETE " + table(delete.table())
                    + piece("head", delete.head()) + piece("from", delete.from()) + piece("where", delete.where())
                    + piece("order", delete.orderBy()) + piece("limit", delete.limit()) + around(delete.around())
                    + count(delete.parameters());
        }
        if (statement instanceof LockingRead read) {
            return "LOCK " + table(read.table())
                    + piece("head", read.head()) + piece("from", read.from()) + piece("where", read.where())
                    + piece("order", read.orderBy()) + piece("limit", read.limit())
                    + "; locking=<" + read.locking() + ">" + count(read.parameters());
        }
        if (statement instanceof SqlStatement.LockingJoin join) {
            return "LOCK " + join.tables().stream().map(Described::table).collect(joining(", "))
                    + piece("list", join.list()) + piece("rest", join.rest()) + piece("where", join.where())
                    + piece("order", join.orderBy()) + (join.joined() ? "; joined" : "") + count(join.parameters());
        }
        if (statement instanceof SqlStatement.Merge merge) {
            return "MERGE " + table(merge.table()) + columns(" (", merge.columns(), ")")
                    + columns(" KEY (", merge.keys(), ")") + columns(" SET ", merge.assigned(), "")
                    + piece("head", merge.head())
                    + merge.branches().stream()
                            .map(branch -> "; " + (branch.writes() ? "! " : "") + branch.what()
                                    + piece("if", branch.condition()) + piece("action", branch.action()))
                            .collect(joining())
                    + piece("returning", merge.returning()) + count(merge.parameters());
        }
        throw new AssertionError(statement);
    }

    private static String around(SqlStatement.Around around) {
        return (around.joined() ? around.ofAnyMatch() ? "; joined, any match" : "; joined" : "")
                + piece("with", around.with())
                + piece("returning", around.returning());
    }

    private static String table(TableName table) {
        String qualifiers =
                table.qualifiers().stream().map(part -> name(part) + ".").collect(joining());
        return qualifiers + name(table.name()) + (table.alias() == null ? "" : " AS " + table.alias());
    }

    private static String name(Identifier identifier) {
        return identifier.quoted() ? "«" + identifier.text() + "»" : identifier.text();
    }

    private static String columns(String before, List<Identifier> columns, String after) {
        return columns.isEmpty() ? "" : columns.stream().map(Described::name).collect(joining(", ", before, after));
    }

    private static String rows(Insert insert) {
        return insert.rows().stream()
                .map(row -> row.stream().map(Described::value).collect(joining(", ", "(", ")")))
                .collect(joining(" "));
    }

    private static String value(Value value) {
        if (value instanceof Value.Parameter parameter) {
            return "?" + parameter.position();
        }
        if (value instanceof Value.Literal literal) {
            return literal.sql();
        }
        if (value instanceof Value.Expression expression) {
            return "<" + expression.sql().sql() + ">" + positions(expression.sql());
        }
        return value instanceof Value.Default ? "DEFAULT" : "NULL";
    }

    private static String piece(String name, @Nullable Fragment fragment) {
        return fragment == null ? "" : "; " + name + "=<" + fragment.sql() + ">" + positions(fragment);
    }

    private static String positions(Fragment fragment) {
        return fragment.parameters().isEmpty()
                ? ""
                : fragment.parameters().stream().map(String::valueOf).collect(joining(",", "[", "]"));
    }

    private static String count(int parameters) {
        return "; " + parameters + "?";
    }
}
