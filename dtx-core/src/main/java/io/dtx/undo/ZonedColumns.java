package io.dtx.undo;

import static io.dtx.undo.DatabaseRules.query;
import static io.dtx.undo.DatabaseRules.text;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Generated columns of MySQL and MariaDB whose values are kept, in the row or in an index, and depend on the time zone of the
 * session that wrote the row: a TIMESTAMP is an instant, and what it is to an expression is its local time. Restores write at UTC
 * and so would leave other values than were there, and no image could tell: generated columns are in none, and no statement can
 * write them. (MariaDB computes all of them anew whatever an UPDATE assigns.)
 */
final class ZonedColumns {

    /** Not GMT: London's server calls its time so in winter. */
    private static final Set<String> UTC = Set.of("+00:00", "utc", "etc/utc");

    private static final List<String> FUNCTIONS = List.of("unix_timestamp(", "from_unixtime(");

    /** What may stand before {@code x is null} with x alone for its operand, if there is no BETWEEN, whose AND is none. */
    private static final String ALONE = "(?<=^|[(,]|\\b(?:and|or|when) )";

    private ZonedColumns() {}

    /**
     * Where the session is at UTC, as restores are, all is accepted: the sessions of one data source are taken to be at one zone.
     *
     * @return null if the table has no such column
     */
    static @Nullable CaptureRefusedException refusal(Connection connection, String catalogue, String name)
            throws SQLException {
        List<List<@Nullable String>> columns = query(
                connection,
                "SELECT COLUMN_NAME, DATA_TYPE, COALESCE(GENERATION_EXPRESSION, ''), EXTRA LIKE '%VIRTUAL%'"
                        + " AND NOT EXISTS (SELECT 1 FROM INFORMATION_SCHEMA.STATISTICS S WHERE S.TABLE_SCHEMA = ?"
                        + " AND S.TABLE_NAME = ? AND S.COLUMN_NAME = C.COLUMN_NAME),"
                        + " IF(@@SESSION.time_zone = 'SYSTEM', @@system_time_zone, @@SESSION.time_zone)"
                        + " FROM INFORMATION_SCHEMA.COLUMNS C WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ?"
                        + " ORDER BY ORDINAL_POSITION" + MySqlRules.ALL_ROWS,
                catalogue,
                name,
                catalogue,
                name);
        if (columns.isEmpty() || UTC.contains(text(columns.get(0), 4).toLowerCase(Locale.ROOT))) {
            return null;
        }
        Set<String> zoned = new HashSet<>();
        List<String> instants = new ArrayList<>();
        for (List<@Nullable String> column : columns) {
            if (text(column, 1).equalsIgnoreCase("timestamp")) {
                zoned.add(text(column, 0));
                if (text(column, 2).isEmpty()) {
                    instants.add(text(column, 0));
                }
            }
        }
        int known = -1;
        while (known < zoned.size()) { // a column may be computed from one that is computed
            known = zoned.size();
            for (List<@Nullable String> column : columns) {
                String expression = withoutInstants(instants, text(column, 2).toLowerCase(Locale.ROOT));
                boolean depends = zoned.contains(text(column, 0)) || dependsOn(zoned, expression);
                if (!expression.isEmpty() && depends) {
                    zoned.add(text(column, 0));
                    if (text(column, 3).equals("0")) {
                        return refusal(name, column);
                    }
                }
            }
        }
        return null;
    }

    private static CaptureRefusedException refusal(String name, List<@Nullable String> column) {
        return new CaptureRefusedException(
                "the generated column " + text(column, 0) + " of " + name
                        + " is computed from or to a TIMESTAMP in the session's time zone, and a restore, at UTC, would"
                        + " compute another value",
                "Compute it from a DATETIME, make it VIRTUAL and without an index, or let the data source's sessions be"
                        + " at UTC (time_zone = '+00:00').");
    }

    /**
     * The expression without what is the same in every zone: whether a TIMESTAMP is null, and the seconds that it stands for. Only of
     * columns that are stored as they were given: a computed one has gone through a zone.
     */
    private static String withoutInstants(List<String> instants, String expression) {
        String rest = expression;
        for (String instant : instants) {
            String name = instant.toLowerCase(Locale.ROOT);
            String quoted = "(?:" + Pattern.quote("`" + name.replace("`", "``") + "`") + "|"
                    + Pattern.quote("\"" + name.replace("\"", "\"\"") + "\"") + ")";
            rest = rest.replaceAll("\\b(?:isnull|unix_timestamp)\\(" + quoted + "\\)", "0");
            if (!expression.contains("between")) {
                rest = rest.replaceAll(ALONE + quoted + " is (?:not )?null\\b", "0");
            }
        }
        return rest;
    }

    /** By their quotes, which are those of the session's sql_mode. */
    private static boolean dependsOn(Set<String> zoned, String expression) {
        return FUNCTIONS.stream().anyMatch(expression::contains)
                || zoned.stream()
                        .map(column -> column.toLowerCase(Locale.ROOT))
                        .anyMatch(column -> expression.contains("`" + column.replace("`", "``") + "`")
                                || expression.contains("\"" + column.replace("\"", "\"\"") + "\""));
    }
}
