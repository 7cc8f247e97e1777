package io.dtx.spring.frameworks;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.dao.CannotAcquireLockException;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.dao.InvalidDataAccessApiUsageException;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.namedparam.MapSqlParameterSource;
import org.springframework.jdbc.core.namedparam.NamedParameterJdbcTemplate;
import org.springframework.jdbc.core.namedparam.SqlParameterSource;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.core.simple.SimpleJdbcInsert;
import org.springframework.jdbc.support.GeneratedKeyHolder;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.jdbc.support.KeyHolder;
import org.springframework.transaction.support.TransactionTemplate;

/** JdbcTemplate and its relatives, in Spring's local transactions and in plain autocommit mode. */
class SpringJdbcIT extends FrameworkContract {

    private static final String INSERT = "INSERT INTO entry (account_id, note) VALUES (?, ?)";

    private JdbcTemplate jdbc;
    private NamedParameterJdbcTemplate named;
    private TransactionTemplate local;

    @Override
    void prepare() {
        ground.database()
                .run(
                        "CREATE TABLE account (id BIGINT PRIMARY KEY, owner VARCHAR(40), balance DECIMAL(18,2) NOT NULL)",
                        "CREATE TABLE entry (id " + base.autoKey()
                                + ", account_id BIGINT NOT NULL REFERENCES account (id), note VARCHAR(40))");
        jdbc = new JdbcTemplate(ground.dataSource());
        named = new NamedParameterJdbcTemplate(jdbc);
        local = new TransactionTemplate(new JdbcTransactionManager(ground.dataSource()));
    }

    @BeforeEach
    void fill() {
        ground.database()
                .run(
                        "DELETE FROM entry",
                        "DELETE FROM account",
                        "INSERT INTO account VALUES (1, 'Ann', 100.00), (2, 'Bob', 50.00), (3, NULL, 0.00)",
                        "INSERT INTO entry (account_id, note) VALUES (1, 'old')");
    }

    private void inLocal(Ground.Work work) {
        local.executeWithoutResult(status -> {
            try {
                work.run();
            } catch (RuntimeException e) {
                throw e;
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        });
    }

    @Test
    void batchesOfEveryKindAreUndoneAndTellTheirCounts() {
        ground.isUndone(() -> inLocal(this::batches));
    }

    @Test
    void theSameBatchesAreKeptWithTheSameCounts() throws Exception {
        ground.isKept(() -> inLocal(this::batches));
        assertThat(ground.rows("SELECT COUNT(*) FROM entry")).containsExactly("12");
        assertThat(ground.rows("SELECT balance FROM account WHERE id = 1")).containsExactly("115.00");
    }

    @Test
    void inAutocommitModeEachStatementAndEachBatchIsABranch() {
        ground.isUndone(this::batches);
    }

    private void batches() {
        List<Object[]> rows = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            rows.add(new Object[] {1 + i % 3, "note " + i});
        }
        assertThat(jdbc.batchUpdate(INSERT, rows)).containsExactly(1, 1, 1, 1, 1);

        int[][] parts = jdbc.batchUpdate(INSERT, rows, 2, (statement, row) -> {
            statement.setObject(1, row[0]);
            statement.setObject(2, row[1]);
        });
        assertThat(parts).isDeepEqualTo(new int[][] {{1, 1}, {1, 1}, {1}});

        assertThat(jdbc.batchUpdate(
                        "UPDATE account SET balance = balance + 10 WHERE id = 1",
                        "UPDATE account SET owner = 'x' WHERE id > 1",
                        "DELETE FROM entry WHERE note = 'nothing'",
                        "INSERT INTO entry (account_id, note) VALUES (2, 'a'), (2, 'b')",
                        "DELETE FROM entry WHERE note = 'a'"))
                .containsExactly(1, 2, 0, 2, 1);

        assertThat(named.batchUpdate(
                        "UPDATE account SET balance = balance + :amount WHERE id = :id OR owner = :owner",
                        new SqlParameterSource[] {
                            new MapSqlParameterSource(Map.of("amount", 5, "id", 1, "owner", "nobody")),
                            new MapSqlParameterSource(Map.of("amount", 7, "id", 9, "owner", "x")),
                            new MapSqlParameterSource(Map.of("amount", 9, "id", 9, "owner", "nobody"))
                        }))
                .containsExactly(1, 2, 0);
        assertThat(named.update(
                        "DELETE FROM entry WHERE note IN (:notes)", Map.of("notes", List.of("b", "old", "nothing"))))
                .isEqualTo(2);
        assertThat(jdbc.update(INSERT, 3, "last")).isEqualTo(1);
        assertThat(jdbc.update(INSERT, 3, null)).isEqualTo(1);
    }

