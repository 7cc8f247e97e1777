package io.dtx.spring.application;

import static org.assertj.core.api.Assertions.assertThat;

import io.dtx.test.Database;
import io.dtx.test.DatabaseServer;
import io.dtx.test.EmbeddedCoordinator;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

/** The tools by which applications create their tables create undo_log as well, before dtx looks for it. */
@ExtendWith(OutputCaptureExtension.class)
abstract class MigrationContract {

    private static EmbeddedCoordinator coordinator;

    private final Database database = server().createFresh();

    abstract DatabaseServer server();

    @BeforeAll
    static void start() {
        coordinator = EmbeddedCoordinator.start();
    }

    @AfterAll
    static void stop() {
        coordinator.close();
    }

    @Test
    void theScriptIsAFlywayMigrationAsItIs(@TempDir Path migrations, CapturedOutput output) throws IOException {
        Files.copy(Path.of("src/test/resources/undo_log/account.sql"), migrations.resolve("V1__account.sql"));
        Files.copy(script(), migrations.resolve("V2__undo_log.sql"));
        Shop.on(coordinator, database)
                .withPropertyValues(
                        "spring.flyway.enabled=true",
                        "spring.flyway.locations=filesystem:" + migrations,
                        "dtx.undo-log.initialize-schema=never")
                .run(Shop::assertRollsBack);
        assertNothingWasWrongMeanwhile(output);
    }

    @Test
    void theChangeLogInTheJarCanBeIncluded(CapturedOutput output) {
        Shop.on(coordinator, database)
                // Only here is dtx-core twice on the class path, plain and relocated.
                .withSystemProperties("liquibase.duplicateFileMode=SILENT")
                .withPropertyValues(
                        "spring.liquibase.enabled=true",
                        "spring.liquibase.change-log=classpath:undo_log/changelog.yaml",
                        "dtx.undo-log.initialize-schema=never")
                .run(Shop::assertRollsBack);
        assertNothingWasWrongMeanwhile(output);
    }

    @Test
    void theScriptRunsWithTheApplicationsOwnAtEveryStart(CapturedOutput output) {
        ApplicationContextRunner shop = Shop.on(coordinator, database)
                .withPropertyValues(
                        "spring.sql.init.mode=always",
                        "spring.sql.init.schema-locations=classpath:undo_log/account.sql,file:" + script(),
                        "dtx.undo-log.initialize-schema=never");
        shop.run(Shop::assertRollsBack);
        shop.run(Shop::assertRollsBack);
        assertNothingWasWrongMeanwhile(output);
    }

    @Test
    void dtxCreatesItWhereItMay() {
        Shop.on(coordinator, database)
                .withPropertyValues(
                        "spring.sql.init.mode=always",
                        "spring.sql.init.schema-locations=classpath:undo_log/account.sql",
                        "dtx.undo-log.initialize-schema=always")
                .run(Shop::assertRollsBack);
    }

    private static void assertNothingWasWrongMeanwhile(CapturedOutput output) {
        assertThat(output).contains("takes part in global transactions").doesNotContain("can not take part");
    }

    private Path script() {
        String name = database.dialect().name().toLowerCase(Locale.ROOT);
        return Path.of("..", "sql", name, "undo_log.sql");
    }
}
