package io.dtx.undo;

import static org.assertj.core.api.Assertions.assertThat;

import io.dtx.model.Lock;
import io.dtx.model.LockMode;
import java.sql.SQLException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Which keys a change locks. */
abstract class LocksContract {

    /** Values of one type: all of a group are equal to the database's unique index, and no two groups are. */
    record Equals(String type, List<List<String>> groups) {}

    UndoSetup setup;

    abstract io.dtx.test.Database fresh();

    abstract Stream<Equals> equalKeys();

    @BeforeEach
    void table() throws SQLException {
        setup = new UndoSetup(fresh());
        setup.run(
                "CREATE TABLE item (id INT PRIMARY KEY, code VARCHAR(20) UNIQUE, x INT, y INT, n INT, UNIQUE (x, y))",
                "INSERT INTO item VALUES (1, 'a', 1, 1, 0), (2, 'b', 1, NULL, 0), (3, NULL, NULL, NULL, 0)");
    }

    @Test
    void anUpdateOfAnotherColumnLocksTheKeyOnly() throws SQLException {
        Set<Lock> locks = of(setup.begin().update("item", "n = 1", "id = 1"));

        assertThat(locks).hasSize(1).allMatch(lock -> lock.mode() == LockMode.EXCLUSIVE);
        assertThat(locks.iterator().next().key().toString()).endsWithIgnoringCase("item(1)");
        assertThat(locks.iterator().next().key().resource()).isEqualTo(setup.undoLog.resource());
    }

    @Test
    @DisplayName("T15: a unique value that is freed, and one that is taken, are locked")
    void t15_uniqueValuesFreedAndTakenAreLocked() throws SQLException {
        Set<Lock> freeing = of(setup.begin().update("item", "code = 'z'", "id = 1"));
        Set<Lock> deleting = of(setup.begin().delete("item", "id = 1"));
        Set<Lock> taking = of(setup.begin()
                .execute("UPDATE item SET code = NULL WHERE id = 1")
                .update("item", "code = 'a'", "id = 2"));

        assertThat(freeing).describedAs("id 1, a, z").hasSize(3);
        assertThat(deleting).describedAs("id 1, a, (1,1)").hasSize(3);
        assertThat(common(freeing, deleting)).describedAs("id 1, a").hasSize(2);
        assertThat(taking).describedAs("id 2, b, a").hasSize(3);
        assertThat(common(freeing, taking)).describedAs("a").hasSize(1);
    }

    @Test
    void anUpdateThatLeavesTheUniqueValueAsItIsDoesNotLockIt() throws SQLException {
        assertThat(of(setup.begin().update("item", "code = code; n = 5", "id = 1")))
                .hasSize(1);
    }

    @Test
    void entriesWithANullAreNotLockedAndColumnsBesideTheImageAre() throws SQLException {
        assertThat(of(setup.begin().delete("item", "id = 3"))).hasSize(1);
        assertThat(of(setup.begin().update("item", "x = 2", "id = 2")))
                .describedAs("y is null")
                .hasSize(1);
        assertThat(of(setup.begin().update("item", "x = 2", "id = 1")))
                .describedAs("id, (1,1), (2,1)")
                .hasSize(3);
    }

    @Test
    @DisplayName("I9: keys that look alike when joined are different keys")
    void i9_keysThatLookAlikeAreDifferent() throws SQLException {
        setup.run("CREATE TABLE pair (a VARCHAR(20), b VARCHAR(20), n INT, PRIMARY KEY (a, b))");
        List<String> values = List.of(
                "'a_b', 'c'",
                "'a', 'b_c'",
                "'a,b', 'c'",
                "'a', 'b,c'",
                "'a', 'c'';'",
                "'a'';', 'c'",
                "'', 'ac'",
                "'ac', ''");
        for (String row : values) {
            setup.run("INSERT INTO pair VALUES (" + row + ", 0)");
        }

        assertThat(of(setup.begin().update("pair", "n = 1", "1 = 1"))).hasSize(values.size());
    }

    @TestFactory
    @DisplayName("T15: keys that the database calls equal are one lock, others are not")
    Stream<DynamicTest> t15_keysEqualToTheDatabaseAreOneLock() {
        int[] number = {0};
        return equalKeys()
                .map(equals -> DynamicTest.dynamicTest(equals.type(), () -> {
                    String table = "e" + number[0]++;
                    setup.run(
                            "CREATE TABLE " + table + " (id INT PRIMARY KEY, v " + equals.type() + " NOT NULL UNIQUE)");
                    Set<Set<Lock>> distinct = new HashSet<>();
                    for (List<String> group : equals.groups()) {
                        Set<Set<Lock>> ofGroup = new HashSet<>();
                        for (String value : group) {
                            ofGroup.add(of(setup.begin().insert(table, "VALUES (1, " + value + ")", "id = 1")));
                        }
                        assertThat(ofGroup).describedAs("%s", group).hasSize(1);
                        distinct.addAll(ofGroup);
                    }
                    assertThat(distinct).hasSize(equals.groups().size());
                }));
    }

    private static Set<Lock> common(Set<Lock> one, Set<Lock> other) {
        Set<Lock> common = new HashSet<>(one);
        common.retainAll(other);
        return common;
    }

    /** Rolls the statements back. */
    private static Set<Lock> of(CapturedTransaction transaction) throws SQLException {
        try (transaction) {
            return transaction.locks;
        }
    }
}