    @Test
    void generatedKeysAreThoseOfTheRows() {
        ground.isUndone(() -> inLocal(() -> {
            KeyHolder one = new GeneratedKeyHolder();
            named.update(
                    "INSERT INTO entry (account_id, note) VALUES (:account, :note)",
                    new MapSqlParameterSource(Map.of("account", 1, "note", "one")),
                    one,
                    new String[] {"id"});
            assertThat(note(one.getKey())).isEqualTo("one");

            KeyHolder many = new GeneratedKeyHolder();
            SqlParameterSource[] rows = IntStream.range(0, 4)
                    .mapToObj(i -> new MapSqlParameterSource(Map.of("account", 2, "note", "many " + i)))
                    .toArray(SqlParameterSource[]::new);
            named.batchUpdate(
                    "INSERT INTO entry (account_id, note) VALUES (:account, :note)", rows, many, new String[] {"id"});
            assertThat(many.getKeyList().stream()
                            .flatMap(row -> row.values().stream())
                            .map(this::note))
                    .containsExactly("many 0", "many 1", "many 2", "many 3");

            SimpleJdbcInsert insert = new SimpleJdbcInsert(jdbc)
                    .withTableName("entry")
                    .usingColumns("account_id", "note")
                    .usingGeneratedKeyColumns("id");
            Number key = insert.executeAndReturnKey(Map.of("account_id", 1, "note", "simple"));
            assertThat(note(key)).isEqualTo("simple");
            assertThat(insert.executeBatch(rows("x"), rows("y"))).containsExactly(1, 1);

            KeyHolder client = new GeneratedKeyHolder();
            JdbcClient.create(jdbc).sql(INSERT).params(3, "client").update(client, "id");
            assertThat(note(client.getKey())).isEqualTo("client");
        }));
    }

    private static SqlParameterSource rows(String note) {
        return new MapSqlParameterSource(Map.of("account_id", 1, "note", note));
    }

    private String note(@Nullable Object id) {
        return jdbc.queryForObject("SELECT note FROM entry WHERE id = ?", String.class, id);
    }

    @Test
    void rowsReadForUpdateAreStreamedAndThenWritten() {
        ground.isUndone(() -> inLocal(() -> {
            List<Long> ids;
            try (Stream<Long> rows = jdbc.queryForStream(
                    "SELECT id FROM account WHERE balance >= ? ORDER BY id FOR UPDATE",
                    (row, number) -> row.getLong(1),
                    new BigDecimal("0"))) {
                ids = rows.toList();
            }
            assertThat(ids).containsExactly(1L, 2L, 3L);
            named.update("UPDATE account SET balance = 0 WHERE id IN (:ids)", Map.of("ids", ids.subList(0, 2)));
        }));
    }

    @Test
    void aRowOfAnotherGlobalTransactionIsSpringsLockConflict() throws Exception {
        String held = "UPDATE account SET balance = balance + 1 WHERE id = 1";
        Ground.Work work = () -> jdbc.update("UPDATE account SET balance = 0 WHERE id = ?", 1);
        for (Ground.Work each : List.<Ground.Work>of(work, () -> inLocal(work))) {
            assertThat(ground.conflict(held, each))
                    .isInstanceOf(CannotAcquireLockException.class)
                    .rootCause()
                    .hasMessageContaining("is held by");
        }
        assertThat(ground.conflict(
                        held, () -> inLocal(() -> jdbc.queryForList("SELECT * FROM account WHERE id = 1 FOR UPDATE"))))
                .isInstanceOf(CannotAcquireLockException.class);
    }

    @Test
    void anErrorInTheMiddleOfABatchIsSpringsOwnAndLeavesNothing() {
        Throwable raised = ground.refusal(() -> inLocal(() -> jdbc.batchUpdate(
                "INSERT INTO account VALUES (?, 'new', 0)",
                List.of(new Object[] {7}, new Object[] {8}, new Object[] {1}, new Object[] {9}))));
        assertThat(raised).isInstanceOf(DuplicateKeyException.class);
    }

    @Test
    void aRefusalSaysWhatAndWhy() {
        Throwable raised = ground.refusal(() -> jdbc.update("TRUNCATE TABLE entry"));
        assertThat(raised)
                .isInstanceOf(InvalidDataAccessApiUsageException.class)
                .hasMessageContaining("refused inside the global transaction")
                .hasMessageContaining("Remedy: write DELETE FROM")
                .cause()
                .isInstanceOfSatisfying(
                        SQLFeatureNotSupportedException.class,
                        error -> assertThat(error.getSQLState()).isEqualTo("0A000"));
        assertThat(ground.refusal(() -> jdbc.execute("CREATE TABLE other (id INT)")))
                .hasRootCauseInstanceOf(SQLException.class)
                .hasMessageContaining("a change of the schema");
    }
}
