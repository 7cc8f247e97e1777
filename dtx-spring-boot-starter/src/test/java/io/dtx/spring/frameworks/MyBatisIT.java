package io.dtx.spring.frameworks;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.apache.ibatis.annotations.Delete;
import org.apache.ibatis.annotations.Insert;
import org.apache.ibatis.annotations.Options;
import org.apache.ibatis.annotations.Param;
import org.apache.ibatis.annotations.Select;
import org.apache.ibatis.annotations.SelectKey;
import org.apache.ibatis.annotations.Update;
import org.apache.ibatis.exceptions.PersistenceException;
import org.apache.ibatis.executor.BatchResult;
import org.apache.ibatis.mapping.Environment;
import org.apache.ibatis.session.Configuration;
import org.apache.ibatis.session.ExecutorType;
import org.apache.ibatis.session.SqlSession;
import org.apache.ibatis.session.SqlSessionFactory;
import org.apache.ibatis.session.SqlSessionFactoryBuilder;
import org.apache.ibatis.transaction.jdbc.JdbcTransactionFactory;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.mybatis.spring.SqlSessionFactoryBean;
import org.mybatis.spring.SqlSessionTemplate;
import org.springframework.dao.CannotAcquireLockException;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.TransactionStatus;
import org.springframework.transaction.support.DefaultTransactionDefinition;
import org.springframework.transaction.support.TransactionTemplate;

/** MyBatis with each of its executors and every way to get a key; alone, and in Spring's local transactions. */
class MyBatisIT extends FrameworkContract {

    private SqlSessionFactory sessions;

    static final class Entry {
        private Long id;
        private String note;
        private int amount;

        Entry() {}

        Entry(String note, int amount) {
            this.note = note;
            this.amount = amount;
        }

        @Override
        public String toString() {
            return id + " " + note + " " + amount;
        }
    }

    interface Entries {

        @Insert("INSERT INTO entry (note, amount) VALUES (#{note}, #{amount})")
        int insert(Entry entry);

        @Insert("INSERT INTO entry (note, amount) VALUES (#{note}, #{amount})")
        @Options(useGeneratedKeys = true, keyProperty = "id", keyColumn = "id")
        int insertAndGetKey(Entry entry);

        @Insert("""
                <script>
                INSERT INTO entry (note, amount) VALUES
                <foreach collection='list' item='e' separator=','>(#{e.note}, #{e.amount})</foreach>
                </script>""")
        @Options(useGeneratedKeys = true, keyProperty = "id", keyColumn = "id")
        int insertAll(List<Entry> entries);

        @Insert("INSERT INTO entry (id, note, amount) VALUES (#{id}, #{note}, #{amount})")
        @SelectKey(
                statement = "SELECT COALESCE(MAX(id), 0) + 1000 FROM entry",
                keyProperty = "id",
                before = true,
                resultType = Long.class)
        int insertWithKeyBefore(Entry entry);

        @Insert("INSERT INTO entry (note, amount) VALUES (#{note}, #{amount})")
        @SelectKey(
                statement = "SELECT MAX(id) FROM entry WHERE note = #{note}",
                keyProperty = "id",
                before = false,
                resultType = Long.class)
        int insertWithKeyAfter(Entry entry);

        @Update("UPDATE entry SET amount = #{amount}, note = #{note} WHERE id = #{id}")
        int update(Entry entry);

        @Update("""
                <script>
                UPDATE entry
                <set>
                  <if test='note != null'>note = #{note},</if>
                  amount = amount + 1,
                </set>
                WHERE id IN <foreach collection='ids' item='i' open='(' close=')' separator=','>#{i}</foreach>
                </script>""")
        int touch(@Param("note") String note, @Param("ids") List<Long> ids);

        @Delete("DELETE FROM entry WHERE note LIKE #{pattern}")
        int deleteLike(String pattern);

        @Select("SELECT id, note, amount FROM entry WHERE id = #{id}")
        Entry get(long id);

        @Select("SELECT id, note, amount FROM entry WHERE note = #{note} FOR UPDATE")
        Entry lock(String note);

        @Insert("INSERT INTO entry (note, amount) VALUES (#{note}, #{amount})")
        @SelectKey(statement = "SELECT LAST_INSERT_ID()", keyProperty = "id", before = false, resultType = Long.class)
        int insertAndSelectKeyOfMariaDb(Entry entry);

        @Insert("INSERT INTO entry (note, amount) VALUES (#{note}, #{amount})")
        @SelectKey(
                statement = "SELECT currval('entry_id_seq')",
                keyProperty = "id",
                before = false,
                resultType = Long.class)
        int insertAndSelectKeyOfPostgreSql(Entry entry);

        @Update("TRUNCATE TABLE entry")
        void truncate();
    }

