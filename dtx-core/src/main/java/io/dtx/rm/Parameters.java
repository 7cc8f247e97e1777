package io.dtx.rm;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.Reader;
import java.io.StringReader;
import java.io.StringWriter;
import java.lang.reflect.Array;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.math.BigDecimal;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.SQLType;
import java.sql.SQLXML;
import java.sql.Types;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Calendar;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The parameters that were set on a prepared statement, kept so that they can be set again on others: by the same method
 * with equal arguments, so that driver and database see what they would have seen. Used by one thread at a time, as the
 * statement is.
 */
final class Parameters {

    private final Map<Integer, Setting> settings = new TreeMap<>();

    /** The setters whose argument is read once, and may be followed by its length. */
    private static final Set<String> STREAMS = Set.of(
            "setAsciiStream",
            "setBinaryStream",
            "setCharacterStream",
            "setNCharacterStream",
            "setUnicodeStream",
            "setBlob",
            "setClob",
            "setNClob");

    private static final Set<String> PLAIN_SETTERS =
            Set.of("setByte", "setShort", "setInt", "setLong", "setString", "setObject");

    private static final Set<String> NUMBER_SETTERS =
            Set.of("setByte", "setShort", "setInt", "setLong", "setBigDecimal", "setObject");

    private static final Set<Object> TEXTS = Set.of(Types.CHAR, Types.VARCHAR, Types.LONGVARCHAR);

    /** One call of a {@code set} method; the arguments are those after the index. */
    private record Setting(Method method, List<Argument> arguments) {}

    /** Gives the argument for one more call. */
    private interface Argument {
        @Nullable Object get();
    }

    /** Whether a method of PreparedStatement sets a parameter. */
    static boolean isSetter(Method method) {
        return method.getDeclaringClass() == PreparedStatement.class
                && method.getName().startsWith("set")
                && method.getParameterCount() >= 2
                && method.getParameterTypes()[0] == int.class;
    }

    /** What is set now; later changes here do not reach it. */
    Parameters copy() {
        Parameters copy = new Parameters();
        copy.settings.putAll(settings);
        return copy;
    }

    /**
     * Records one call. Streams are read to their end here; what the application may change or free later is copied.
     *
     * @param of the statement that it was called on
     * @param index the first argument
     * @param rest the other arguments
     */
    void record(PreparedStatement of, Method method, int index, List<@Nullable Object> rest) throws SQLException {
        boolean lengths = STREAMS.contains(method.getName());
        List<Argument> kept = new ArrayList<>(rest.size());
        for (int i = 0; i < rest.size(); i++) {
            Object next = lengths && i + 1 < rest.size() ? rest.get(i + 1) : null;
            kept.add(keep(of, rest.get(i), next instanceof Number length ? length.longValue() : Long.MAX_VALUE));
        }
        settings.put(index, new Setting(method, kept));
    }

    /** A parameter was set in a way that was not recorded. */
    void forget(int index) {
        settings.remove(index);
    }

    void clear() {
        settings.clear();
    }

    boolean isEmpty() {
        return settings.isEmpty();
    }

    /** Whether the parameters 1 to this are all here. */
    boolean complete(int count) {
        for (int i = 1; i <= count; i++) {
            if (!settings.containsKey(i)) {
                return false;
            }
        }
        return true;
    }

    /** Whether a parameter is set to a number, or a text, that is zero, or that a driver may make zero of. */
    boolean isZero(int position) {
        Setting setting = settings.get(position);
        if (setting == null || setting.method().getName().equals("setNull")) {
            return false;
        }
        Object value = setting.arguments().get(0).get();
        Object type = setting.arguments().size() == 1
                ? null
                : setting.arguments().get(1).get();
        return value instanceof Number number
                ? number.doubleValue() == 0 || becomesZero(number, type)
                : value instanceof String text && text.replaceAll("[^1-9]", "").isEmpty();
    }

    /** In a driver that narrows it to the type that it is told: MariaDB's makes 0 of 2^32 as INTEGER, and of 0.4. */
    private static boolean becomesZero(Number number, @Nullable Object type) {
        Object code = type instanceof SQLType named ? named.getVendorTypeNumber() : type;
        return code instanceof Integer told
                && switch (told) {
                    case Types.BIT, Types.BOOLEAN, Types.TINYINT -> number.byteValue() == 0;
                    case Types.SMALLINT -> number.shortValue() == 0;
                    case Types.INTEGER -> number.intValue() == 0;
                    case Types.BIGINT -> number.longValue() == 0;
                    default -> false;
                };
    }

    /** The number, text or UUID that a parameter was set to as such; null for anything else. */
    @Nullable Object plain(int position) {
        Setting setting = settings.get(position);
        if (setting == null || !PLAIN_SETTERS.contains(setting.method().getName())) {
            return null;
        }
        Object value = setting.arguments().get(0).get();
        if (setting.arguments().size() == 1) {
            return value;
        }
        Object type = setting.arguments().get(1).get();
        boolean fits = setting.arguments().size() == 2
                && (value instanceof Number number
                        ? isWhole(number) && type != null && holds(type, number.longValue())
                        : value instanceof String && type != null && TEXTS.contains(type));
        return fits ? value : null;
    }

    /** Whether a number stays the same in a driver that narrows it to the type that it is told, as MariaDB's does. */
    private static boolean holds(Object type, long number) {
        return type.equals(Types.BIGINT)
                || (type.equals(Types.INTEGER) && number == (int) number)
                || (type.equals(Types.SMALLINT) && number == (short) number);
    }

    private static boolean isWhole(@Nullable Object value) {
        return value instanceof Long || value instanceof Integer || value instanceof Short || value instanceof Byte;
    }

