package io.dtx.benchmarks.micro;

import com.alibaba.druid.mock.MockConnection;
import com.alibaba.druid.util.jdbc.PreparedStatementBase;
import com.alibaba.druid.util.jdbc.ResultSetBase;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/** A JDBC driver that does nothing at all, so that what is around it is all that costs. */
final class NoDatabase {

    private NoDatabase() {}

    /** One that is never closed, since making one costs. */
    static Connection connection() {
        return new NoConnection();
    }

    private static final class NoConnection extends MockConnection {

        @Override
        public PreparedStatement prepareStatement(String sql) {
            return new NoStatement(this);
        }

        @Override
        public boolean getAutoCommit() {
            return true;
        }

        @Override
        public boolean isWrapperFor(Class<?> type) {
            return false;
        }

        @Override
        public void close() {}
    }

    private static final class NoStatement extends PreparedStatementBase {

        private NoStatement(Connection connection) {
            super(connection);
        }

        @Override
        public void setLong(int index, long value) {}

        @Override
        public boolean execute() {
            return false;
        }

        @Override
        public ResultSet executeQuery() {
            return new NoRows(this);
        }

        @Override
        public int executeUpdate() {
            return 1;
        }

        @Override
        public void close() {}
    }

    private static final class NoRows extends ResultSetBase {

        private boolean read;

        private NoRows(Statement statement) {
            super(statement);
        }

        @Override
        public boolean next() {
            boolean more = !read;
            read = true;
            return more;
        }

        @Override
        public long getLong(int column) {
            return column;
        }

        @Override
        public boolean previous() throws SQLException {
            throw new SQLException("forward only");
        }

        @Override
        public void updateObject(int column, Object value) throws SQLException {
            throw new SQLException("read only");
        }

        @Override
        public void close() {}
    }
}
