package io.dtx.spring.application;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dtx.rm.Resource;
import io.dtx.rm.ResourceManager;
import io.dtx.sql.Dialect;
import io.dtx.test.Database;
import io.dtx.test.EmbeddedCoordinator;
import io.dtx.undo.UndoLogCreation;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;
import javax.sql.DataSource;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ApplicationContext;
import org.springframework.jdbc.core.simple.JdbcClient;

/** What an application does about undo_log, and what it says when it can do nothing. */
@ExtendWith(OutputCaptureExtension.class)
class UndoLogTests {

    private static final String SCHEMA = "spring.sql.init.schema-locations=classpath:undo_log/account.sql";
    private static final Path SCRIPT = Path.of("..", "sql", "h2", "undo_log.sql");

    private static EmbeddedCoordinator coordinator;

    @BeforeAll
    static void start() {
        coordinator = EmbeddedCoordinator.start();
    }

    @AfterAll
    static void stop() {
        coordinator.close();
    }

    @Test
    void anEmbeddedDatabaseGetsIt() {
        Shop.on(coordinator, h2("mem:")).withPropertyValues(SCHEMA).run(Shop::assertRollsBack);
    }

    @Test
    void anEmbeddedDatabaseGetsItAfterMigrationsThatWantAnEmptySchema(@TempDir Path migrations) throws Exception {
        Files.copy(Path.of("src/test/resources/undo_log/account.sql"), migrations.resolve("V1__account.sql"));
        Shop.on(coordinator, h2("mem:"))
                .withPropertyValues("spring.flyway.enabled=true", "spring.flyway.locations=filesystem:" + migrations)
                .run(Shop::assertRollsBack);
    }

    @Test
    void elsewhereTheApplicationStartsAndWritesInsideAreRefusedWithTheScriptUntilItWasRun(
            @TempDir Path directory, CapturedOutput output) throws Exception {
        Database database = h2("file:" + directory + "/");
        String script = Files.readString(SCRIPT).strip();
        Shop.on(coordinator, database)
                .withPropertyValues(SCHEMA, "spring.sql.init.mode=always")
                .run(application -> {
                    assertThat(application).hasNotFailed();
                    assertThat(output)
                            .contains("'dataSource' can not take part")
                            .contains(script);
                    assertThat(problem(application)).contains(script);
                    assertRefusedInside(application, script);

                    client(application).sql(script).update();

                    Shop.assertRollsBack(application);
                    assertThat(problem(application)).isNull();
                });
    }

    @Test
    void aTableWithoutItsUniqueKeyIsRefused() throws Exception {
        Database database = h2("mem:");
        database.run(Files.readString(SCRIPT).replaceFirst(",\\s*CONSTRAINT ux_undo_log[^)]*\\)", ""));
        Shop.on(coordinator, database).withPropertyValues(SCHEMA).run(application -> {
            assertThat(application).hasNotFailed();
            assertThat(problem(application)).contains("no unique key on (xid, branch_id)");
            assertRefusedInside(application, "no unique key on (xid, branch_id)");
        });
    }

    /** As tests do that empty all tables, and an operator who knows that other frameworks do not mind. */
    @Test
    void anUndoLogThatIsEmptiedUnderTheApplicationIsNamedAsThatUntilARestartOrItsRowIsBack(CapturedOutput output) {
        Database database = h2("mem:");
        Shop.on(coordinator, database)
                .withPropertyValues(SCHEMA, "dtx.transaction.rollback-wait=0s")
                .run(application -> {
                    Shop.assertRollsBack(application);
                    String id = client(application)
                            .sql("SELECT context FROM undo_log WHERE xid = '#dtx-resource'")
                            .query(String.class)
                            .single();

                    client(application).sql("DELETE FROM undo_log").update();

                    assertRefusedInside(application, "undo_log has no row '#dtx-resource'");
                    lookAgain(application);
                    assertThat(problem(application)).contains("undo_log has no row", "emptied", "restart");
                    assertThat(output)
                            .contains(
                                    "'dataSource' can not take part in global transactions any more: undo_log has no");

                    Shop.on(coordinator, database)
                            .withPropertyValues("spring.sql.init.mode=never")
                            .run(Shop::assertRollsBack);
                    assertRefusedInside(application, "undo_log holds another id");
                    lookAgain(application);
                    assertThat(problem(application)).contains("undo_log holds another id", "emptied", "restart");

                    client(application).sql("DROP TABLE undo_log").update();
                    assertRefusedInside(application, "UNDO_LOG");
                    lookAgain(application);
                    assertThat(problem(application)).contains("there is no table undo_log any more", "restart");

                    client(application).sql(Files.readString(SCRIPT)).update();
                    client(application)
                            .sql(
                                    "INSERT INTO undo_log (branch_id, xid, context, rollback_info, log_status, log_created,"
                                            + " log_modified) VALUES (0, '#dtx-resource', ?, X'', 2, LOCALTIMESTAMP, LOCALTIMESTAMP)")
                            .param(id)
                            .update();
                    Accounts.reset(client(application));
                    Shop.inGlobalTransaction(application, () -> Accounts.add(client(application), -30));
                    assertThat(Accounts.balance(client(application))).isEqualTo(70);
                    lookAgain(application);
                    assertThat(problem(application)).isNull();
                });
    }