    /** The exact number that a parameter was set to as such; null for anything else. */
    @Nullable BigDecimal exactNumber(int position) {
        Setting setting = settings.get(position);
        if (setting == null
                || setting.arguments().size() != 1
                || !NUMBER_SETTERS.contains(setting.method().getName())) {
            return null;
        }
        Object value = setting.arguments().get(0).get();
        if (value instanceof Number number && isWhole(value)) {
            return BigDecimal.valueOf(number.longValue());
        }
        return value != null && value.getClass() == BigDecimal.class ? (BigDecimal) value : null;
    }

    boolean isNull(int position) {
        Setting setting = settings.get(position);
        return setting != null
                && (setting.method().getName().equals("setNull")
                        || setting.arguments().get(0).get() == null);
    }

    /** Whether a parameter was set by a method of this name. */
    boolean setBy(List<String> methods) {
        for (Setting setting : settings.values()) {
            if (methods.contains(setting.method().getName())) {
                return true;
            }
        }
        return false;
    }

    /**
     * Sets some of them on another statement.
     *
     * @param first the 1-based index there of the first
     * @param positions which, by their index here
     * @return the index there after the last
     */
    int bind(PreparedStatement to, int first, List<Integer> positions) throws SQLException {
        int index = first;
        for (int position : positions) {
            Setting setting = settings.get(position);
            if (setting == null) {
                throw new SQLException("parameter " + position + " is not set", "07001");
            }
            set(to, index++, setting);
        }
        return index;
    }

    /** Sets one at its own index. */
    void set(PreparedStatement to, int index) throws SQLException {
        bind(to, index, List.of(index));
    }

    /** Sets all of them at their own indexes. */
    void bindAll(PreparedStatement to) throws SQLException {
        for (Map.Entry<Integer, Setting> setting : settings.entrySet()) {
            set(to, setting.getKey(), setting.getValue());
        }
    }

    private static void set(PreparedStatement to, int index, Setting setting) throws SQLException {
        List<@Nullable Object> arguments =
                new ArrayList<>(1 + setting.arguments().size());
        arguments.add(index);
        for (Argument argument : setting.arguments()) {
            arguments.add(argument.get());
        }
        try {
            setting.method().invoke(to, arguments.toArray());
        } catch (InvocationTargetException e) {
            if (e.getCause() instanceof SQLException sql) {
                throw sql;
            }
            throw new SQLException("parameter " + index + " could not be set", "07000", e.getCause());
        } catch (IllegalAccessException e) {
            throw new IllegalStateException(e);
        }
    }

    @SuppressWarnings("JavaUtilDate") // JDBC's own types
    private static Argument keep(PreparedStatement of, @Nullable Object argument, long length) throws SQLException {
        if (argument instanceof InputStream stream) {
            byte[] bytes = readBytes(stream, length);
            return () -> new ByteArrayInputStream(bytes);
        }
        if (argument instanceof Reader reader) {
            String text = readText(reader, length);
            return () -> new StringReader(text);
        }
        if (argument instanceof byte[] bytes) {
            byte[] copy = bytes.clone();
            return copy::clone;
        }
        if (argument instanceof Date date) {
            Object copy = date.clone();
            return () -> copy;
        }
        if (argument instanceof Calendar calendar) {
            Object copy = calendar.clone();
            return () -> copy;
        }
        if (argument instanceof java.sql.Array array) {
            Object copy = KeptArray.of(array);
            return () -> copy;
        }
        if (argument instanceof SQLXML xml) {
            Object copy = copied(of, xml);
            return () -> copy;
        }
        Object copy = argument instanceof Map<?, ?> map ? new LinkedHashMap<>(map) : cloned(argument);
        return () -> copy;
    }

    /** One of the driver's that the application does not know, and can not free; what can not be copied is kept. */
    private static SQLXML copied(PreparedStatement of, SQLXML xml) {
        try {
            String text = xml.getString();
            SQLXML copy = of.getConnection().createSQLXML();
            copy.setString(text);
            return copy;
        } catch (SQLException | RuntimeException notReadable) {
            return xml;
        }
    }

    /** Arrays, and what can be cloned, as PostgreSQL's objects can: applications use one object for many values. */
    static @Nullable Object cloned(@Nullable Object argument) {
        if (argument instanceof Object[] array) {
            Object[] copy = array.clone();
            Arrays.setAll(copy, i -> cloned(array[i]));
            return copy;
        }
        if (!(argument instanceof Cloneable)) {
            return argument;
        }
        if (argument.getClass().isArray()) {
            int length = Array.getLength(argument);
            Object copy = Array.newInstance(argument.getClass().getComponentType(), length);
            System.arraycopy(argument, 0, copy, 0, length);
            return copy;
        }
        try {
            return argument.getClass().getMethod("clone").invoke(argument);
        } catch (ReflectiveOperationException | RuntimeException notPublic) {
            return argument;
        }
    }

    private static byte[] readBytes(InputStream stream, long length) throws SQLException {
        try {
            return stream.readNBytes((int) Math.min(length, Integer.MAX_VALUE));
        } catch (IOException e) {
            throw new SQLException("a parameter's stream could not be read", "22000", e);
        }
    }

    private static String readText(Reader reader, long length) throws SQLException {
        try {
            StringWriter text = new StringWriter();
            char[] buffer = new char[8192];
            long left = length;
            while (left > 0) {
                int read = reader.read(buffer, 0, (int) Math.min(left, buffer.length));
                if (read < 0) {
                    break;
                }
                text.write(buffer, 0, read);
                left -= read;
            }
            return text.toString();
        } catch (IOException e) {
            throw new SQLException("a parameter's reader could not be read", "22000", e);
        }
    }
}
