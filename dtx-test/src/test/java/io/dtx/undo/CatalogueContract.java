package io.dtx.undo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.dtx.sql.TableName;
import io.dtx.sql.TableName.Identifier;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Which tables can be captured, and how their names are read. */
abstract class CatalogueContract {

    /**
     * A table that is refused as a whole.
     *
     * @param why part of the reason
     * @param name as a statement writes it, parts separated by dots
     */
    record RefusedTable(String why, String name, List<String> made) {

        static RefusedTable of(String why, String name, String... made) {
            return new RefusedTable(why, name, List.of(made));
        }
    }

    UndoSetup setup;

    abstract io.dtx.test.Database fresh();

    abstract Stream<RefusedTable> alsoRefused();

    static Stream<RefusedTable> refusedEverywhere() {
        return Stream.of(
                RefusedTable.of("there is no table", "nowhere"),
                RefusedTable.of("no primary key", "keyless", "CREATE TABLE keyless (id INT UNIQUE)"),
                RefusedTable.of("", "seen", "CREATE VIEW seen AS SELECT a, b FROM parent"),
                RefusedTable.of("is outside of", "information_schema.tables"),
                RefusedTable.of("undo_log", "undo_log"),
                RefusedTable.of("undo_log", "UNDO_LOG"));
    }

    /** A trigger before updates of {@code parent}. */
    abstract List<String> trigger();

    @BeforeEach
    void parentAndChildren() throws SQLException {
        setup = new UndoSetup(fresh());
        setup.run(
                "CREATE TABLE parent (b VARCHAR(10) NOT NULL, n INT, a INT NOT NULL, u INT UNIQUE, PRIMARY KEY (a, b))",
                "CREATE TABLE strict_child (id INT PRIMARY KEY, u INT, FOREIGN KEY (u) REFERENCES parent (u))");
    }

    private Table resolve(TableName name) throws SQLException {
        try (Connection connection = setup.server.connect()) {
            return setup.tables.table(connection, name);
        }
    }

    private static TableName name(boolean quoted, String... parts) {
        List<Identifier> identifiers =
                Stream.of(parts).map(part -> new Identifier(part, quoted)).toList();
        return new TableName(
                identifiers.subList(0, identifiers.size() - 1), identifiers.get(identifiers.size() - 1), null);
    }

    @Test
    void columnsAndTheKeyComeInTheirOwnOrders() throws SQLException {
        Table table = setup.table("parent");

        assertThat(table.columns())
                .extracting(column -> column.name().toLowerCase(java.util.Locale.ROOT))
                .containsExactly("b", "n", "a", "u");
        assertThat(table.key())
                .extracting(column -> column.name().toLowerCase(java.util.Locale.ROOT))
                .containsExactly("a", "b");
        assertThat(table.key()).noneMatch(Column::nullable);
        assertThat(table.uniqueIndexes()).hasSize(1);
    }

    @Test
    @DisplayName("T16: the same table under every spelling that means it is one table")
    void t16_everySpellingOfATableIsOneTable() throws SQLException {
        Table table = setup.table("parent");
        String place = setup.database.place();

        assertThat(resolve(name(true, table.name()))).isEqualTo(table);
        assertThat(resolve(name(true, place, table.name()))).isEqualTo(table);
        assertThat(resolve(name(false, place, "parent"))).isEqualTo(table);
    }

    @TestFactory
    Stream<DynamicTest> whatCannotBeCapturedIsRefusedWithReasonAndRemedy() {
        return Stream.concat(refusedEverywhere(), alsoRefused())
                .map(refused -> DynamicTest.dynamicTest(refused.name() + ": " + refused.why(), () -> {
                    setup.run(refused.made().toArray(String[]::new));
                    assertThatExceptionOfType(CaptureRefusedException.class)
                            .isThrownBy(() -> resolve(name(false, refused.name().split("\\."))))
                            .withMessageContaining(refused.why())
                            .satisfies(e -> assertThat(e.getSQLState()).isEqualTo("0A000"))
                            .satisfies(e -> assertThat(e.remedy()).isNotBlank());
                }));
    }

    @Test
    void aTableWithATriggerIsRefused() throws SQLException {
        setup.table("parent");
        setup.run(trigger().toArray(String[]::new));
        setup.tables.forget(setup.table("parent"));

        assertThatExceptionOfType(CaptureRefusedException.class)
                .isThrownBy(() -> setup.table("parent"))
                .withMessageContaining("trigger");
    }

    @Test
    @DisplayName("T15: what an action of a foreign key would write is refused; the rest of the table is not")
    void t15_writesThatCascadeAreRefused() throws SQLException {
        RowSelection.forDelete(setup.table("parent"));
        setup.run("CREATE TABLE child (id INT PRIMARY KEY, a INT, b VARCHAR(10),"
                + " FOREIGN KEY (a, b) REFERENCES parent (a, b) ON DELETE CASCADE,"
                + " u INT, FOREIGN KEY (u) REFERENCES parent (u) ON UPDATE SET NULL)");
        setup.tables.forget(setup.table("parent"));
        Table parent = setup.table("parent");
        Column n = parent.column(new Identifier("n", false));
        Column u = parent.column(new Identifier("u", false));

        assertThatExceptionOfType(CaptureRefusedException.class).isThrownBy(() -> RowSelection.forDelete(parent));
        assertThatExceptionOfType(CaptureRefusedException.class).isThrownBy(() -> RowSelection.forInsert(parent));
        assertThatExceptionOfType(CaptureRefusedException.class)
                .isThrownBy(() -> RowSelection.forUpdate(parent, List.of(u)));
        assertThat(RowSelection.forUpdate(parent, List.of(n)).columns()).hasSize(3);
        RowSelection.forDelete(setup.table("child"));
    }

    @Test
    void anUpdateOfTheKeyIsRefused() throws SQLException {
        Table parent = setup.table("parent");

        assertThatExceptionOfType(CaptureRefusedException.class)
                .isThrownBy(() -> RowSelection.forUpdate(parent, parent.key()))
                .withMessageContaining("primary key");
    }

    @Test
    void aColumnThatIsNotKnownIsRefusedAndKnownOnceTheTableIsForgotten() throws SQLException {
        Table before = setup.table("parent");
        setup.run("ALTER TABLE parent ADD COLUMN late INT");
        assertThatExceptionOfType(CaptureRefusedException.class)
                .isThrownBy(() -> setup.table("parent").column(new Identifier("late", false)));

        setup.tables.forget(before);

        assertThat(setup.table("parent").column(new Identifier("late", false)).nullable())
                .isTrue();
    }
}
