package io.dtx.undo;

import io.dtx.sql.TableName;
import io.dtx.sql.TableName.Identifier;
import io.dtx.undo.Table.Cascade;
import io.dtx.undo.Table.NameCase;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Puts a {@link Table} together from what a database's catalogue tells, one row of it at a time. Not thread-safe. */
final class TableBuilder {

    private final String catalogue;
    private final String schema;
    private final String name;
    private final Map<String, Column> columns = new LinkedHashMap<>();
    private final List<Column> key = new ArrayList<>();
    private final Map<String, Index> indexes = new LinkedHashMap<>();
    private final Map<String, Cascade> cascades = new LinkedHashMap<>();
    private final Map<String, Parent> parents = new LinkedHashMap<>();
    private final boolean sideEffectsAccepted;
    private boolean insertTriggers;
    private final List<String> missingRights = new ArrayList<>();
    private @Nullable CaptureRefusedException unrestorable;
    private String allRows = "";
    private String lockToUpdate = Table.LOCK;
    private String byKey = "";

    private static final class Index {
        private final List<UniqueIndex.Part> parts = new ArrayList<>();
        private final Set<String> dependsOn = new HashSet<>();
        private boolean nullsDistinct = true;
        private boolean partial;
        private @Nullable String unsupported;
        private String byName = "";
    }

    /** A foreign key of the table while it is put together. */
    private record Parent(String catalogue, String schema, String table, List<ForeignKey.Part> parts) {}

    /** @param sideEffectsAccepted see {@link Table} */
    TableBuilder(String catalogue, String schema, String name, boolean sideEffectsAccepted) {
        this.sideEffectsAccepted = sideEffectsAccepted;
        this.catalogue = catalogue;
        this.schema = schema;
        this.name = name;
    }

    /**
     * Refuses a name that leads out of the resource: two resources could otherwise name one row differently (T16).
     *
     * @param places the resource's catalogue and schema, innermost first, without those that the database has not
     */
    static void requireWithin(TableName written, NameCase names, List<String> places) throws CaptureRefusedException {
        List<Identifier> qualifiers = written.qualifiers();
        boolean within = qualifiers.size() <= places.size();
        for (int i = 0; within && i < qualifiers.size(); i++) {
            within = names.matches(qualifiers.get(qualifiers.size() - 1 - i), places.get(i));
        }
        if (!within) {
            throw new CaptureRefusedException(
                    "table " + describe(written) + " is outside of " + places.get(0) + ", where the connection started",
                    "Write it through a DataSource whose URL leads there.");
        }
        if (written.name().text().toLowerCase(Locale.ROOT).equals("undo_log")) {
            throw new CaptureRefusedException(
                    "the table undo_log is dtx's own", "Leave it to dtx, or change it outside of global transactions.");
        }
    }

    static String describe(TableName written) {
        StringBuilder text = new StringBuilder();
        written.qualifiers().forEach(part -> text.append(part.text()).append('.'));
        return text.append(written.name().text()).toString();
    }

    static CaptureRefusedException unknown(TableName written, String place) {
        return new CaptureRefusedException(
                "there is no table " + describe(written) + " in " + place,
                "Check its name, and the rights of the user. Temporary tables are not written inside a global transaction.");
    }

    /** @param clause see {@link Table} */
    void allRows(String clause) {
        allRows = clause;
    }

    /** @param clause see {@link Table} */
    void lockToUpdate(String clause) {
        lockToUpdate = clause;
    }

    /** @param clause see {@link Table} */
    void byKey(String clause) {
        byKey = clause;
    }

    /** @param why no restore could put its rows back as they were; null if one can */
    void unrestorable(@Nullable CaptureRefusedException why) {
        unrestorable = why;
    }

    /** Notes a right that the user has not, as GRANT names it. */
    void withoutRight(String right) {
        missingRights.add(right);
    }

    /** @throws CaptureRefusedException unless the application has accepted what triggers do */
    void trigger(String trigger) throws CaptureRefusedException {
        if (!sideEffectsAccepted) {
            throw new CaptureRefusedException(
                    "table " + name + " has the trigger " + trigger + ", which may write other rows",
                    "Do what the trigger does in statements of their own, keep writes to the table out of global"
                            + " transactions, or, if what it writes need not be undone, say so"
                            + " (dtx.data-sources.side-effects-accepted).");
        }
    }

    /** Notes that a trigger may alter rows before they are inserted. */
    void insertTriggers() {
        insertTriggers = true;
    }

    void column(Column column) {
        columns.put(column.name(), column);
    }

    void key(String column) {
        key.add(known(column));
    }

    /** Adds a column to a unique index. */
    void unique(String index, boolean nullsDistinct, String column, int prefix) {
        Index made = index(index);
        made.nullsDistinct = nullsDistinct;
        made.parts.add(new UniqueIndex.Part(known(column), prefix));
        made.dependsOn.add(column);
    }

    /** Notes a column that an index's expressions or condition refer to. */
    void uniqueDependsOn(String index, String column) {
        index(index).dependsOn.add(column);
    }

