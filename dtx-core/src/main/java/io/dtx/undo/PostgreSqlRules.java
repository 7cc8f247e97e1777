package io.dtx.undo;

import static io.dtx.undo.DatabaseRules.byName;
import static io.dtx.undo.DatabaseRules.named;
import static io.dtx.undo.DatabaseRules.query;
import static io.dtx.undo.DatabaseRules.text;

import io.dtx.sql.Dialect;
import io.dtx.sql.TableName;
import io.dtx.undo.Table.NameCase;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** PostgreSQL; tested on 18 alone. */
final class PostgreSqlRules implements DatabaseRules {

    /** In an encoding of several bytes per character, as UTF-8 is. */
    private static final NameCase NAMES = NameCase.LOWER_ASCII;

    /**
     * What an UPDATE asks for by itself, as long as it leaves the row's keys as they are. It excludes (13.3.2 of the manual) itself and
     * FOR UPDATE, so every UPDATE and DELETE, and FOR SHARE, so all who rely on more than the key; and lets FOR KEY SHARE pass, by
     * which the writer of a child keeps its parent there. Who holds that has to ask for more before it can change anything,
     * and waits then. With FOR UPDATE two that have each written a child of one parent, and go on to update the parent, would wait
     * for each other, and a restore for everybody who writes children.
     *
     * <p>An UPDATE that does change a key, in the sense of any unique index, asks for FOR UPDATE by itself, and waits for the writers of
     * children, as it does without us.
     */
    private static final String LOCK_TO_UPDATE = "FOR NO KEY UPDATE";

    private static final UndoLogSql UNDO_LOG = new UndoLogSql(
            "undo_log-postgresql.sql",
            "clock_timestamp()",
            "clock_timestamp() - make_interval(secs => ?)",
            "CAST(FLOOR(EXTRACT(EPOCH FROM log_created)) AS bigint)",
            "current_schema()",
            "CAST(? AS bigint)",
            "CAST(? AS varchar)",
            "CAST(? AS bytea)",
            null,
            null,
            "current_setting('transaction_isolation') = 'serializable'",
            UndoLogSql.DELETE);

    /** What others than PostgreSQL have in their version, in lower case. */
    private static final List<String> OTHERS =
            List.of("-yb-", "greenplum", "cloudberry", "redshift", "opengauss", "gaussdb", "materialize", "risingwave");

    /** A bytea may have 1 GB, but rows are read into memory whole, and as text with two characters a byte. */
    private static final long MAX_UNDO_SIZE = 64L * 1024 * 1024;

    /**
     * Columns: oid, kind, persistence, is a partition, has rules, has or is a child, row security applies, is what the name finds,
     * has partitions that are no tables, name, and whether the user may insert whole rows, lock rows and delete rows.
     */
    private static final String TABLE = """
            SELECT c.oid, c.relkind, c.relpersistence, c.relispartition, c.relhasrules,
                   (c.relkind = 'r' AND c.relhassubclass)
                       OR EXISTS (SELECT 1 FROM pg_inherits i WHERE i.inhrelid = c.oid),
                   row_security_active(c.oid),
                   to_regclass(quote_ident(c.relname))::oid IS NOT DISTINCT FROM c.oid,
                   EXISTS (SELECT 1 FROM pg_inherits i JOIN pg_class p ON p.oid = i.inhrelid
                           WHERE i.inhparent = c.oid AND p.relkind <> 'r'),
                   c.relname,
                   NOT EXISTS (SELECT 1 FROM pg_attribute a
                               WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
                                   AND NOT has_column_privilege(c.oid, a.attnum, 'INSERT')),
                   has_any_column_privilege(c.oid, 'UPDATE'),
                   has_table_privilege(c.oid, 'DELETE')
            FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname = ? AND lower(c.relname) = lower(CAST(? AS text) COLLATE "C")
                AND c.relkind IN ('r', 'v', 'm', 'f', 'p')
            """;

    /** A table, and the partitions that it may have: each may have indexes, foreign keys and triggers that the others have not. */
    private static final String ITSELF_AND_PARTITIONS = """
            (SELECT CAST(? AS bigint)::oid
             UNION ALL SELECT inhrelid FROM pg_inherits WHERE inhparent = CAST(? AS bigint)::oid)
            """;

