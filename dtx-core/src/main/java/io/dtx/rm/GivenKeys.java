package io.dtx.rm;

import io.dtx.sql.SqlStatement;
import io.dtx.sql.SqlStatement.Insert;
import io.dtx.sql.SqlStatement.Pin;
import io.dtx.undo.CaptureRefusedException;
import io.dtx.undo.Column;
import io.dtx.undo.RowSelection;
import io.dtx.undo.Table;
import io.dtx.undo.Value;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The keys of rows as far as a statement and its parameters give them, before the database is asked. */
final class GivenKeys {

    private static final Pattern WHOLE_NUMBER = Pattern.compile("-?[0-9]{1,18}");
    private static final Pattern PLAIN_TEXT = Pattern.compile("'[^'\\\\]*'");

    private GivenKeys() {}

    /** The key that a row must have for a condition to hold; null if more than one may, or it can not be told. */
    static @Nullable List<Value> pinned(RowSelection selection, List<Pin> pins, Parameters parameters)
            throws CaptureRefusedException {
        Table table = selection.table();
        List<Column> columns = new ArrayList<>();
        for (Pin pin : pins) {
            columns.add(table.column(pin.column()));
        }
        List<@Nullable Object> given = new ArrayList<>();
        for (Column column : table.key()) {
            int pin = columns.indexOf(column);
            given.add(pin < 0 ? null : plain(pins.get(pin).value(), parameters));
        }
        return selection.givenKey(given);
    }

    /**
     * The key that the one row of an INSERT will have; null if it can not be told, or the database may make another of it:
     * zero for an auto-increment column, a trigger, {@code OVERRIDING USER VALUE}.
     */
    static @Nullable List<Value> inserted(RowSelection selection, Insert insert, Parameters parameters)
            throws CaptureRefusedException {
        Table table = selection.table();
        if (table.sideEffectsAccepted() || insert.overriding()) {
            return null;
        }
        List<Column> columns = InsertedKeys.listed(table, insert.columns());
        List<SqlStatement.Value> row = insert.rows().get(0);
        if (!InsertedKeys.fits(row, columns)) {
            return null;
        }
        List<@Nullable Object> given = new ArrayList<>();
        for (Column column : table.key()) {
            int position = columns.indexOf(column);
            Object value = position < 0 || row.isEmpty() ? null : plain(row.get(position), parameters);
            boolean zero = value instanceof Number number && new BigDecimal(number.toString()).signum() == 0;
            given.add(column.autoIncrement() && zero ? null : value);
        }
        return selection.givenKey(given);
    }

    private static @Nullable Object plain(SqlStatement.Value value, Parameters parameters) {
        if (value instanceof SqlStatement.Value.Parameter parameter) {
            return parameters.plain(parameter.position());
        }
        if (value instanceof SqlStatement.Value.Literal literal) {
            String sql = literal.sql();
            if (WHOLE_NUMBER.matcher(sql).matches()) {
                return Long.valueOf(sql);
            }
            return PLAIN_TEXT.matcher(sql).matches() ? sql.substring(1, sql.length() - 1) : null;
        }
        return null;
    }
}