    /** Notes that an index may depend on any column; to be called when all are known. */
    void uniqueDependsOnAll(String index) {
        index(index).dependsOn.addAll(columns.keySet());
    }

    /** @param clause see {@link Table.UniqueKey} */
    void uniqueByName(String index, String clause) {
        index(index).byName = clause;
    }

    void partialUnique(String index) {
        index(index).partial = true;
    }

    void unsupportedUnique(String index, String why) {
        index(index).unsupported = why;
    }

    private Index index(String name) {
        return indexes.computeIfAbsent(name, unknown -> new Index());
    }

    /** Adds a column to a foreign key of this table; the first one makes it. */
    void reference(String constraint, String parentPlace, String parentTable, String column, Column parent) {
        Parent made = parents.computeIfAbsent(
                constraint,
                unknown -> new Parent(
                        schema.isEmpty() ? parentPlace : catalogue,
                        schema.isEmpty() ? "" : parentPlace,
                        parentTable,
                        new ArrayList<>()));
        made.parts().add(new ForeignKey.Part(known(column), parent));
    }

    /**
     * Adds a referenced column to a foreign key that points here; the first one makes it. Children of one name in several schemas are
     * taken for one, which acts if any of them does.
     */
    void referencedBy(String constraint, String child, boolean onDelete, boolean onUpdate, String referenced) {
        cascades.merge(
                child + "." + constraint,
                new Cascade(constraint, child, onDelete, onUpdate, List.of(referenced)),
                (one, other) -> {
                    List<String> all = new ArrayList<>(one.referenced());
                    all.addAll(other.referenced());
                    return new Cascade(
                            constraint,
                            child,
                            one.onDelete() || other.onDelete(),
                            one.onUpdate() || other.onUpdate(),
                            all);
                });
    }

    private Column known(String column) {
        Column known = columns.get(column);
        if (known == null) {
            throw new IllegalStateException("the catalogue lists no column " + column + " of " + name);
        }
        return known;
    }

    Table build(Connection connection, String sql, NameCase columnCase) throws SQLException {
        if (key.isEmpty()) {
            String reason = "table " + name + " has no primary key";
            String remedy = "Give it one: rows are locked and restored by it.";
            throw parents.isEmpty() && cascades.isEmpty()
                    ? new UnlockableTableException(reason, remedy)
                    : new CaptureRefusedException(reason, remedy);
        }
        for (Column column : key) {
            if (column.type().form() == Form.UTC_TIME) {
                throw new CaptureRefusedException(
                        "the primary key of " + name + " holds " + column.name()
                                + ", a TIMESTAMP, which each session reads and compares in its own time zone",
                        "Make it a DATETIME, or take another key.");
            }
            if (column.generated()) {
                // Rows are restored by their key, and without what the database computes.
                throw new CaptureRefusedException(
                        "the primary key of " + name + " holds " + column.name()
                                + ", a generated column, whose values are not recorded and can not be written back",
                        "Let the application write that column, or take as the key what it is computed from; it may stay in"
                                + " a unique index.");
            }
        }
        List<UniqueIndex> unique = new ArrayList<>();
        indexes.forEach((index, made) -> {
            Set<String> dependsOn = made.dependsOn.isEmpty() ? columns.keySet() : made.dependsOn;
            unique.add(new UniqueIndex(
                    index, made.parts, dependsOn, made.nullsDistinct, made.partial, made.unsupported, made.byName));
        });
        List<ForeignKey> references = new ArrayList<>();
        parents.forEach((constraint, made) -> references.add(
                new ForeignKey(constraint, made.catalogue(), made.schema(), made.table(), made.parts())));
        return new Table(
                catalogue,
                schema,
                name,
                sql,
                List.copyOf(columns.values()),
                key,
                unique,
                cascades.values().stream()
                        .filter(cascade -> cascade.onDelete() || cascade.onUpdate())
                        .toList(),
                references,
                referencedKeys(),
                sideEffectsAccepted,
                insertTriggers,
                columnCase,
                shape(connection, sql),
                allRows,
                lockToUpdate,
                byKey,
                missingRights,
                unrestorable);
    }

    private Set<List<Column>> referencedKeys() {
        Set<List<Column>> keys = new HashSet<>();
        for (Cascade foreignKey : cascades.values()) {
            keys.add(foreignKey.referenced().stream()
                    .distinct()
                    .sorted()
                    .map(this::known)
                    .toList());
        }
        return keys;
    }

    /** Between our look into the catalogue and the table itself it may have been altered; a snapshot may show an old catalogue. */
    private Shape shape(Connection connection, String sql) throws SQLException {
        Shape shape = Shape.of(connection, sql);
        List<String> shown = columns.values().stream()
                .filter(column -> !column.hidden())
                .map(Column::name)
                .toList();
        if (!shape.names().equals(shown)) {
            throw new RefusedHereException(
                    "table " + name + " is being altered: its catalogue lists the columns " + shown + ", and it has "
                            + shape.names(),
                    "Run the local transaction again.");
        }
        return shape;
    }
}
