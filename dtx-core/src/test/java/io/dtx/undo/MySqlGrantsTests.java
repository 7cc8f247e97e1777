package io.dtx.undo;

import static org.assertj.core.api.Assertions.assertThat;

import io.dtx.undo.Table.NameCase;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What servers show that do not run in our tests; of MariaDB, {@code GrantsOnMariaDbIT} tries what it really shows. */
class MySqlGrantsTests {

    private static boolean showTriggers(String grants) {
        return MySqlGrants.showTriggers(grants.lines().toList(), "bank1", "account", NameCase.EXACT);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                // 5.7
                "GRANT ALL PRIVILEGES ON *.* TO 'app'@'%' WITH GRANT OPTION",
                "GRANT USAGE ON *.* TO 'app'@'%'\nGRANT ALL PRIVILEGES ON `bank1`.* TO 'app'@'%'",
                // 8: all privileges by name, and those that are not MySQL's own on a line of their own
                """
                GRANT SELECT, INSERT, CREATE TEMPORARY TABLES, EVENT, TRIGGER, CREATE TABLESPACE ON *.* TO `app`@`%`
                GRANT APPLICATION_PASSWORD_ADMIN,AUDIT_ABORT_EXEMPT ON *.* TO `app`@`%`""",
                // with roles, named behind USING
                """
                GRANT USAGE ON *.* TO `app`@`%`
                GRANT SELECT, INSERT, UPDATE, DELETE, TRIGGER ON `bank1`.* TO `app`@`%`
                GRANT `writer`@`%` TO `app`@`%`""",
                // restrictions and more privileges of services that run the server
                "GRANT SELECT, TRIGGER ON *.* TO `app`@`%`\nREVOKE TRIGGER ON `mysql`.* FROM `app`@`%`",
                "GRANT SELECT, TRIGGER, LOAD FROM S3, SELECT INTO S3, INVOKE LAMBDA ON *.* TO 'app'@'%'",
                "GRANT SELECT (`TRIGGER`, `a``b)`), TRIGGER ON `bank1`.`account` TO `app`@`%`",
                "GRANT SELECT ON \"bank%\".* TO \"app\"@\"%\"\nGRANT ALL PRIVILEGES ON \"bank1\".* TO \"app\"@\"%\"",
            })
    void triggersAreShown(String grants) {
        assertThat(showTriggers(grants)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "GRANT USAGE ON *.* TO `app`@`%`\nGRANT SELECT, INSERT, UPDATE, DELETE ON `bank1`.* TO `app`@`%`",
                "GRANT TRIGGER ON `bank2`.* TO `app`@`%`",
                "GRANT TRIGGER ON `bank1`.`other` TO `app`@`%`",
                "GRANT TRIGGER ON `BANK1`.* TO `app`@`%`",
                "GRANT SELECT (`TRIGGER`), INSERT (`a`, `TRIGGER`, `b`) ON `bank1`.`account` TO `app`@`%`",
                "GRANT SELECT (a, TRIGGER, b) ON bank1.account TO app@localhost",
                "GRANT EXECUTE ON PROCEDURE `bank1`.`TRIGGER` TO `app`@`%`",
                "GRANT PROXY ON ''@'' TO 'app'@'%'",
                "GRANT `TRIGGER`@`%` TO `app`@`%`",
                "GRANT ALL PRIVILEGES ON `bank%`.* TO `app`@`%`\nGRANT SELECT ON `bank1`.* TO `app`@`%`",
                // partial revokes
                "GRANT SELECT, TRIGGER ON *.* TO `app`@`%`\nREVOKE TRIGGER ON `bank1`.* FROM `app`@`%`",
            })
    void triggersAreNotShown(String grants) {
        assertThat(showTriggers(grants)).isFalse();
    }

    @Test
    void manyColumnsAreReadAsWell() {
        String columns = "`a_column_with_a_long_name`, ".repeat(1000) + "`last`";
        assertThat(showTriggers("GRANT SELECT (" + columns + "), TRIGGER ON `bank1`.`account` TO `app`@`%`"))
                .isTrue();
    }

    @Test
    void namesAreComparedAsTheServerDoes() {
        List<String> grants = List.of("GRANT ALL PRIVILEGES ON `BANK_`.* TO `app`@`%`");
        assertThat(MySqlGrants.showTriggers(grants, "bank1", "account", NameCase.IGNORED))
                .isTrue();
        assertThat(MySqlGrants.showTriggers(grants, "bank1", "account", NameCase.EXACT))
                .isFalse();
    }
}
