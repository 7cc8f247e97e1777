package io.dtx.undo;

import static org.assertj.core.api.Assertions.assertThat;

import io.dtx.model.BranchId;
import io.dtx.undo.ColumnTypes.AlteredCase;
import io.dtx.undo.ColumnTypes.TypeCase;
import io.dtx.undo.Restoration.Result;
import java.sql.SQLException;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Way 9: every column type comes back exactly, whatever the session is set to; or is refused, by name. */
abstract class TypesContract {

    UndoSetup setup;

    abstract io.dtx.test.Database fresh();

    abstract ColumnTypes types();

    /** Statements that make the session take any value. */
    abstract List<String> lenient();

    /** Statements that set the session of phase one otherwise than that of the restore. */
    abstract List<String> unusual();

    @BeforeEach
    void emptyDatabase() throws SQLException {
        setup = new UndoSetup(fresh());
    }

    @TestFactory
    @DisplayName("way 9: values of each type come back exactly, whatever the sessions are set to")
    Stream<DynamicTest> valuesComeBackExactly() {
        List<TypeCase> types = types().exact();
        return IntStream.range(0, types.size())
                .mapToObj(i -> DynamicTest.dynamicTest(
                        types.get(i).type(), () -> comesBackExactly(types.get(i), "t" + i, "id INT PRIMARY KEY, v ")));
    }

    private void comesBackExactly(TypeCase type, String table, String columns) throws SQLException {
        lenientRun("CREATE TABLE " + table + " (" + columns + type.type()
                + (type.type().contains("NULL") ? ")" : " NULL)"));
        int id = 0;
        for (String value : type.values()) {
            lenientRun("INSERT INTO " + table + " VALUES (" + ++id + ", " + value + ")");
        }
        if (!type.type().contains("NOT NULL")) {
            lenientRun("INSERT INTO " + table + " VALUES (" + ++id + ", NULL)");
        }
        String all = "SELECT id, " + type.exact() + " FROM " + table + " ORDER BY id";
        List<String> original = setup.rows(all);
        assertThat(original).hasSize(id);

        for (String other : type.values()) {
            restored(unusual(begin()).update(table, "v = " + other, "1 = 1").commit());
            assertThat(setup.rows(all)).isEqualTo(original);
        }
        restored(unusual(begin()).delete(table, "1 = 1").commit());
        assertThat(setup.rows(all)).isEqualTo(original);
        restored(unusual(begin())
                .insert(table, "SELECT id + 100, v FROM " + table, "id > 100")
                .update(table, "v = " + type.values().get(0), "id > 1")
                .delete(table, "1 = 1")
                .commit());
        assertThat(setup.rows(all)).isEqualTo(original);
    }

    @TestFactory
    @DisplayName("way 9: rows are found and locked by keys of each type that can be one")
    Stream<DynamicTest> rowsAreFoundByKeysOfTheType() {
        List<TypeCase> types = types().exact().stream().filter(TypeCase::key).toList();
        return IntStream.range(0, types.size())
                .mapToObj(i -> DynamicTest.dynamicTest(types.get(i).type(), () -> foundByKey(types.get(i), "k" + i)));
    }

    private void foundByKey(TypeCase type, String table) throws SQLException {
        lenientRun("CREATE TABLE " + table + " (v " + type.type() + " PRIMARY KEY, n INT)");
        for (String value : type.values()) {
            lenientRun("INSERT INTO " + table + " VALUES (" + value + ", 0)");
        }
        String all = "SELECT " + type.exact() + ", n FROM " + table + " ORDER BY 1";
        List<String> original = setup.rows(all);
        CapturedTransaction phaseOne = unusual(begin()).update(table, "n = n + 1", "1 = 1");
        assertThat(phaseOne.locks)
                .describedAs("one lock per row")
                .hasSize(type.values().size());
        phaseOne.delete(table, "1 = 1");
        restored(phaseOne.commit());
        assertThat(setup.rows(all)).isEqualTo(original);
        restored(unusual(begin()).update(table, "n = n + 1", "1 = 1").commit());
        assertThat(setup.rows(all)).isEqualTo(original);
    }

    /** Some can not be a key in the database itself. */
    @TestFactory
    @DisplayName("way 9: types that can be no key are refused as keys")
    Stream<DynamicTest> typesWhoseRowsCanNotBeFoundAreRefusedAsKeys() {
        List<String> keys = types().exact().stream()
                .filter(TypeCase::key)
                .map(TypeCase::type)
                .toList();
        List<String> types = types().exact().stream()
                .map(TypeCase::type)
                .filter(type -> !keys.contains(type))
                .distinct()
                .toList();
        return IntStream.range(0, types.size())
                .mapToObj(i -> DynamicTest.dynamicTest(types.get(i), () -> refusedAsKey(types.get(i), "x" + i)));
    }

