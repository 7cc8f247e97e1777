package io.dtx.undo;

import io.dtx.model.BranchId;
import io.dtx.model.Lock;
import io.dtx.sql.TableName.Identifier;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Captures statements by hand, in the way of the resource manager. */
final class CapturedTransaction implements AutoCloseable {

    private final UndoSetup setup;
    final Connection connection;
    final List<UndoEntry> entries = new ArrayList<>();
    final Set<Lock> locks = new LinkedHashSet<>();

    CapturedTransaction(UndoSetup setup, Connection connection) {
        this.setup = setup;
        this.connection = connection;
    }

    /** @param condition what finds the new rows */
    CapturedTransaction insert(String table, String columnsAndValues, String condition) throws SQLException {
        RowSelection selection = RowSelection.forInsert(setup.table(table));
        execute("INSERT INTO " + table + " " + columnsAndValues);
        return add(UndoEntry.insert(selection, select(selection, condition)), selection);
    }

    /** @param assignments separated by a semicolon and a blank */
    CapturedTransaction update(String table, String assignments, String condition) throws SQLException {
        Table known = setup.table(table);
        List<Column> assigned = new ArrayList<>();
        for (String assignment : assignments.split("; ")) {
            String name = assignment.substring(0, assignment.indexOf('=')).strip();
            assigned.add(known.column(new Identifier(name, false)));
        }
        RowSelection selection = RowSelection.forUpdate(known, assigned);
        List<Row> before = select(selection, condition);
        String restricted = " WHERE " + selection.keyCondition(null, before.size());
        try (PreparedStatement statement = connection.prepareStatement(
                "UPDATE " + table + " SET " + assignments.replace("; ", ", ") + restricted)) {
            selection.bindKeys(statement, 1, before);
            statement.executeUpdate();
        }
        List<Row> after = selection.inOrderOf(before, selection.readByKey(connection, before, false, query -> {}));
        return add(UndoEntry.update(selection, before, after), selection);
    }

    CapturedTransaction delete(String table, String condition) throws SQLException {
        RowSelection selection = RowSelection.forDelete(setup.table(table));
        List<Row> before = select(selection, condition);
        try (PreparedStatement statement = connection.prepareStatement(
                "DELETE FROM " + table + " WHERE " + selection.keyCondition(null, before.size()))) {
            selection.bindKeys(statement, 1, before);
            statement.executeUpdate();
        }
        return add(UndoEntry.delete(selection, before), selection);
    }

    CapturedTransaction execute(String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
        return this;
    }

    private List<Row> select(RowSelection selection, String condition) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery("SELECT " + selection.selectList("q") + " FROM "
                        + selection.table().sql() + " q WHERE " + condition + " FOR UPDATE")) {
            return selection.readAll(result);
        }
    }

    private CapturedTransaction add(UndoEntry entry, RowSelection selection) {
        entries.add(entry);
        locks.addAll(selection.locks(setup.undoLog.resource(), entry.before(), entry.after()));
        return this;
    }

    BranchId commit() throws SQLException {
        return commitAs(UndoSetup.newBranch());
    }

    /** Closes the connection, too. */
    BranchId commitAs(BranchId branch) throws SQLException {
        try (connection) {
            insertUndo(branch);
            connection.commit();
            return branch;
        } catch (SQLException e) {
            if (!connection.isClosed()) {
                connection.rollback();
            }
            throw e;
        }
    }

    void insertUndo(BranchId branch) throws SQLException {
        setup.undoLog.insert(connection, branch, setup.codec.encode(branch, entries));
    }

    @Override
    public void close() throws SQLException {
        if (!connection.isClosed()) {
            connection.rollback();
            connection.close();
        }
    }
}
