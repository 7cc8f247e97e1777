package io.dtx.undo;

import io.dtx.sql.Dialect;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What dtx will refuse on a resource, told before a statement meets it: by the same code that will refuse it. Beside it,
 * {@link UndoLogCheck} looks at undo_log itself, without which the resource does not open at all.
 *
 * @param findings one per table and reason, for people
 * @param tables how many tables were looked at
 * @param complete whether those were all of them
 */
public record ResourceCheck(List<String> findings, int tables, boolean complete) {

    private static final int MOST_SHOWN = 20;
    private static final int LONGEST_SHOWN = 240;

    public ResourceCheck {
        findings = List.copyOf(findings);
    }

    /**
     * Looks at every table of the resource's schema.
     *
     * @param connection without work of its own; what this opens on it is rolled back
     * @param limit the time after which the rest of the tables is left out
     */
    public static ResourceCheck of(Connection connection, Database database, Duration limit) throws SQLException {
        long end = System.nanoTime() + limit.toNanos();
        List<String> findings = new ArrayList<>();
        if (connection.getTransactionIsolation() == Connection.TRANSACTION_READ_UNCOMMITTED
                && database.dialect() != Dialect.POSTGRESQL) {
            findings.add(
                    "every table: the connections' isolation level is READ UNCOMMITTED; use READ COMMITTED or higher");
        }
        List<String> names = names(connection, database);
        int looked = 0;
        for (String name : names) {
            if (System.nanoTime() - end > 0) {
                break;
            }
            looked++;
            findings.addAll(refusals(connection, database, name));
        }
        if (!connection.getAutoCommit()) {
            connection.rollback();
        }
        return new ResourceCheck(findings, looked, looked == names.size());
    }

    private static List<String> names(Connection connection, Database database) throws SQLException {
        return DatabaseRules.query(
                        connection,
                        "SELECT TABLE_NAME FROM INFORMATION_SCHEMA.TABLES WHERE TABLE_SCHEMA = ?"
                                + " AND TABLE_TYPE NOT LIKE '%VIEW%' AND TABLE_TYPE <> 'SEQUENCE' ORDER BY TABLE_NAME",
                        database.place())
                .stream()
                .map(row -> DatabaseRules.text(row, 0))
                .filter(name -> !name.equalsIgnoreCase("undo_log"))
                .toList();
    }

    /** What each kind of write of a table would be refused for. */
    private static List<String> refusals(Connection connection, Database database, String name) throws SQLException {
        Table table;
        try {
            table = TableCatalogue.readExact(connection, database, name);
        } catch (CaptureRefusedException e) {
            return List.of(name + ": " + e.reason());
        }
        List<Column> unkeyed = table.columns().stream()
                .filter(column -> !table.key().contains(column) && !column.generated())
                .toList();
        Map<String, List<String>> byReason = new LinkedHashMap<>();
        collect(byReason, "INSERT", () -> RowSelection.forInsert(table));
        collect(byReason, "UPDATE", () -> RowSelection.forUpdate(table, unkeyed));
        collect(byReason, "DELETE", () -> RowSelection.forDelete(table));
        return byReason.entrySet().stream()
                .map(entry -> name + ": " + String.join(", ", entry.getValue()) + ": " + entry.getKey())
                .toList();
    }

    private interface Write {
        RowSelection of() throws CaptureRefusedException;
    }

    private static void collect(Map<String, List<String>> byReason, String kind, Write write) {
        try {
            write.of();
        } catch (CaptureRefusedException e) {
            byReason.computeIfAbsent(e.reason(), unknown -> new ArrayList<>()).add(kind);
        }
    }

    /** One block for the log, of bounded length; empty if nothing will be refused. */
    public String text(String resource) {
        if (findings.isEmpty() && complete) {
            return "";
        }
        StringBuilder text = new StringBuilder("dtx will refuse these writes on ")
                .append(resource)
                .append(" inside global transactions; outside of them nothing changes:");
        for (String finding : findings.subList(0, Math.min(MOST_SHOWN, findings.size()))) {
            text.append("\n  - ")
                    .append(finding.length() <= LONGEST_SHOWN ? finding : finding.substring(0, LONGEST_SHOWN) + "...");
        }
        if (findings.size() > MOST_SHOWN) {
            text.append("\n  and ").append(findings.size() - MOST_SHOWN).append(" more");
        }
        if (!complete) {
            text.append("\n  (only the first ")
                    .append(tables)
                    .append(" tables were looked at: there was no time for more)");
        }
        return text.toString();
    }
}