    /** Not one that a partition has because the whole table has it. */
    private static final String INDEX_OF_ITS_OWN = """
            NOT EXISTS (SELECT 1 FROM pg_inherits WHERE inhrelid = i.indexrelid)
            """;

    /**
     * A type that is not PostgreSQL's own always by its schema, too: format_type leaves it out where the search path has it. A column
     * without a default of its own has that of its domain, and of that alone: a domain takes over another's when it is created.
     */
    private static final String COLUMNS = """
            SELECT a.attname,
                   CASE WHEN tn.nspname = 'pg_catalog' THEN format_type(a.atttypid, a.atttypmod)
                       ELSE quote_ident(tn.nspname) || '.' || quote_ident(t.typname) END, NOT a.attnotnull, a.attidentity, a.attgenerated,
                   base.typname, base.typtype, quote_ident(bn.nspname) || '.' || quote_ident(base.typname),
                   e.typname, COALESCE(co.collisdeterministic, true),
                   COALESCE(pg_get_expr(d.adbin, d.adrelid), t.typdefault)
            FROM pg_attribute a
            JOIN pg_type t ON t.oid = a.atttypid
            JOIN pg_namespace tn ON tn.oid = t.typnamespace
            CROSS JOIN LATERAL (
                WITH RECURSIVE b AS (
                    SELECT t.oid, t.typbasetype
                    UNION ALL
                    SELECT p.oid, p.typbasetype FROM b JOIN pg_type p ON p.oid = b.typbasetype)
                SELECT p.* FROM b JOIN pg_type p ON p.oid = b.oid WHERE b.typbasetype = 0) base
            JOIN pg_namespace bn ON bn.oid = base.typnamespace
            LEFT JOIN pg_type e ON e.oid = base.typelem AND base.typelem <> 0
            LEFT JOIN pg_collation co ON co.oid = a.attcollation
            LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
            WHERE a.attrelid = CAST(? AS bigint)::oid AND a.attnum > 0 AND NOT a.attisdropped
            ORDER BY a.attnum
            """;

    /**
     * An index of one partition alone is taken for one of the whole table: that locks more than it must. By to_jsonb: the
     * column indnullsnotdistinct came with version 15.
     */
    private static final String INDEXES = """
            SELECT CASE WHEN t.relispartition THEN icn.nspname || '.' || ic.relname ELSE ic.relname END,
                   i.indisprimary AND NOT t.relispartition,
                   COALESCE((to_jsonb(i) ->> 'indnullsnotdistinct')::boolean, false),
                   a.attname, COALESCE(co.collisdeterministic, true), ocn.nspname
            FROM pg_index i
            JOIN pg_class t ON t.oid = i.indrelid
            JOIN pg_class ic ON ic.oid = i.indexrelid
            JOIN pg_namespace icn ON icn.oid = ic.relnamespace
            CROSS JOIN LATERAL unnest(i.indkey::int2[], i.indcollation::oid[], i.indclass::oid[])
                WITH ORDINALITY AS k (att, coll, cls, n)
            LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.att
            LEFT JOIN pg_collation co ON co.oid = k.coll
            LEFT JOIN pg_opclass oc ON oc.oid = k.cls
            LEFT JOIN pg_namespace ocn ON ocn.oid = oc.opcnamespace
            WHERE i.indisunique AND k.n <= i.indnkeyatts AND %s AND i.indrelid IN %s
            ORDER BY 1, k.n
            """.formatted(INDEX_OF_ITS_OWN, ITSELF_AND_PARTITIONS);