    private void refusedAsKey(String type, String table) {
        try {
            setup.run("CREATE TABLE " + table + " (v " + type + " PRIMARY KEY, n INT)");
        } catch (IllegalStateException byTheDatabase) {
            return;
        }
        Assertions.assertThatExceptionOfType(CaptureRefusedException.class).isThrownBy(() -> {
            Table known = setup.table(table);
            RowSelection.forUpdate(known, List.of(known.columns().get(1)));
        });
    }

    @TestFactory
    @DisplayName("way 9: types that can not come back exactly are refused at their first use, and only then")
    Stream<DynamicTest> otherTypesAreRefusedAtFirstUseAndOnlyThen() {
        List<String> types = types().refused();
        return IntStream.range(0, types.size())
                .mapToObj(i -> DynamicTest.dynamicTest(types.get(i), () -> {
                    String table = "r" + i;
                    setup.run("CREATE TABLE " + table + " (id INT PRIMARY KEY, n INT, v " + types.get(i) + ")");
                    Table known = setup.table(table);
                    Column column = known.columns().get(2);
                    Assertions.assertThatExceptionOfType(CaptureRefusedException.class)
                            .isThrownBy(() -> RowSelection.forDelete(known))
                            .withMessageContaining(column.name());
                    Assertions.assertThatExceptionOfType(CaptureRefusedException.class)
                            .isThrownBy(() -> RowSelection.forUpdate(known, List.of(column)));
                    RowSelection.forUpdate(known, List.of(known.columns().get(1)));
                }));
    }

    @Test
    @DisplayName("way 9: text beyond the size from which records are compressed comes back")
    void textBeyondTheCompressionLimitComesBack() throws SQLException {
        comesBackExactly(
                new TypeCase(longText(), "v", false, List.of("'" + "x\u00e9".repeat(100_000) + "'", "'short'")),
                "big",
                "id INT PRIMARY KEY, v ");
    }

    abstract String longText();

    @TestFactory
    @DisplayName(
            "way 10: rows come back as the alteration of their column alone would have left them; or the branch is stalled")
    Stream<DynamicTest> alteredColumns() {
        List<AlteredCase> altered = types().altered();
        return IntStream.range(0, altered.size())
                .mapToObj(i -> DynamicTest.dynamicTest(
                        altered.get(i).was() + " to " + altered.get(i).is(), () -> altered(altered.get(i), "a" + i)));
    }

    private void altered(AlteredCase altered, String table) throws SQLException {
        String untouched = table + "u";
        for (String each : List.of(table, untouched)) {
            lenientRun("CREATE TABLE " + each + " (id INT PRIMARY KEY, v " + altered.was() + " NULL)");
            for (int i = 0; i < altered.values().size(); i++) {
                lenientRun("INSERT INTO " + each + " VALUES (" + i + ", "
                        + altered.values().get(i) + ")");
            }
        }
        String last = altered.values().get(altered.values().size() - 1);
        BranchId branch = begin().update(table, "v = " + last, "id = 0")
                .delete(table, "id > 0")
                .commit();
        for (String each : List.of(table, untouched)) {
            lenientRun("ALTER TABLE " + each + setType() + altered.is());
        }

        Restoration restoration = setup.restore(branch);

        if (altered.kept()) {
            assertThat(restoration.detail()).isEmpty();
            String all = "SELECT id, " + altered.exact() + " FROM ";
            assertThat(setup.rows(all + table + " ORDER BY id"))
                    .isEqualTo(setup.rows(all + untouched + " ORDER BY id"));
        } else {
            assertThat(restoration.result()).isEqualTo(Result.STALLED);
            assertThat(restoration.detail()).contains("and is now", "change it back, and try again");
        }
    }

    private String setType() {
        return switch (setup.database.dialect()) {
            case MYSQL -> " MODIFY v ";
            case POSTGRESQL -> " ALTER v TYPE ";
            case H2 -> " ALTER COLUMN v SET DATA TYPE ";
        };
    }

    private CapturedTransaction begin() throws SQLException {
        CapturedTransaction transaction = setup.begin();
        for (String sql : lenient()) {
            transaction.execute(sql);
        }
        return transaction;
    }

    private CapturedTransaction unusual(CapturedTransaction transaction) throws SQLException {
        for (String sql : unusual()) {
            transaction.execute(sql);
        }
        return transaction;
    }

    private void lenientRun(String sql) {
        setup.run(Stream.concat(lenient().stream(), Stream.of(sql)).toArray(String[]::new));
    }

    private void restored(BranchId branch) throws SQLException {
        Restoration restoration = setup.restore(branch);
        assertThat(restoration.detail()).isEmpty();
        assertThat(restoration.result()).isEqualTo(Result.RESTORED);
    }
}
