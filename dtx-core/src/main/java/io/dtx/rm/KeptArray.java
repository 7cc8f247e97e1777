package io.dtx.rm;

import java.sql.Array;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An array as it was when it was set. Drivers read it then, so the application may free it right after, as MyBatis's type handler
 * does; here it is set once more when the statement runs. Of an array that is not its own PostgreSQL's driver wants the base type and
 * the literal, {@link #toString()}; H2's wants the elements.
 */
final class KeptArray implements Array {

    private final String baseTypeName;
    private final int baseType;
    private final String literal;
    private final @Nullable Object elements;
    /** Why there are no elements: of a type that the driver does not read. Whoever wants the literal does not mind. */
    private final @Nullable SQLException unread;

    private KeptArray(Array array) throws SQLException {
        this.baseTypeName = array.getBaseTypeName();
        this.baseType = array.getBaseType();
        this.literal = array.toString();
        Object read = null;
        SQLException failure = null;
        try {
            read = Parameters.cloned(array.getArray());
        } catch (SQLException e) {
            failure = e;
        }
        this.elements = read;
        this.unread = failure;
    }

    /** One that can not be read, such as a freed one, is given back: its driver says why. */
    static Array of(Array array) throws SQLException {
        try {
            return new KeptArray(array);
        } catch (RuntimeException unreadable) {
            return array;
        }
    }

    @Override
    public String getBaseTypeName() {
        return baseTypeName;
    }

    @Override
    public int getBaseType() {
        return baseType;
    }

    @Override
    public @Nullable Object getArray() throws SQLException {
        if (unread != null) {
            throw unread;
        }
        return elements;
    }

    @Override
    public @Nullable Object getArray(Map<String, Class<?>> types) throws SQLException {
        if (!types.isEmpty()) {
            throw unsupported();
        }
        return getArray();
    }

    @Override
    public Object getArray(long index, int count) throws SQLException {
        throw unsupported();
    }

    @Override
    public Object getArray(long index, int count, Map<String, Class<?>> types) throws SQLException {
        throw unsupported();
    }

    @Override
    public ResultSet getResultSet() throws SQLException {
        throw unsupported();
    }

    @Override
    public ResultSet getResultSet(Map<String, Class<?>> types) throws SQLException {
        throw unsupported();
    }

    @Override
    public ResultSet getResultSet(long index, int count) throws SQLException {
        throw unsupported();
    }

    @Override
    public ResultSet getResultSet(long index, int count, Map<String, Class<?>> types) throws SQLException {
        throw unsupported();
    }

    private static SQLException unsupported() {
        return new SQLFeatureNotSupportedException("a parameter is read as a whole");
    }

    @Override
    public void free() {
        // the statement runs again with it
    }

    @Override
    public String toString() {
        return literal;
    }
}
