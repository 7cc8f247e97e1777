package io.dtx.undo;

import io.dtx.sql.Dialect;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The database behind a resource: which family it is of, and the catalogue and schema that its connections start in.
 * Immutable and thread-safe.
 */
public final class Database {

    private final DatabaseRules rules;
    private final String catalogue;
    private final String schema;
    /** In lower case. */
    private final Set<String> sideEffectsAccepted;

    private Database(DatabaseRules rules, String catalogue, String schema, Set<String> sideEffectsAccepted) {
        this.rules = rules;
        this.catalogue = catalogue;
        this.schema = schema;
        this.sideEffectsAccepted = sideEffectsAccepted.stream()
                .map(table -> table.toLowerCase(Locale.ROOT))
                .collect(Collectors.toUnmodifiableSet());
    }

    /**
     * Finds out what is behind a connection. The connection's default catalogue and schema become the resource's.
     *
     * @throws CaptureRefusedException if dtx does not know the database, or the connection has no default schema
     */
    public static Database of(Connection connection) throws SQLException {
        return of(connection, Set.of());
    }

    /**
     * Likewise.
     *
     * @param sideEffectsAccepted the names of tables, without schema and in any case, whose triggers and cascades are not to be
     *     refused: what they write is neither locked nor undone
     */
    public static Database of(Connection connection, Set<String> sideEffectsAccepted) throws SQLException {
        DatabaseRules rules = DatabaseRules.of(connection);
        String catalogue = rules.catalogue(connection);
        String schema = rules.schema(connection);
        if (catalogue.isEmpty() && schema.isEmpty()) {
            throw new CaptureRefusedException(
                    "the connection has no default catalogue or schema",
                    "Name one in the JDBC URL: undo_log and the tables to write must be there.");
        }
        return new Database(rules, catalogue, schema, sideEffectsAccepted);
    }

    public Dialect dialect() {
        return rules.dialect();
    }

    /** As the database's catalogue spells it; empty where it has none. */
    public String catalogue() {
        return catalogue;
    }

    /** As the database's catalogue spells it; empty where it has none. */
    public String schema() {
        return schema;
    }

    /** What tells resources of one physical database apart: the schema, or where there is none, the catalogue. */
    String place() {
        return schema.isEmpty() ? catalogue : schema;
    }

    boolean acceptsSideEffects(String table) {
        return sideEffectsAccepted.contains(table.toLowerCase(Locale.ROOT));
    }

    /** The same, and the side effects of this table are accepted, too. */
    Database accepting(String table) {
        Set<String> accepted = new HashSet<>(sideEffectsAccepted);
        accepted.add(table);
        return new Database(rules, catalogue, schema, accepted);
    }

    DatabaseRules rules() {
        return rules;
    }

    /**
     * The largest undo record to allow, in bytes, whatever a user may set.
     *
     * @param connection any connection to the database
     */
    public long maxUndoSize(Connection connection) throws SQLException {
        return rules.maxUndoSize(connection);
    }

    /**
     * Why what is written on a connection would fail, or might be written to a copy of the data; in words, empty for no reason.
     *
     * @param connection any connection to the database
     */
    public String notWritable(Connection connection) throws SQLException {
        return rules.notWritable(connection);
    }

    /**
     * What tells the server behind a connection from its replicas, for as long as both run.
     *
     * @param connection any connection to the database
     */
    public String server(Connection connection) throws SQLException {
        return rules.server(connection);
    }
}
