package io.dtx.undo;

import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;

/** How JDBC gets a column's value exactly, and sets it. */
enum Form {
    /** Whole numbers that fit a long. */
    INTEGER(Types.BIGINT) {
        @Override
        Value get(ResultSet from, int index) throws SQLException {
            long value = from.getLong(index);
            return from.wasNull() ? Value.NULL : Value.integer(value);
        }

        @Override
        void setPresent(PreparedStatement to, int index, Value value) throws SQLException {
            to.setLong(index, value.asLong());
        }
    },
    BOOLEAN(Types.BOOLEAN) {
        @Override
        Value get(ResultSet from, int index) throws SQLException {
            boolean value = from.getBoolean(index);
            return from.wasNull() ? Value.NULL : Value.integer(value ? 1 : 0);
        }

        @Override
        void setPresent(PreparedStatement to, int index, Value value) throws SQLException {
            to.setBoolean(index, value.asLong() != 0);
        }
    },
    /** Exact numbers with their scale. */
    DECIMAL(Types.DECIMAL) {
        @Override
        Value get(ResultSet from, int index) throws SQLException {
            return Value.decimal(from.getBigDecimal(index));
        }

        @Override
        void setPresent(PreparedStatement to, int index, Value value) throws SQLException {
            to.setBigDecimal(index, new BigDecimal(value.asText()));
        }
    },
    /** Exact numbers that the select expression gives as text, NaN and infinity among them. */
    DECIMAL_TEXT(Types.VARCHAR) {
        @Override
        Value get(ResultSet from, int index) throws SQLException {
            return Value.decimal(from.getString(index));
        }

        @Override
        void setPresent(PreparedStatement to, int index, Value value) throws SQLException {
            to.setString(index, value.asText());
        }
    },
    TEXT(Types.VARCHAR) {
        @Override
        Value get(ResultSet from, int index) throws SQLException {
            return Value.text(from.getString(index));
        }

        @Override
        void setPresent(PreparedStatement to, int index, Value value) throws SQLException {
            to.setString(index, value.asText());
        }
    },
    BINARY(Types.VARBINARY) {
        @Override
        Value get(ResultSet from, int index) throws SQLException {
            return Value.binary(from.getBytes(index));
        }

        @Override
        void setPresent(PreparedStatement to, int index, Value value) throws SQLException {
            to.setBytes(index, value.asBinary().toByteArray());
        }
    },
    DOUBLE(Types.DOUBLE) {
        @Override
        Value get(ResultSet from, int index) throws SQLException {
            double value = from.getDouble(index);
            return from.wasNull() ? Value.NULL : Value.doublePrecision(value);
        }

        @Override
        void setPresent(PreparedStatement to, int index, Value value) throws SQLException {
            to.setDouble(index, Double.longBitsToDouble(value.asLong()));
        }
    },
    REAL(Types.REAL) {
        @Override
        Value get(ResultSet from, int index) throws SQLException {
            float value = from.getFloat(index);
            return from.wasNull() ? Value.NULL : Value.real(value);
        }

        @Override
        void setPresent(PreparedStatement to, int index, Value value) throws SQLException {
            to.setFloat(index, Float.intBitsToFloat((int) value.asLong()));
        }
    },
    /** An instant that the select expression gives in seconds since the epoch, held as its UTC date and time. */
    UTC_TIME(Types.VARCHAR) {
        @Override
        Value get(ResultSet from, int index) throws SQLException {
            BigDecimal seconds = from.getBigDecimal(index);
            return seconds == null ? Value.NULL : Value.text(utc(seconds));
        }

        @Override
        void setPresent(PreparedStatement to, int index, Value value) throws SQLException {
            to.setString(index, value.asText());
        }
    },
    /** A double whose select expression gives its eight bytes, big-endian: no text form is between. */
    DOUBLE_BYTES(Types.DOUBLE) {
        @Override
        Value get(ResultSet from, int index) throws SQLException {
            byte[] bytes = from.getBytes(index);
            return bytes == null
                    ? Value.NULL
                    : Value.doublePrecision(ByteBuffer.wrap(bytes).getDouble());
        }

        @Override
        void setPresent(PreparedStatement to, int index, Value value) throws SQLException {
            DOUBLE.setPresent(to, index, value);
        }
    },
    /** Likewise a float, in four bytes. */
    REAL_BYTES(Types.REAL) {
        @Override
        Value get(ResultSet from, int index) throws SQLException {
            byte[] bytes = from.getBytes(index);
            return bytes == null
                    ? Value.NULL
                    : Value.real(ByteBuffer.wrap(bytes).getFloat());
        }

        @Override
        void setPresent(PreparedStatement to, int index, Value value) throws SQLException {
            REAL.setPresent(to, index, value);
        }
    };

    private static final DateTimeFormatter TO_THE_SECOND = DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss");

    private final int jdbcType;

    Form(int jdbcType) {
        this.jdbcType = jdbcType;
    }

    abstract Value get(ResultSet from, int index) throws SQLException;

    abstract void setPresent(PreparedStatement to, int index, Value value) throws SQLException;

    final void set(PreparedStatement to, int index, Value value) throws SQLException {
        if (value.isNull()) {
            to.setNull(index, jdbcType);
        } else {
            setPresent(to, index, value);
        }
    }

    private static String utc(BigDecimal seconds) {
        if (seconds.signum() == 0) {
            return "0000-00-00 00:00:00"; // MySQL's zero timestamp; the epoch itself is no TIMESTAMP
        }
        String plain = seconds.toPlainString();
        int point = plain.indexOf('.');
        return LocalDateTime.ofEpochSecond(seconds.longValue(), 0, ZoneOffset.UTC)
                        .format(TO_THE_SECOND)
                + (point < 0 ? "" : plain.substring(point));
    }
}