    /** Which columns the expressions and conditions of unique indexes, and exclusion constraints, refer to. */
    private static final String INDEX_DEPENDENCIES = """
            SELECT CASE WHEN t.relispartition THEN icn.nspname || '.' || ic.relname ELSE ic.relname END, a.attname,
                   i.indpred IS NOT NULL
            FROM pg_index i
            JOIN pg_class t ON t.oid = i.indrelid
            JOIN pg_class ic ON ic.oid = i.indexrelid
            JOIN pg_namespace icn ON icn.oid = ic.relnamespace
            JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass
                AND d.objid = i.indexrelid AND d.refobjid = i.indrelid
            JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = d.refobjsubid
            WHERE (i.indisunique OR i.indisexclusion) AND NOT i.indisprimary
                AND (i.indexprs IS NOT NULL OR i.indpred IS NOT NULL) AND %s AND i.indrelid IN %s
            """.formatted(INDEX_OF_ITS_OWN, ITSELF_AND_PARTITIONS);

    /** The foreign keys that point here, or at one partition alone. */
    private static final String REFERENCED_BY = """
            SELECT c.conname, ch.relname, c.confdeltype NOT IN ('a', 'r'), c.confupdtype NOT IN ('a', 'r'), a.attname
            FROM pg_constraint c
            JOIN pg_class ch ON ch.oid = c.conrelid
            JOIN pg_attribute a ON a.attrelid = c.confrelid AND a.attnum = ANY (c.confkey)
            WHERE c.contype = 'f' AND c.conparentid = 0 AND c.confrelid IN %s
            """.formatted(ITSELF_AND_PARTITIONS);

    /**
     * Its own, and those of one partition alone. A parent that is a partition is locked by the name of its whole table, through
     * which it is written.
     */
    private static final String REFERENCES = """
            SELECT CASE WHEN t.relispartition THEN tn.nspname || '.' || t.relname || '.' || c.conname ELSE c.conname END,
                   p.oid, pn.nspname, p.relname, own.attname, parent.attname
            FROM pg_constraint c
            JOIN pg_class t ON t.oid = c.conrelid
            JOIN pg_namespace tn ON tn.oid = t.relnamespace
            JOIN pg_class p ON p.oid = COALESCE(pg_partition_root(c.confrelid), c.confrelid)
            JOIN pg_namespace pn ON pn.oid = p.relnamespace
            CROSS JOIN LATERAL unnest(c.conkey, c.confkey) AS k (own, parent)
            JOIN pg_attribute own ON own.attrelid = c.conrelid AND own.attnum = k.own
            JOIN pg_attribute parent ON parent.attrelid = c.confrelid AND parent.attnum = k.parent
            WHERE c.contype = 'f' AND c.conparentid = 0 AND c.conrelid IN %s
            """.formatted(ITSELF_AND_PARTITIONS);

    private static final String TRIGGERS = """
            SELECT tgname FROM pg_trigger
            WHERE NOT tgisinternal AND tgenabled <> 'D' AND tgrelid IN %s
            """.formatted(ITSELF_AND_PARTITIONS);

    private static final String EXCLUSIONS = """
            SELECT CASE WHEN t.relispartition THEN tn.nspname || '.' || c.conname ELSE c.conname END, a.attname
            FROM pg_constraint c
            JOIN pg_class t ON t.oid = c.conrelid
            JOIN pg_namespace tn ON tn.oid = t.relnamespace
            LEFT JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = ANY (c.conkey)
            WHERE c.contype = 'x' AND c.conparentid = 0 AND c.conrelid IN %s
            """.formatted(ITSELF_AND_PARTITIONS);

    @Override
    public Dialect dialect() {
        return Dialect.POSTGRESQL;
    }

    @Override
    public boolean knows(Connection connection) throws SQLException {
        return isPostgreSql(text(query(connection, "SELECT version()").get(0), 0));
    }

    /** Those that are derived from it, or speak as it does, begin with its name, too, and lock, index or log otherwise. */
    static boolean isPostgreSql(String version) {
        String lower = version.toLowerCase(Locale.ROOT);
        return version.startsWith("PostgreSQL ") && OTHERS.stream().noneMatch(lower::contains);
    }

    @Override
    public String catalogue(Connection connection) throws SQLException {
        return text(query(connection, "SELECT current_database()").get(0), 0);
    }

    /** Empty if no schema of the search path exists; {@link Database} refuses that. */
    @Override
    public String schema(Connection connection) throws SQLException {
        return Objects.requireNonNullElse(
                query(connection, "SELECT current_schema()").get(0).get(0), "");
    }

