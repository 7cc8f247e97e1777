package io.dtx.test.equivalence;

import io.dtx.test.equivalence.Column.Role;
import io.dtx.test.equivalence.Kind.Use;
import io.dtx.test.equivalence.Table.Reference;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Makes random tables. */
final class Schemas {

    private static final List<String> PLAIN = List.of("a", "b2", "col_c", "stock", "Amount", "x_1");
    /** Reserved somewhere, or in need of quotes everywhere. */
    private static final List<String> QUOTED = List.of(
            "select",
            "order",
            "group",
            "Mixed Case",
            "it's",
            "\u00fcn\u00efc\u00f6de",
            "a.b",
            "from",
            "values",
            "user");

    private final Chance chance;
    private final Grammar grammar;
    private final Set<String> tableNames = new HashSet<>();

    private Schemas(long seed, Grammar grammar) {
        this.chance = new Chance(~seed);
        this.grammar = grammar;
    }

    /** One to three tables, a parent before its child. */
    static List<Table> generate(long seed, Grammar grammar) {
        Schemas schemas = new Schemas(seed, grammar);
        List<Table> tables = new ArrayList<>();
        int count = schemas.chance.between(1, 3);
        for (int i = 0; i < count; i++) {
            tables.add(schemas.table(tables));
        }
        return tables;
    }

    private record Name(String sql, String label) {}

    private Name name(Set<String> taken) {
        while (true) {
            boolean quoted = chance.oneIn(3);
            String text = quoted ? chance.of(QUOTED) : chance.of(PLAIN) + (chance.coin() ? chance.between(1, 9) : "");
            if (taken.add(text.toLowerCase(Locale.ROOT))) {
                return quoted ? new Name(grammar.quote(text), text) : new Name(text, grammar.unquoted(text));
            }
        }
    }

    private Table table(List<Table> others) {
        Set<String> taken = new HashSet<>(Set.of("undo_log"));
        List<Column> columns = new ArrayList<>();
        List<Column> key = new ArrayList<>();
        int keyWidth = chance.oneIn(3) ? chance.between(2, 3) : 1;
        boolean numbered = chance.oneIn(2);
        for (int i = 0; i < keyWidth; i++) {
            Column column = numbered && i == 0 ? auto(name(taken)) : keyColumn(name(taken));
            columns.add(column);
            key.add(column);
        }
        int more = chance.between(1, 5);
        for (int i = 0; i < more; i++) {
            columns.add(plain(name(taken), chance.of(grammar.types().all())));
        }
        if (chance.oneIn(3)) {
            clock(name(taken), columns);
        }
        if (chance.oneIn(4)) {
            generated(name(taken), columns);
        }
        if (chance.oneIn(4)) {
            columns.add(columns.remove(0)); // the key need not come first
        }
        String own = name(tableNames).sql();
        Reference reference = chance.oneIn(10) ? reference(own, key, taken, columns) : parent(others, taken, columns);
        return new Table(own, columns, key, unique(columns, key), reference);
    }

    private Column auto(Name name) {
        boolean always = chance.oneIn(5);
        return new Column(
                name.sql(),
                name.label(),
                grammar.types().number(),
                always ? grammar.words().always() : grammar.words().auto(),
                false,
                true,
                Role.AUTO);
    }

    private Column keyColumn(Name name) {
        List<Kind> kinds = grammar.types().all().stream()
                .filter(kind -> kind.use() == Use.KEY)
                .toList();
        Kind kind = chance.of(kinds);
        return new Column(name.sql(), name.label(), kind, kind.type() + " NOT NULL", false, false, Role.PLAIN);
    }

    private Column plain(Name name, Kind kind) {
        // Where MariaDB's TIMESTAMP takes no NULL, it makes it the time.
        boolean nullable = !chance.oneIn(3) || kind.equals(grammar.types().clock());
        boolean hasDefault = chance.oneIn(3) && kind.use() != Use.STORED;
        String value = kind.equals(grammar.types().number()) && chance.coin()
                ? "(ABS(-5))"
                : chance.of(kind.samples()).literal();
        String declaration = kind.type() + (hasDefault ? " DEFAULT " + value : "") + (nullable ? " NULL" : " NOT NULL");
        return new Column(name.sql(), name.label(), kind, declaration, nullable, hasDefault, Role.PLAIN);
    }

    private void clock(Name name, List<Column> columns) {
        String touched = grammar.words().touched();
        Kind kind = grammar.types().clock();
        String declaration = touched != null && chance.coin()
                ? touched
                : kind.type() + " DEFAULT CURRENT_TIMESTAMP" + (kind.type().contains("(6)") ? "(6)" : "") + " NOT NULL";
        columns.add(new Column(name.sql(), name.label(), kind, declaration, false, true, Role.CLOCK));
    }

    private void generated(Name name, List<Column> columns) {
        for (Column column : columns) {
            if (column.kind().equals(grammar.types().number()) && column.role() == Role.PLAIN) {
                String declaration = chance.of(grammar.words().generated()).replace("{e}", column.sql() + " + 1");
                columns.add(new Column(
                        name.sql(), name.label(), grammar.types().number(), declaration, true, false, Role.GENERATED));
                return;
            }
        }
    }

    private @Nullable Reference parent(List<Table> others, Set<String> taken, List<Column> columns) {
        if (others.isEmpty() || chance.oneIn(2)) {
            return null;
        }
        Table parent = chance.of(others);
        return reference(parent.sql(), parent.key(), taken, columns);
    }

    private Reference reference(String parent, List<Column> parentKey, Set<String> taken, List<Column> columns) {
        List<Column> referring = new ArrayList<>();
        for (Column column : parentKey) {
            Name name = name(taken);
            Kind kind = column.kind();
            referring.add(new Column(name.sql(), name.label(), kind, kind.type() + " NULL", true, false, Role.PLAIN));
        }
        columns.addAll(referring);
        String action = chance.oneIn(12) ? chance.of(" ON DELETE CASCADE", " ON DELETE SET NULL") : "";
        return new Reference(referring, parent, parentKey, action);
    }

    private List<List<Column>> unique(List<Column> columns, List<Column> key) {
        List<List<Column>> indexes = new ArrayList<>();
        List<Column> possible = columns.stream()
                .filter(column -> column.role() == Role.PLAIN && column.kind().use() == Use.KEY)
                .toList();
        for (int i = chance.of(0, 0, 1, 1, 2); i > 0 && !possible.isEmpty(); i--) {
            List<Column> index = chance.someOf(possible);
            index = index.subList(0, Math.min(index.size(), 3));
            if (!indexes.contains(index) && !index.equals(key)) {
                indexes.add(index);
            }
        }
        return indexes;
    }
}
