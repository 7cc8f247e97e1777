package io.dtx.test;

import static org.assertj.core.api.Assertions.assertThat;

import io.dtx.sql.Dialect;
import java.io.InputStream;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.util.Locale;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The scripts under {@code sql/} that users run by hand. */
class SqlScriptsIT {

    private static final Path SCRIPTS = Path.of("..", "sql");

    @ParameterizedTest
    @EnumSource
    void theUndoLogOfTheUsersIsTheOneThatDtxKnows(Dialect dialect) throws Exception {
        String name = dialect.name().toLowerCase(Locale.ROOT);
        try (InputStream known = Dialect.class.getResourceAsStream("/io/dtx/undo/undo_log-" + name + ".sql")) {
            assertThat(Files.readString(script(dialect, "undo_log")))
                    .isEqualTo(new String(known.readAllBytes(), StandardCharsets.UTF_8));
        }
    }

    @ParameterizedTest
    @EnumSource
    void theUndoLogCanBeCreated(Dialect dialect) {
        Database database = DatabaseServersIT.server(dialect).createFresh();
        database.runScript(script(dialect, "undo_log"));
        database.run("SELECT id, branch_id, xid, context, rollback_info, log_status, log_created, log_modified, ext"
                + " FROM undo_log");
    }

    @ParameterizedTest
    @CsvSource({
        "MYSQL, bank1, 1, 10000.00",
        "MYSQL, bank2, 2, 0.00",
        "POSTGRESQL, bank1, 1, 10000.00",
        "POSTGRESQL, bank2, 2, 0.00"
    })
    void eachBankBeginsWithItsAccount(Dialect dialect, String bank, String account, BigDecimal balance)
            throws Exception {
        Database database = DatabaseServersIT.server(dialect).createFresh();
        database.runScript(script(dialect, bank));
        try (Connection connection = database.connect();
                ResultSet row = connection
                        .createStatement()
                        .executeQuery("SELECT account_no, account_balance FROM account_info")) {
            assertThat(row.next()).isTrue();
            assertThat(row.getString(1)).isEqualTo(account);
            assertThat(row.getBigDecimal(2)).isEqualTo(balance);
            assertThat(row.next()).isFalse();
        }
    }

    private static Path script(Dialect dialect, String name) {
        return SCRIPTS.resolve(dialect.name().toLowerCase(Locale.ROOT)).resolve(name + ".sql");
    }
}
