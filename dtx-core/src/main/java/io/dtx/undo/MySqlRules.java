package io.dtx.undo;

import io.dtx.sql.Dialect;
import io.dtx.sql.TableName;
import java.sql.Connection;
import java.sql.SQLException;

final class MySqlRules implements DatabaseRules {

    @Override
    public Dialect dialect() {
        return Dialect.MYSQL;
    }

    @Override
    public boolean knows(Connection connection) throws SQLException {
        return true;
    }

    @Override
    public String catalogue(Connection connection) throws SQLException {
        throw new UnsupportedOperationException();
    }

    @Override
    public String schema(Connection connection) throws SQLException {
        throw new UnsupportedOperationException();
    }

    @Override
    public String quote(String name) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Table describe(Connection connection, Database database, TableName written) throws SQLException {
        throw new UnsupportedOperationException();
    }

    @Override
    public UndoLogSql undoLogSql() {
        throw new UnsupportedOperationException();
    }

    @Override
    public long maxUndoSize(Connection connection) throws SQLException {
        throw new UnsupportedOperationException();
    }

    @Override
    public SessionReset prepareRestore(Connection connection) throws SQLException {
        return SessionReset.NOTHING;
    }
}