    @Override
    void prepare() {
        ground.database()
                .run("CREATE TABLE entry (id " + base.autoKey() + ", note VARCHAR(40), amount INT DEFAULT 0 NOT NULL)");
        Configuration configuration =
                new Configuration(new Environment("test", new JdbcTransactionFactory(), ground.dataSource()));
        configuration.addMapper(Entries.class);
        sessions = new SqlSessionFactoryBuilder().build(configuration);
    }

    @BeforeEach
    void fill() {
        ground.database()
                .run("DELETE FROM entry", "INSERT INTO entry (note, amount) VALUES ('Ann', 1), ('Bob', 2), ('Cid', 3)");
    }

    private <T> T inSession(ExecutorType executor, Function<Entries, T> work) {
        try (SqlSession session = sessions.openSession(executor)) {
            T result = work.apply(session.getMapper(Entries.class));
            session.commit();
            return result;
        }
    }

    private long id(String note) {
        return Long.parseLong(
                ground.rows("SELECT id FROM entry WHERE note = '" + note + "'").get(0));
    }

    @ParameterizedTest
    @EnumSource(
            value = ExecutorType.class,
            names = {"SIMPLE", "REUSE"})
    void whatEachExecutorWritesIsUndone(ExecutorType executor) throws Exception {
        Ground.Work work = () -> inSession(executor, entries -> {
            Entry one = new Entry("one", 1);
            assertThat(entries.insertAndGetKey(one)).isEqualTo(1);
            assertThat(entries.get(one.id)).hasToString(one.toString());
            Entry other = new Entry("other", 2);
            assertThat(entries.insertAndGetKey(other)).isEqualTo(1);
            assertThat(other.id).isGreaterThan(one.id);
            assertThat(entries.insert(new Entry(null, 3))).isEqualTo(1);

            one.amount = 7;
            assertThat(entries.update(one)).isEqualTo(1);
            assertThat(entries.touch(null, List.of(one.id, other.id, id("Ann"), -1L)))
                    .isEqualTo(3);
            assertThat(entries.touch("Bob", List.of(id("Bob")))).isEqualTo(1);
            Entry locked = entries.lock("Cid");
            locked.note = "Dan";
            assertThat(entries.update(locked)).isEqualTo(1);
            assertThat(entries.deleteLike("o%")).isEqualTo(2);
            return null;
        });
        ground.isUndone(work);
        ground.isKept(work);
        assertThat(ground.rows("SELECT note, amount FROM entry"))
                .containsExactlyInAnyOrder("Ann|2", "Bob|3", "Dan|3", "null|3");
    }

    @Test
    void theBatchExecutorTellsTheCountOfEachElementAndTheKeys() throws Exception {
        Ground.Work work = () -> {
            try (SqlSession session = sessions.openSession(ExecutorType.BATCH)) {
                Entries entries = session.getMapper(Entries.class);
                List<Entry> inserted = new ArrayList<>();
                for (int i = 0; i < 20; i++) {
                    Entry entry = new Entry("batch " + i, i);
                    entries.insertAndGetKey(entry);
                    inserted.add(entry);
                }
                Entry ann = new Entry("Ann", 100);
                ann.id = id("Ann");
                entries.update(ann);
                entries.update(new Entry("nobody", 1));
                entries.deleteLike("B%");
                entries.deleteLike("x%");

                List<BatchResult> results = session.flushStatements();
                assertThat(results).hasSize(3);
                assertThat(results.get(0).getUpdateCounts()).hasSize(20).containsOnly(1);
                assertThat(results.get(1).getUpdateCounts()).containsExactly(1, 0);
                assertThat(results.get(2).getUpdateCounts()).containsExactly(base == Base.MARIADB ? 21 : 1, 0);
                for (Entry entry : inserted) {
                    assertThat(entry.id).as(entry.note).isNotNull();
                }
                assertThat(inserted.stream().map(entry -> entry.id)).doesNotHaveDuplicates();

                entries.insertAndGetKey(inserted.get(0));
                session.flushStatements();
                assertThat(entries.get(inserted.get(0).id))
                        .hasToString(inserted.get(0).toString());
                session.commit();
            }
        };
        ground.isUndone(work);
        ground.isKept(work);
    }

    @Test
    void keysOfManyRowsInOneInsertAreThoseOfTheRows() {
        ground.isUndone(() -> inSession(ExecutorType.SIMPLE, entries -> {
            List<Entry> many = new ArrayList<>();
            for (int i = 0; i < 30; i++) {
                many.add(new Entry("many " + i, i));
            }
            assertThat(entries.insertAll(many)).isEqualTo(30);
            // MariaDB's driver gives the first key alone, with dtx and without.
            for (Entry entry : base == Base.MARIADB ? many.subList(0, 1) : many) {
                assertThat(entries.get(entry.id)).hasToString(entry.toString());
            }
            return null;
        }));
    }

