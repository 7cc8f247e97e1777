package io.dtx.rm;

import io.dtx.sql.Dialect;
import io.dtx.sql.Fragment;
import io.dtx.sql.SqlStatement;
import io.dtx.sql.SqlStatement.OnDuplicate;
import io.dtx.sql.TableName.Identifier;
import io.dtx.undo.Column;
import io.dtx.undo.Row;
import io.dtx.undo.RowSelection;
import io.dtx.undo.Table;
import io.dtx.undo.Value;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Captures {@code ON CONFLICT DO UPDATE}, {@code ON DUPLICATE KEY UPDATE} and {@code REPLACE}.
 *
 * <p>PostgreSQL returns what it wrote. On MySQL and MariaDB the rows that the statement will meet are locked and imaged by
 * every unique key that it gives, and a row that appears after that is kept from being written unseen:
 *
 * <ul>
 *   <li>If nothing is met, the statement runs as a plain INSERT, which fails on a row that appeared.
 *   <li>ON DUPLICATE KEY UPDATE gets one more assignment, in front of the others, which changes nothing in a row that was
 *       imaged and raises an error in any other.
 *   <li>REPLACE counts what it deletes: the count must be that of the imaged rows that are gone or changed.
 * </ul>
 *
 * Each row that met nothing must have left exactly one new row under its unique keys.
 */
final class UpsertCapture {

    private static final int ER_DUP_ENTRY = 1062;
    private static final int ER_SUBQUERY_NO_1_ROW = 1242;

    private final StatementRun execution;
    private final SqlStatement.Insert upsert;
    private final Table table;
    private final RowSelection selection;

    private UpsertCapture(StatementRun execution, SqlStatement.Insert upsert, Table table, RowSelection selection) {
        this.execution = execution;
        this.upsert = upsert;
        this.table = table;
        this.selection = selection;
    }

    static Ran upsert(StatementRun execution, SqlStatement.Insert upsert, Table table) throws SQLException {
        List<Column> assigned = new ArrayList<>();
        for (Identifier name : upsert.assigned()) {
            assigned.add(table.column(name));
        }
        RowSelection selection = execution.resource().selections().forUpsert(table, assigned);
        if (execution.resource().database().dialect() == Dialect.POSTGRESQL) {
            Fragment returning = upsert.returning();
            boolean keys = returning == null && execution.keys().wanted();
            String shown = returning != null
                    ? returning.sql()
                    : keys ? String.join(", ", execution.keys().columns(table, Dialect.POSTGRESQL)) : null;
            Candidates candidates = KeptRows.candidates(execution, upsert, table);
            Ran ran = ReturnedImages.run(execution, selection, upsert.body(), shown, keys);
            if (ran.count() >= upsert.rows().size()) {
                return ran;
            }
            try {
                KeptRows.notUpdated(execution, table, candidates).await();
                return ran;
            } catch (SQLException | RuntimeException e) {
                ran.closeQuietly(e);
                throw e;
            }
        }
        return new UpsertCapture(execution, upsert, table, selection).onMySql();
    }

    private Ran onMySql() throws SQLException {
        if (upsert.ofQuery()) {
            throw refused("an upsert of a query's rows", "read the rows first, then write them with VALUES");
        }
        if (upsert.rows().size() > 1) {
            refuseManyRows();
        }
        if (upsert.returning() != null) {
            throw refused("RETURNING of an upsert", "read the rows after it");
        }
        List<Column> columns = InsertedKeys.listed(table, upsert.columns());
        InsertedKeys.requireWidth(execution, table, columns, upsert.rows());
        Candidates candidates = new Candidates(execution, selection, columns, upsert.rows(), table.uniqueKeys());
        Candidates.Found before = candidates.lockAndRead();
        List<Row> met = before.all();
        if (met.isEmpty()) {
            return plain(candidates, before);
        }
        for (int i = 0; i < upsert.rows().size(); i++) {
            if (!candidates.findable(i)) {
                throw refused(
                        "an upsert of rows of which some have a unique key and some leave all of them to the database",
                        "write the two kinds of rows with two statements");
            }
        }
        Column made = candidates.madeByDatabase();
        if (made != null && upsert.onDuplicate() == OnDuplicate.REPLACE) {
            throw refused(
                    "a REPLACE that leaves " + made.name() + ", of a unique key, to the database,",
                    "give it a value, or read the rows FOR UPDATE first, then DELETE and INSERT them");
        }
        Ran ran = run(candidates, before);
        try {
            List<Row> after = new ArrayList<>(selection.readByKey(execution.physical(), met, true, execution::starts));
            Map<List<Value>, Row> inserted = new LinkedHashMap<>();
            Candidates.Found now = candidates.lockAndRead();
            Set<List<Value>> known = selection.keys(met);
            for (int i = 0; i < upsert.rows().size(); i++) {
                boolean replaces = upsert.onDuplicate() == OnDuplicate.REPLACE;
                if (replaces || before.byRow().get(i).isEmpty()) {
                    inserted.putAll(only(now.byRow().get(i)));
                } else if (!known.containsAll(now.byRow().get(i).keySet())) {
                    // The row that it met has left its unique key to it, by the change of an earlier row of the
                    // statement; or somebody else's row has come since. Which of the two, nothing tells.
                    throw RowDiff.appeared(execution, selection, null);
                }
            }
            met.forEach(row -> inserted.remove(selection.key(row)));
            after.addAll(inserted.values());
            check(ran.count(), met, after, now);
            RowDiff.capture(execution, selection, met, after);
            return ran;
        } catch (SQLException | RuntimeException e) {
            ran.closeQuietly(e);
            throw e;
        }
    }