    /** As it does every ten seconds by itself. */
    private static void lookAgain(ApplicationContext application) {
        application
                .getBean(ResourceManager.class)
                .databasesReady(UndoLogCreation.NEVER)
                .join();
    }

    @Test
    void anUnknownDatabaseIsNamedAndOnlyWritesInsideAreRefused(CapturedOutput output) {
        Database hsql = new Database(Dialect.H2, "hsql", "jdbc:hsqldb:mem:" + UUID.randomUUID(), "sa", "");
        Shop.on(coordinator, hsql).withPropertyValues(SCHEMA).run(application -> {
            assertThat(application).hasNotFailed();
            assertThat(output)
                    .contains(
                            "'dataSource' can not take part in global transactions: dtx does not know the database HSQL")
                    .contains("dtx.data-sources.exclude");
            assertRefusedInside(application, "dtx does not know the database HSQL");
        });
    }

    @Test
    void rowsOfOthersInTheTableStay() throws Exception {
        Database database = h2("mem:");
        database.run(Files.readString(SCRIPT));
        database.run(
                "INSERT INTO undo_log (branch_id, xid, context, rollback_info, log_status, log_created, log_modified)"
                        + " VALUES (7, '192.168.0.7:8091:2612341069705662465', 'serializer=jackson', X'7B7D', 0,"
                        + " TIMESTAMP '2020-01-01 00:00:00', TIMESTAMP '2020-01-01 00:00:00')");
        Shop.on(coordinator, database).withPropertyValues(SCHEMA).run(application -> {
            client(application).sql("DELETE FROM account").update();
            client(application).sql("INSERT INTO account VALUES (1, 100)").update();
            Wait.untilConnected(application);
            assertThatThrownBy(() -> Shop.inGlobalTransaction(application, () -> {
                        Accounts.add(client(application), -30);
                        throw new IllegalStateException("no");
                    }))
                    .hasMessage("no");
            Awaitility.await()
                    .untilAsserted(() ->
                            assertThat(Accounts.balance(client(application))).isEqualTo(100));
            for (Resource resource : application.getBean(ResourceManager.class).resources()) {
                resource.sweep();
            }

            assertThat(client(application)
                            .sql("SELECT xid FROM undo_log WHERE xid <> '#dtx-resource'")
                            .query(String.class)
                            .list())
                    .containsExactly("192.168.0.7:8091:2612341069705662465");
        });
    }

    @Test
    void aDatabaseThatIsAwayDoesNotKeepTheApplicationFromStarting(CapturedOutput output) {
        Database away = new Database(Dialect.POSTGRESQL, "away", "jdbc:postgresql://127.0.0.1:1/away", "nobody", "");
        Shop.on(coordinator, away)
                .withPropertyValues("spring.sql.init.mode=never")
                .run(application -> {
                    assertThat(application).hasNotFailed();
                    // The start waits a moment for it, and a pool waits longer before it gives up.
                    Wait.until(() -> problem(application) != null);
                    assertThat(problem(application)).contains("127.0.0.1:1");
                    assertThat(output).contains("'dataSource' can not take part in global transactions");
                });
    }

    /** Plain work goes on. */
    private static void assertRefusedInside(ApplicationContext application, String reason) {
        JdbcClient client = client(application);
        Accounts.reset(client);
        Accounts.add(client, 5);
        Wait.untilConnected(application);
        assertThatThrownBy(() -> Shop.inGlobalTransaction(application, () -> {
                    assertThat(Accounts.balance(client)).isEqualTo(105);
                    Accounts.add(client, -30);
                }))
                .hasStackTraceContaining(reason);
        assertThat(Accounts.balance(client)).isEqualTo(105);
    }

    private static String problem(ApplicationContext application) {
        return application
                .getBean(ResourceManager.class)
                .resources()
                .get(0)
                .state()
                .problem();
    }

    private static JdbcClient client(ApplicationContext application) {
        return JdbcClient.create(application.getBean(DataSource.class));
    }

    private static Database h2(String where) {
        String name = where + "u" + UUID.randomUUID();
        return new Database(
                Dialect.H2, name, "jdbc:h2:" + name + (where.equals("mem:") ? ";DB_CLOSE_DELAY=-1" : ""), "sa", "");
    }
}