    @Test
    void keysSelectedBeforeAndAfterAreSeen() {
        ground.isUndone(() -> inSession(ExecutorType.SIMPLE, entries -> {
            Entry before = new Entry("before", 1);
            entries.insertWithKeyBefore(before);
            assertThat(entries.get(before.id)).hasToString(before.toString());
            Entry after = new Entry("after", 2);
            entries.insertWithKeyAfter(after);
            assertThat(entries.get(after.id)).hasToString(after.toString());
            return null;
        }));
    }

    @Test
    void inAutocommitModeEachStatementIsABranch() {
        ground.isUndone(() -> {
            try (SqlSession session = sessions.openSession(true)) {
                Entries entries = session.getMapper(Entries.class);
                Entry entry = new Entry("one", 1);
                entries.insertAndGetKey(entry);
                entries.touch("two", List.of(entry.id, id("Ann")));
                entries.deleteLike("B%");
            }
        });
    }

    @Test
    void aConflictAndARefusalAreSaidInMyBatisWords() throws Exception {
        assertThat(ground.conflict(
                        "UPDATE entry SET amount = 9 WHERE note = 'Ann'",
                        () -> inSession(ExecutorType.SIMPLE, entries -> entries.lock("Ann"))))
                .isInstanceOf(PersistenceException.class)
                .hasMessageContaining("is held by");
        assertThat(ground.refusal(() -> inSession(ExecutorType.SIMPLE, entries -> {
                    entries.truncate();
                    return null;
                })))
                .isInstanceOf(PersistenceException.class)
                .hasMessageContaining("refused inside the global transaction")
                .hasMessageContaining("Remedy: write DELETE FROM");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void theLastKeyIsSelectedAfterAnInsert(boolean autocommit) throws Exception {
        if (base == Base.H2) {
            return; // knows no last key
        }
        ground.isUndone(() -> {
            try (SqlSession session = sessions.openSession(ExecutorType.SIMPLE, autocommit)) {
                Entries entries = session.getMapper(Entries.class);
                for (String note : List.of("one", "two")) {
                    Entry entry = new Entry(note, 1);
                    if (base == Base.MARIADB) {
                        entries.insertAndSelectKeyOfMariaDb(entry);
                    } else {
                        entries.insertAndSelectKeyOfPostgreSql(entry);
                    }
                    assertThat(entries.get(entry.id)).hasToString(entry.toString());
                }
                session.commit();
            }
        });
    }

    @DisplayName("I10: a session that a wider scope keeps does not carry what was undone into the next attempt")
    @Test
    void i10_anAttemptAfterARollbackStartsFromWhatWasRestored() throws Exception {
        Entries entries = inSpring(ExecutorType.SIMPLE);
        long ann = id("Ann");
        Ground.Work credit = () -> {
            Entry entry = entries.get(ann);
            entry.amount += 10;
            entries.update(entry);
            assertThat(entries.get(ann).amount).as("now remembered").isEqualTo(11);
        };
        JdbcTransactionManager manager = new JdbcTransactionManager(ground.dataSource());
        TransactionStatus scope =
                manager.getTransaction(new DefaultTransactionDefinition(TransactionDefinition.PROPAGATION_SUPPORTS));
        try {
            ground.isUndone(credit);
            ground.isKept(credit);
        } finally {
            manager.commit(scope);
        }
        assertThat(ground.rows("SELECT amount FROM entry WHERE note = 'Ann'")).containsExactly("11");
    }

    private Entries inSpring(ExecutorType executor) throws Exception {
        SqlSessionFactoryBean factory = new SqlSessionFactoryBean();
        factory.setDataSource(ground.dataSource());
        SqlSessionFactory ofSpring = factory.getObject();
        ofSpring.getConfiguration().addMapper(Entries.class);
        return new SqlSessionTemplate(ofSpring, executor).getMapper(Entries.class);
    }

    @Test
    void inSpringsLocalTransactionABatchIsFlushedBeforeTheCommitAndAConflictIsSprings() throws Exception {
        Entries entries = inSpring(ExecutorType.BATCH);
        TransactionTemplate local = new TransactionTemplate(new JdbcTransactionManager(ground.dataSource()));
        ground.isUndone(() -> local.executeWithoutResult(status -> {
            entries.insert(new Entry("one", 1));
            entries.insert(new Entry("two", 2));
            entries.deleteLike("A%");
        }));
        assertThat(ground.conflict(
                        "UPDATE entry SET amount = 9 WHERE note = 'Ann'",
                        () -> local.executeWithoutResult(status -> entries.deleteLike("Ann"))))
                .isInstanceOf(CannotAcquireLockException.class);
    }
}