    /** One row of the statement leaves one row of the table under its unique keys. */
    private Map<List<Value>, Row> only(Map<List<Value>, Row> rows) throws SQLException {
        if (rows.size() != 1) {
            throw SqlErrors.rollbackOnly(
                    execution.owner().xid(),
                    "an upsert on " + table + " left " + rows.size()
                            + " rows under the unique keys of one of its rows. Give values of the columns' own types",
                    null);
        }
        return rows;
    }

    /**
     * Which rows of the table the statement's rows meet must not change while it runs, or what it has inserted could not be told
     * from what others have.
     */
    private void refuseManyRows() throws SQLException {
        if (upsert.onDuplicate() == OnDuplicate.REPLACE && table.uniqueKeys().size() > 1) {
            // It may swap unique values between rows, which no UPDATEs can undo where each is checked at once.
            throw refused(
                    "a REPLACE of several rows in one statement into a table with several unique keys",
                    "write each row with its own, in a batch");
        }
        for (Table.UniqueKey key : table.uniqueKeys()) {
            for (Identifier name : upsert.assigned()) {
                if (key.columns().contains(table.column(name))) {
                    throw refused(
                            "an upsert of several rows in one statement that assigns a column of a unique key",
                            "write each row with its own, in a batch");
                }
            }
        }
        boolean numbered = table.columns().stream().anyMatch(Column::autoIncrement);
        if (execution.keys().wanted() && numbered) {
            throw refused(
                    "the generated keys of an upsert of several rows in one statement",
                    "write each row with its own, in a batch");
        }
    }

    private Ran plain(Candidates candidates, Candidates.Found before) throws SQLException {
        try {
            return InsertCapture.plain(execution, upsert, table, selection);
        } catch (SQLException e) {
            throw e.getErrorCode() == ER_DUP_ENTRY ? candidates.metAnother(before, e) : e;
        }
    }

    private Ran run(Candidates candidates, Candidates.Found before) throws SQLException {
        List<Row> met = before.all();
        Fragment assignments = upsert.assignments();
        ImageSql sql = new ImageSql();
        if (assignments == null) {
            sql.piece("", upsert.body());
        } else {
            sql.piece("", upsert.plain()).guarded(guard(met.size())).piece("", assignments);
        }
        PreparedStatement statement = execution.keys().prepare(execution.physical(), sql.toString());
        try {
            execution.starts(statement);
            sql.bind(
                    statement,
                    execution.parameters(),
                    (to, first) -> assignments == null ? first : selection.bindKeys(to, first, met));
            int count = statement.executeUpdate();
            execution.transaction().changed();
            return Ran.update(statement, count, execution.application());
        } catch (SQLException e) {
            StatementRun.closeQuietly(statement, e);
            throw e.getErrorCode() == ER_SUBQUERY_NO_1_ROW ? candidates.metAnother(before, e) : e;
        } catch (RuntimeException e) {
            StatementRun.closeQuietly(statement, e);
            throw e;
        }
    }

    /** The key stays what it is if it is one of those imaged; else a subquery of two rows is asked for one value. */
    private String guard(int rows) {
        String column = table.key().get(0).sql();
        return "\nON DUPLICATE KEY UPDATE " + column + " = IF(" + selection.keyCondition(null, rows) + " OR (SELECT "
                + column + " IS NULL UNION ALL SELECT " + column + " IS NULL), " + column + ", " + column + "),";
    }

    /**
     * A row that was there exactly as it is written now is counted as deleted, unless the primary key is the only unique one:
     * then the server may leave it in place. No row that appeared can hide behind it, since all unique values of the
     * statement's row are its own.
     */
    private void check(int count, List<Row> met, List<Row> after, Candidates.Found found) throws SQLException {
        if (upsert.onDuplicate() != OnDuplicate.REPLACE) {
            return;
        }
        Map<List<Value>, Row> now = new LinkedHashMap<>();
        after.forEach(row -> now.put(selection.key(row), row));
        int unchanged = 0;
        for (Row row : met) {
            Row match = now.get(selection.key(row));
            unchanged += match != null && match.values().equals(row.values()) ? 1 : 0;
        }
        int deleted = count - upsert.rows().size();
        boolean onlyPrimary = table.uniqueKeys().size() == 1;
        boolean fits = onlyPrimary
                ? deleted == met.size() - unchanged || (upsert.rows().size() == 1 && deleted == met.size())
                : deleted == met.size();
        if (!fits && found.meetsOneTwice()) {
            throw SqlErrors.rollbackOnly(
                    execution.owner().xid(),
                    "a REPLACE of several rows into " + table + " wrote one row twice. Write each row with its own"
                            + " statement, in a batch",
                    null);
        }
        if (!fits) {
            throw RowDiff.appeared(execution, selection, null);
        }
    }

    private SQLException refused(String reason, String remedy) {
        return SqlErrors.refused(execution.owner().xid(), reason + " on " + table, remedy);
    }
}