    /** By when it was started, to the microsecond: its system identifier is also that of its standbys. */
    @Override
    public String server(Connection connection) throws SQLException {
        return text(
                query(
                                connection,
                                "SELECT concat_ws('/', extract(epoch FROM pg_postmaster_start_time()), current_database())")
                        .get(0),
                0);
    }

    @Override
    public String quote(String name) {
        return "\"" + name.replace("\"", "\"\"") + "\"";
    }

    @Override
    public UndoLogSql undoLogSql() {
        return UNDO_LOG;
    }

    @Override
    public long maxUndoSize(Connection connection) {
        return MAX_UNDO_SIZE;
    }

    @Override
    public String insertOverride() {
        return " OVERRIDING SYSTEM VALUE";
    }

    /** A standby says so in the same variable. */
    @Override
    public String notWritable(Connection connection) throws SQLException {
        boolean readOnly = text(
                        query(connection, "SELECT current_setting('transaction_read_only')")
                                .get(0),
                        0)
                .equals("on");
        return readOnly ? "its database is a standby, or its sessions are read-only" : "";
    }

    /**
     * What is deferrable is deferred, until the end of the local transaction: it may have been on the way there. And the wait for
     * a lock ends here: a session that waits does not see that its connection was given up, and such sessions would add up.
     */
    @Override
    public void beginRestore(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("SET CONSTRAINTS ALL DEFERRED; SELECT set_config('lock_timeout', '60s', true)"
                    + " WHERE current_setting('lock_timeout') = '0'");
        }
    }

    @Override
    public void checkConstraints(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("SET CONSTRAINTS ALL IMMEDIATE");
        }
    }

    @Override
    public boolean keepsValues(Declaration was, Declaration is) {
        return PostgreSqlTypes.keepsValues(was, is);
    }

    @Override
    public Table describe(Connection connection, Database database, TableName written) throws SQLException {
        TableBuilder.requireWithin(written, NAMES, List.of(database.schema(), database.catalogue()));
        for (List<@Nullable String> row :
                query(connection, TABLE, database.schema(), written.name().text())) {
            String name = text(row, 9);
            if (NAMES.matches(written.name(), name)) {
                requireOrdinary(name, row);
                return read(connection, database, name, row);
            }
        }
        throw TableBuilder.unknown(written, database.schema());
    }

    private static void requireOrdinary(String name, List<@Nullable String> row) throws CaptureRefusedException {
        String kind = text(row, 1);
        String what = null;
        if (kind.equals("v") || kind.equals("m")) {
            what = "is a view";
        } else if (kind.equals("f")) {
            what = "is a foreign table";
        } else if (!text(row, 2).equals("p")) {
            what = "is temporary or unlogged";
        } else if (isTrue(row, 3) || isTrue(row, 5)) {
            what = "is a partition, or part of an inheritance tree: its rows have more than one name";
        } else if (kind.equals("p") && isTrue(row, 8)) {
            what = "has partitions that are foreign tables, or partitioned again";
        } else if (isTrue(row, 4)) {
            what = "has rules";
        }
        if (what != null) {
            throw new CaptureRefusedException("table " + name + " " + what, "Write to ordinary tables only.");
        }
        if (isTrue(row, 6)) {
            throw new RefusedHereException(
                    "table " + name
                            + " has row level security, which is active for this user, and could hide rows from the"
                            + " restore",
                    "Write it as a user whom it does not bind: one with BYPASSRLS, or the owner, if it is not forced.");
        }
        if (!isTrue(row, 7)) {
            throw new RefusedHereException(
                    "table " + name
                            + " is hidden by another table of the same name, which is temporary or before it in the search path",
                    "Write to ordinary tables only.");
        }
    }

    private Table read(Connection connection, Database database, String name, List<@Nullable String> row)
            throws SQLException {
        String oid = text(row, 0);
        TableBuilder table =
                new TableBuilder(database.catalogue(), database.schema(), name, database.acceptsSideEffects(name));
        List<String> rights = List.of("INSERT", "UPDATE", "DELETE");
        for (int i = 0; i < rights.size(); i++) {
            if (!isTrue(row, 10 + i)) {
                table.withoutRight(rights.get(i));
            }
        }
        List<List<@Nullable String>> triggers = query(connection, TRIGGERS, oid, oid);
        if (!triggers.isEmpty()) {
            table.trigger(text(triggers.get(0), 0));
        }
        table.lockToUpdate(LOCK_TO_UPDATE);
        readColumns(connection, oid).forEach(table::column);
        readIndexes(connection, oid, table);
        readForeignKeys(connection, oid, table);
        return table.build(connection, quote(database.schema()) + "." + quote(name), NAMES);
    }

    private List<Column> readColumns(Connection connection, String oid) throws SQLException {
        List<Column> columns = new ArrayList<>();
        for (List<@Nullable String> row : query(connection, COLUMNS, oid)) {
            String column = text(row, 0);
            String byDefault = Objects.requireNonNullElse(row.get(10), "");
            columns.add(new Column(
                    column,
                    quote(column),
                    PostgreSqlTypes.of(
                            text(row, 1), text(row, 5), text(row, 6), text(row, 7), row.get(8), isTrue(row, 9)),
                    isTrue(row, 2),
                    !text(row, 3).isEmpty() || byDefault.startsWith("nextval("),
                    !text(row, 4).isEmpty(),
                    text(row, 3).equals("a"),
                    false,
                    !byDefault.isEmpty(),
                    null,
                    false));
        }
        return columns;
    }

    private static void readIndexes(Connection connection, String oid, TableBuilder table) throws SQLException {
        for (List<@Nullable String> row : query(connection, INDEXES, oid, oid)) {
            addIndexColumn(table, row);
        }
        for (List<@Nullable String> row : query(connection, EXCLUSIONS, oid, oid)) {
            table.unsupportedUnique(text(row, 0), "it is an exclusion constraint");
            if (row.get(1) != null) {
                table.uniqueDependsOn(text(row, 0), text(row, 1));
            }
        }
        for (List<@Nullable String> row : query(connection, INDEX_DEPENDENCIES, oid, oid)) {
            table.uniqueDependsOn(text(row, 0), text(row, 1));
            if (isTrue(row, 2)) {
                table.partialUnique(text(row, 0));
            }
        }
    }

    private void readForeignKeys(Connection connection, String oid, TableBuilder table) throws SQLException {
        Map<String, Map<String, Column>> parents = new HashMap<>();
        for (List<@Nullable String> row : query(connection, REFERENCES, oid, oid)) {
            String parent = text(row, 1);
            Map<String, Column> columns = parents.get(parent);
            if (columns == null) {
                columns = byName(readColumns(connection, parent));
                parents.put(parent, columns);
            }
            table.reference(
                    text(row, 0), text(row, 2), text(row, 3), text(row, 4), named(columns, text(row, 5), text(row, 3)));
        }
        for (List<@Nullable String> row : query(connection, REFERENCED_BY, oid, oid)) {
            table.referencedBy(text(row, 0), text(row, 1), isTrue(row, 2), isTrue(row, 3), text(row, 4));
        }
    }

    /** A partial index is locked as a whole one: that locks more than it must. */
    private static void addIndexColumn(TableBuilder table, List<@Nullable String> row) {
        String index = text(row, 0);
        String column = row.get(3);
        if (isTrue(row, 1)) {
            table.key(Objects.requireNonNull(column));
        } else if (column != null) {
            table.unique(index, !isTrue(row, 2), column, 0);
        }
        if (column == null) {
            table.unsupportedUnique(index, "it is on an expression");
        } else if (!isTrue(row, 4)) {
            table.unsupportedUnique(index, "its collation decides which texts are equal");
        } else if (!"pg_catalog".equals(row.get(5))) {
            table.unsupportedUnique(index, "its operator class is not one of PostgreSQL's own");
        }
    }

    private static boolean isTrue(List<@Nullable String> row, int index) {
        String value = text(row, index);
        return value.equals("t") || value.equals("true");
    }
}
