package io.dtx.rm;

import io.dtx.sql.Fragment;
import io.dtx.undo.Row;
import io.dtx.undo.RowSelection;
import io.dtx.undo.UndoEntry;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Captures a statement by having the database return each row that it wrote, as it was and as it is: PostgreSQL 18. Nothing
 * has to be predicted, and no row can slip in between.
 */
final class ReturnedImages {

    private static final String DUPLICATE_ALIAS = "42712";

    private ReturnedImages() {}

    /**
     * @param body the statement without RETURNING
     * @param returning what the application returns, or wants as generated keys, as SQL; null for nothing
     * @param asKeys whether that is for generated keys
     */
    static Ran run(
            StatementRun execution, RowSelection selection, Fragment body, @Nullable String returning, boolean asKeys)
            throws SQLException {
        if (!execution.resource().oldAndNew()) {
            throw SqlErrors.refused(
                    execution.owner().xid(),
                    "ON CONFLICT DO UPDATE and MERGE before PostgreSQL 18, which does not return the rows as they were",
                    "read the row FOR UPDATE first, then INSERT or UPDATE it");
        }
        String old = rowName("old", returning);
        String now = rowName("new", returning);
        String sql = body.sql() + "\nRETURNING WITH (OLD AS " + old + ", NEW AS " + now + ") "
                + (returning == null ? "" : returning + "\n, ") + selection.selectList(old) + ", "
                + selection.selectList(now);
        PreparedStatement statement = execution
                .physical()
                .prepareStatement(sql, ResultSet.TYPE_SCROLL_INSENSITIVE, ResultSet.CONCUR_READ_ONLY);
        try {
            execution.starts(statement);
            execution.parameters().bindAll(statement);
            ResultSet result = statement.executeQuery();
            execution.transaction().changed();
            int own = 2 * selection.width();
            int first = result.getMetaData().getColumnCount() - own + 1;
            int count = capture(execution, selection, result, first);
            if (returning == null) {
                result.close();
                return Ran.update(statement, count, execution.application());
            }
            result.beforeFirst();
            ResultSet shown = FirstColumns.of(result, first - 1);
            return asKeys
                    ? new Ran(statement, null, count, shown, List.of(statement))
                    : Ran.returned(statement, count, shown);
        } catch (SQLException e) {
            StatementRun.closeQuietly(statement, e);
            throw DUPLICATE_ALIAS.equals(e.getSQLState()) ? ambiguous(execution, e) : e;
        } catch (RuntimeException e) {
            StatementRun.closeQuietly(statement, e);
            throw e;
        }
    }

    /**
     * What the images call the row as it was, or as it is: where the application's RETURNING says old or new, just that. It is
     * declared in any case, never taken for granted: behind a table or an alias of that name PostgreSQL would give that table's
     * row instead, and so it refuses the statement.
     */
    private static String rowName(String word, @Nullable String returning) {
        boolean named = returning != null && returning.toLowerCase(Locale.ROOT).matches("(?s).*\\b" + word + "\\b.*");
        return named ? word : "dtx_" + word;
    }

    /**
     * An UPDATE of rows of one table, of which nothing is to be returned.
     *
     * @param update the statement, to its end
     */
    static Ran update(StatementRun execution, RowSelection selection, ImageSql update) throws SQLException {
        update.text("\nRETURNING WITH (OLD AS dtx_old, NEW AS dtx_new) " + selection.selectList("dtx_old") + ", "
                + selection.selectList("dtx_new"));
        PreparedStatement statement = execution.physical().prepareStatement(update.toString());
        try {
            execution.starts(statement);
            update.bind(statement, execution.parameters());
            List<Row> before = new ArrayList<>();
            List<Row> after = new ArrayList<>();
            try (ResultSet result = statement.executeQuery()) {
                execution.transaction().changed();
                while (result.next()) {
                    before.add(selection.readRow(result, 1));
                    after.add(selection.readRow(result, 1 + selection.width()));
                }
            }
            if (ChangeCapture.areTooMany(selection.table(), before)) {
                throw SqlErrors.rollbackOnly(
                        execution.owner().xid(),
                        "a statement changed " + before.size() + " rows of " + selection.table()
                                + ": change fewer with one statement",
                        null);
            }
            if (before.isEmpty()) {
                execution.transaction().unchanged();
            } else {
                execution.captured(UndoEntry.update(selection, before, after), selection, before, after);
            }
            return Ran.update(statement, before.size(), execution.application());
        } catch (SQLException | RuntimeException e) {
            StatementRun.closeQuietly(statement, e);
            throw e;
        }
    }

    private static SQLException ambiguous(StatementRun execution, SQLException cause) {
        return SqlErrors.rollbackOnly(
                execution.owner().xid(),
                "RETURNING says old or new, and a table of the statement is called that, too. Give that table another alias"
                        + " (" + cause.getMessage() + ")",
                cause);
    }

    private static int capture(StatementRun execution, RowSelection selection, ResultSet result, int first)
            throws SQLException {
        selection.requireShape(result.getMetaData(), first);
        List<Row> before = new ArrayList<>();
        List<Row> after = new ArrayList<>();
        int count = 0;
        while (result.next()) {
            count++;
            Row was = selection.readRow(result, first);
            Row is = selection.readRow(result, first + selection.width());
            boolean wasThere = selection.isThere(was);
            boolean isThere = selection.isThere(is);
            if (wasThere && isThere && !selection.key(was).equals(selection.key(is))) {
                throw SqlErrors.rollbackOnly(
                        execution.owner().xid(), "a statement changed the key of a row of " + selection.table(), null);
            }
            if (wasThere) {
                before.add(was);
            }
            if (isThere) {
                after.add(is);
            }
        }
        RowDiff.capture(execution, selection, before, after);
        return count;
    }
}
