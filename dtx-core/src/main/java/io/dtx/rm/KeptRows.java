package io.dtx.rm;

import io.dtx.sql.Dialect;
import io.dtx.sql.Fragment;
import io.dtx.sql.SqlStatement.Insert;
import io.dtx.sql.SqlStatement.Merge;
import io.dtx.undo.Row;
import io.dtx.undo.RowSelection;
import io.dtx.undo.Table;
import io.dtx.undo.Value;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Rows that a statement has met and left as they are, so that it did less than it says: {@code INSERT IGNORE},
 * {@code ON CONFLICT DO NOTHING}, {@code DO UPDATE .. WHERE}, {@code MERGE} without an action for them. What it answers rests on
 * them. They are locked in the database and awaited as those of a {@code SELECT .. FOR UPDATE} are: whoever has written them
 * may have to take them back.
 *
 * <p>What is not found is passed over: rows that are met by a value which the database makes or computes, and by those of a query.
 */
final class KeptRows {

    private final StatementRun execution;
    private final RowSelection selection;
    private final List<Row> rows;

    private KeptRows(StatementRun execution, RowSelection selection, List<Row> rows) {
        this.execution = execution;
        this.selection = selection;
        this.rows = rows;
    }

    /**
     * After an INSERT that has left out rows which met others: locks these.
     *
     * @param candidates see {@link #candidates}
     * @param inserted the keys of the rows that it has inserted
     * @throws SQLException if one is gone since: the statement would do something else now
     */
    static KeptRows leftOut(
            StatementRun execution, Insert insert, Table table, Candidates candidates, List<List<Value>> inserted)
            throws SQLException {
        Candidates.Found found = candidates.lockAndRead();
        // On MariaDB and MySQL the statement itself has locked the rows that it met; and it leaves out others, too.
        boolean mayBeGone = execution.resource().database().dialect() == Dialect.POSTGRESQL && !insert.overriding();
        if (mayBeGone
                && candidates.areComplete()
                && meeting(found, inserted) < insert.rows().size() - inserted.size()) {
            throw SqlErrors.conflict(
                    "an INSERT into " + table + " has left out a row since it met one that is gone by now: its local"
                            + " transaction rolls back. Run it again",
                    null);
        }
        return new KeptRows(execution, selection(execution, table), found.all());
    }

    /** How many of a statement's rows were left out, as far as is found: those that met another's row, or one of its own. */
    private static int meeting(Candidates.Found found, List<List<Value>> inserted) {
        Set<List<Value>> own = new HashSet<>(inserted);
        Set<List<Value>> ownFound = new HashSet<>();
        int meeting = 0;
        for (Map<List<Value>, Row> row : found.byRow()) {
            if (!own.containsAll(row.keySet())) {
                meeting++;
            } else if (!row.isEmpty() && !ownFound.addAll(row.keySet())) {
                meeting++; // the first to find it is the one that was inserted
            }
        }
        return meeting;
    }

    /** After ON CONFLICT DO UPDATE with a condition: the database has locked all rows that it met. */
    static KeptRows notUpdated(StatementRun execution, Table table, Candidates candidates) throws SQLException {
        Candidates.Found found = candidates.lockAndRead();
        return new KeptRows(execution, selection(execution, table), found.all());
    }

    /**
     * The rows that an INSERT may meet and leave as they are. To be made before it runs: what is refused for them must be
     * refused before anything is changed.
     */
    static Candidates candidates(StatementRun execution, Insert insert, Table table) throws SQLException {
        return Candidates.kept(
                execution,
                selection(execution, table),
                InsertedKeys.listed(table, insert.columns()),
                insert.rows(),
                table.uniqueKeys());
    }

    private static RowSelection selection(StatementRun execution, Table table) throws SQLException {
        return execution.resource().selections().forLock(table);
    }

    /**
     * On PostgreSQL, the rows that a MERGE matches now. To be asked before it, so that none of them goes, and after it, for one that
     * has come.
     */
    static KeptRows matching(StatementRun execution, Merge merge, Table table, Fragment matches) throws SQLException {
        RowSelection selection = selection(execution, table);
        String alias = String.valueOf(merge.table().alias());
        ImageSql sql = new ImageSql()
                .text("SELECT " + selection.selectList(alias))
                .piece("FROM ", matches)
                // No weaker, though rows may only be read: two MERGEs at once would wait for each other to write them.
                .text("\nFOR NO KEY UPDATE OF " + alias);
        try (PreparedStatement select = execution.physical().prepareStatement(sql.toString())) {
            execution.starts(select);
            sql.bind(select, execution.parameters());
            try (ResultSet result = select.executeQuery()) {
                return new KeptRows(execution, selection, selection.distinct(selection.readAll(result)));
            }
        }
    }

    KeptRows and(KeptRows others) {
        List<Row> all = new ArrayList<>(rows);
        all.addAll(others.rows);
        return new KeptRows(execution, selection, selection.distinct(all));
    }

    void await() throws SQLException {
        LockCheck.ofRead(execution, selection, rows, true);
    }
}
