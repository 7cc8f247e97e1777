package io.dtx.undo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dtx.sql.TableName;
import io.dtx.sql.TableName.Identifier;
import io.dtx.test.Databases;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What users with fewer rights than all are shown of a table's triggers and of the foreign keys that point to it. */
class GrantsOnMariaDbIT {

    private static final String FEW = "SELECT, INSERT, UPDATE, DELETE";

    private io.dtx.test.Database database;
    private String user;
    private String role;

    @BeforeEach
    void aTableWithATrigger() {
        database = Databases.mariaDb().createFresh();
        user = database.name().replace("test_", "u");
        role = database.name().replace("test_", "r");
        database.run(
                "CREATE TABLE account (id INT PRIMARY KEY, balance INT)",
                "CREATE TABLE transfer (id INT PRIMARY KEY, n INT)",
                "CREATE TRIGGER booking AFTER INSERT ON transfer FOR EACH ROW UPDATE account SET balance = balance - 1",
                "CREATE USER " + account() + " IDENTIFIED BY 'pw'",
                "CREATE ROLE " + role);
    }

    @AfterEach
    void dropUsers() {
        database.run("DROP USER " + account(), "DROP ROLE " + role);
    }

    private String account() {
        return user + "@'127.0.0.1'";
    }

    private Connection connect() throws SQLException {
        return DriverManager.getConnection(database.url(), user, "pw");
    }

    private void grant(String what) {
        String likeIt = database.name().substring(0, 8);
        for (String one : what.split("; ")) {
            String to = one.startsWith("ROLE ") ? role : account();
            database.run("GRANT "
                    + one.replace("ROLE ", "")
                            .replace("FEW", FEW)
                            .replace("{db}", database.name())
                            .replace("{like}", likeIt.replace("_", "\\_"))
                            .replace("{literally}", database.name().replace("_", "\\_"))
                    + " TO " + to);
        }
        if (what.contains("ROLE ")) {
            database.run("GRANT " + role + " TO " + account(), "SET DEFAULT ROLE " + role + " FOR " + account());
        }
    }

    private static Table describe(Connection connection, String table) throws SQLException {
        Database described = Database.of(connection);
        return new TableCatalogue(described, Duration.ofMinutes(1))
                .table(connection, new TableName(List.of(), new Identifier(table, false), null));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ALL ON *.*",
                "SELECT, TRIGGER ON *.*",
                "SELECT ON *.*; TRIGGER ON `{db}`.*",
                "ALL ON `{db}`.*",
                "ALL ON `{literally}`.*",
                "ALL ON `{like}%`.*",
                "ALL ON `%`.*",
                "FEW ON `%`.*; ALL ON `{db}`.*",
                "FEW ON `%`.*; ALL ON `{like}%`.*",
                "FEW ON `{like}%`.*; ALL ON `{literally}`.*",
                "FEW, TRIGGER ON `{db}`.`account`; FEW, TRIGGER ON `{db}`.`transfer`",
                "FEW ON `{db}`.*; SELECT (id), TRIGGER ON `{db}`.`account`; TRIGGER ON `{db}`.`transfer`",
                "ROLE ALL ON `{db}`.*",
                "FEW ON `{db}`.*; ROLE TRIGGER ON `{db}`.*",
            })
    void whoIsShownTriggersIsNotRefusedTablesWithoutOnes(String granted) throws SQLException {
        grant(granted);
        try (Connection connection = connect()) {
            for (String mode : List.of("''", "'ANSI_QUOTES'")) {
                connection.createStatement().execute("SET SESSION sql_mode = " + mode);
                assertThat(triggersShown(connection)).isEqualTo(1);
                assertThatCode(() -> describe(connection, "account")).doesNotThrowAnyException();
                assertThatThrownBy(() -> describe(connection, "transfer")).hasMessageContaining("the trigger booking");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "FEW ON *.*",
                "FEW ON `{db}`.*",
                "FEW ON `{db}`.`transfer`; FEW ON `{db}`.`account`",
                "FEW ON `{db}`.*; TRIGGER ON `test`.*",
                "ALL ON `%`.*; FEW ON `{literally}`.*",
                "ALL ON `{like}_`.*; FEW ON `{db}`.*",
                "ALL ON `%`.*; FEW ON `{like}%`.*",
                "ALL ON `{like}%`.*; FEW ON `{literally}`.*",
                "FEW ON `{db}`.*; SELECT (n) ON `{db}`.`transfer`",
                "ROLE FEW ON `{db}`.*",
            })
    void whoIsNotShownTriggersIsRefusedEveryTable(String granted) throws SQLException {
        grant(granted);
        try (Connection connection = connect()) {
            assertThat(triggersShown(connection)).isZero();
            for (String table : List.of("account", "transfer")) {
                assertThatThrownBy(() -> describe(connection, table))
                        .isInstanceOfSatisfying(CaptureRefusedException.class, refused -> {
                            assertThat(refused.reason()).contains("table " + table + " may have triggers", user);
                            assertThat(refused.remedy()).contains("GRANT TRIGGER ON `" + database.name() + "`.* TO ");
                        });
            }
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "FEW ON `{db}`.`transfer`; account; hidden",
                "FEW ON `{db}`.`transfer`; nowhere; hidden",
                "FEW ON `{db}`.*; nowhere; gone",
                "SELECT ON *.*; nowhere; gone",
                "FEW ON `{db}`.`dropped`; dropped; gone",
            })
    void aTableThatIsNotShownIsGoneOnlyForThoseWhoWouldBeShownIt(String granted, String table, String expected)
            throws SQLException {
        database.run("CREATE TABLE dropped (id INT PRIMARY KEY)");
        grant(granted);
        database.run("DROP TABLE dropped");
        try (Connection connection = connect()) {
            assertThatThrownBy(() -> describe(connection, table))
                    .isExactlyInstanceOf(
                            expected.equals("gone") ? CaptureRefusedException.class : RefusedHereException.class)
                    .hasMessageContaining(expected.equals("gone") ? "there is no table " + table : "is shown no table");
        }
    }

    private static int triggersShown(Connection connection) throws SQLException {
        return DatabaseRules.query(
                        connection,
                        "SELECT TRIGGER_NAME FROM INFORMATION_SCHEMA.TRIGGERS WHERE EVENT_OBJECT_SCHEMA = DATABASE()")
                .size();
    }

    /** Who may only read the child is shown its foreign key, and not what that does. */
    @Test
    void aForeignKeyWhoseRuleIsNotShownMayAct() throws SQLException {
        database.run("CREATE TABLE child (id INT PRIMARY KEY, up INT, FOREIGN KEY (up) REFERENCES account (id)"
                + " ON DELETE CASCADE)");
        grant("FEW, TRIGGER ON `{db}`.`account`; SELECT ON `{db}`.`child`");
        try (Connection connection = connect()) {
            List<String> children = new ArrayList<>();
            describe(connection, "account").cascades().forEach(cascade -> children.add(cascade.child()));
            assertThat(children).containsExactly("child");
        }
    }
}
