package io.dtx.undo;

import io.dtx.test.Databases;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Nested;

class UndoOnMariaDbIT {

    @Nested
    class Restoring extends RestoreContract {

        @Override
        io.dtx.test.Database fresh() {
            return Databases.mariaDb().createFresh();
        }

        @Override
        String sessionState(Connection connection) throws SQLException {
            return DatabaseRules.query(
                            connection,
                            "SELECT @@SESSION.sql_mode, @@SESSION.time_zone, @@SESSION.foreign_key_checks,"
                                    + " @@SESSION.unique_checks")
                    .toString();
        }
    }

    @Nested
    class Types extends TypesContract {

        @Override
        io.dtx.test.Database fresh() {
            return Databases.mariaDb().createFresh();
        }

        @Override
        List<TypeCase> exactTypes() {
            String text = "CAST(v AS CHAR)";
            String bytes = "HEX(CAST(v AS BINARY))";
            String number = "CONCAT(v + 0E0)";
            return List.of(
                    TypeCase.key("TINYINT", text, "-128", "127"),
                    TypeCase.key("TINYINT(1)", text, "-1", "0", "1", "5"),
                    TypeCase.key("TINYINT UNSIGNED", text, "0", "255"),
                    TypeCase.key("MEDIUMINT", text, "-8388608", "8388607"),
                    TypeCase.key("INT(5) ZEROFILL", text, "0", "12", "4294967295"),
                    TypeCase.key("BIGINT", text, "-9223372036854775808", "9223372036854775807"),
                    TypeCase.key("BIGINT UNSIGNED", text, "0", "18446744073709551615", "18446744073709551614"),
                    TypeCase.key("DECIMAL(18,2)", text, "0", "-1.10", "9999999999999999.99"),
                    TypeCase.key(
                            "DECIMAL(65,30)",
                            text,
                            "0.000000000000000000000000000001",
                            "99999999999999999999999999999999999.5"),
                    TypeCase.of("FLOAT", number, "0.1", "16777217", "3.4028234e38", "1.4e-45", "1.1754944e-38"),
                    TypeCase.of("FLOAT(7,3)", number, "1.234", "-9999.999"),
                    TypeCase.of(
                            "DOUBLE",
                            number,
                            "0.1e0",
                            "0.1e0 + 0.2e0",
                            "1.7976931348623157e308",
                            "2.2250738585072014e-308",
                            "-0e0"),
                    TypeCase.of("DOUBLE(10,3)", number, "1.235", "1234567.891"),
                    TypeCase.key("BIT(1)", "HEX(v)", "b'0'", "b'1'"),
                    TypeCase.key("BIT(64)", "HEX(v)", "b'0'", "0xFFFFFFFFFFFFFFFF", "0x8000000000000000"),
                    TypeCase.key("CHAR(5)", bytes, "'ab'", "''", "'\u00e9'", "'a b'"),
                    TypeCase.key("CHAR(5) CHARACTER SET utf16", bytes, "'ab'", "'\ud83d\ude00'"),
                    TypeCase.key(
                            "VARCHAR(20)",
                            bytes,
                            "''",
                            "'a'",
                            "'\u00df'",
                            "'\ud83d\ude00'",
                            "'it''s, (\"x\");\\\\'",
                            "'nul\\0'"),
                    TypeCase.of("VARCHAR(20)", bytes, "'a'", "'A'", "'a  '", "'\u00e1'"),
                    TypeCase.key("VARCHAR(20) CHARACTER SET latin1", bytes, "'\u00e9'", "'x'"),
                    TypeCase.key("VARCHAR(20) CHARACTER SET sjis", bytes, "0x8140", "'x'", "0x5C"),
                    TypeCase.key("VARCHAR(20) COLLATE utf8mb4_bin", bytes, "'a'", "'A'", "'\u00e1'"),
                    TypeCase.key("VARCHAR(20) COLLATE utf8mb4_nopad_bin", bytes, "'a'", "'a '"),
                    TypeCase.key("VARCHAR(20) COLLATE utf8mb4_uca1400_as_cs", bytes, "'b'", "'a'"),
                    TypeCase.of("MEDIUMTEXT", bytes, "''", "'\ud83d\ude00 text'"),
                    TypeCase.key("BINARY(4)", "HEX(v)", "0x00", "0x00FF275C"),
                    TypeCase.key("VARBINARY(10)", "HEX(v)", "''", "0x00", "0x0000", "0x275C22"),
                    TypeCase.of("LONGBLOB", "HEX(v)", "''", "REPEAT(0x00FF275C, 50000)"),
                    TypeCase.key("DATE", text, "'0000-00-00'", "'2024-00-00'", "'1000-01-01'", "'9999-12-31'"),
                    TypeCase.key("TIME(6)", text, "'-838:59:59.000000'", "'838:59:58.999999'", "'00:00:00.000001'"),
                    TypeCase.key(
                            "DATETIME(6)",
                            text,
                            "'0000-00-00'",
                            "'2024-10-27 02:30:00.123456'",
                            "'9999-12-31 23:59:59.999999'"),
                    TypeCase.of("DATETIME", text, "'2024-10-27 02:30:00'"),
                    TypeCase.of(
                            "TIMESTAMP(6)",
                            "CONCAT(UNIX_TIMESTAMP(v), v)",
                            "'0000-00-00'",
                            "'2024-10-27 00:30:00.123456'",
                            "'2024-10-27 01:30:00'",
                            "'1970-01-01 00:00:01'",
                            "'2038-01-19 03:14:07.999999'"),
                    TypeCase.of("TIMESTAMP", "CONCAT(UNIX_TIMESTAMP(v), v)", "'2024-03-31 01:30:00'"),
                    TypeCase.key("YEAR", text, "0", "1901", "2155"),
                    TypeCase.key("ENUM('a', 'B', '')", "CONCAT(v + 0, v)", "'a'", "'B'", "''"),
                    TypeCase.key("SET('x', 'y')", "CONCAT(v + 0, v)", "''", "'x'", "'x,y'"),
                    TypeCase.of("JSON", bytes, "'{\"a\":  [1, 2.50]}'", "'null'"),
                    TypeCase.key("UUID", text, "'123e4567-e89b-12d3-a456-426614174000'", "UUID()"),
                    TypeCase.key("INET6", text, "'::'", "'2001:db8::ff00:42:8329'"),
                    TypeCase.key("INET4", text, "'0.0.0.0'", "'192.168.0.1'"));
        }

        @Override
        List<String> refusedTypes() {
            return List.of("GEOMETRY", "POINT");
        }

        @Override
        List<String> lenient() {
            return List.of(
                    "SET SESSION sql_mode = 'NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES'",
                    "SET SESSION time_zone = '+00:00'");
        }

        @Override
        List<String> unusual() {
            return List.of(
                    "SET SESSION sql_mode = CONCAT(@@sql_mode, ',ANSI_QUOTES,PAD_CHAR_TO_FULL_LENGTH')",
                    "SET SESSION time_zone = '+05:30'");
        }

        @Override
        String longText() {
            return "LONGTEXT";
        }
    }

    @Nested
    class Catalogue extends CatalogueContract {

        @Override
        io.dtx.test.Database fresh() {
            return Databases.mariaDb().createFresh();
        }

        @Override
        Stream<RefusedTable> alsoRefused() {
            return Stream.of(
                    RefusedTable.of(
                            "has the engine MyISAM", "isam", "CREATE TABLE isam (id INT PRIMARY KEY) ENGINE = MyISAM"),
                    RefusedTable.of(
                            "has the engine Aria", "aria", "CREATE TABLE aria (id INT PRIMARY KEY) ENGINE = Aria"),
                    RefusedTable.of(
                            "system versioned",
                            "versioned",
                            "CREATE TABLE versioned (id INT PRIMARY KEY) WITH SYSTEM VERSIONING"),
                    RefusedTable.of(
                            "application-time period",
                            "periods",
                            "CREATE TABLE periods (id INT PRIMARY KEY, s DATE, e DATE, PERIOD FOR p (s, e))"),
                    RefusedTable.of("sequence", "numbers", "CREATE SEQUENCE numbers"),
                    RefusedTable.of("there is no table", "PARENT"),
                    RefusedTable.of("is outside of", "mysql.user"));
        }

        @Override
        List<String> trigger() {
            return List.of("CREATE TRIGGER before_parent BEFORE UPDATE ON parent FOR EACH ROW SET NEW.n = NEW.n");
        }
    }

    @Nested
    class Locks extends LocksContract {

        @Override
        io.dtx.test.Database fresh() {
            return Databases.mariaDb().createFresh();
        }

        @Override
        Stream<Equals> equalKeys() {
            return Stream.of(
                    new Equals(
                            "VARCHAR(20) COLLATE utf8mb4_general_ci",
                            List.of(
                                    List.of("'a'", "'A'", "'a  '", "'\u00e1'"),
                                    List.of("'b'"),
                                    List.of("'\ud83d\ude00'", "'\ud83d\ude01'"),
                                    List.of("''", "'  '"),
                                    List.of("'ab'"))),
                    new Equals(
                            "VARCHAR(20) COLLATE utf8mb4_uca1400_ai_ci",
                            List.of(List.of("'stra\u00dfe'", "'STRASSE'", "'strasse '"), List.of("'strase'"))),
                    new Equals("VARCHAR(20) COLLATE utf8mb4_bin", List.of(List.of("'a'", "'a '"), List.of("'A'"))),
                    new Equals("VARCHAR(20) COLLATE utf8mb4_nopad_bin", List.of(List.of("'a'"), List.of("'a '"))),
                    new Equals(
                            "VARCHAR(20) CHARACTER SET latin1 COLLATE latin1_german2_ci",
                            List.of(List.of("'\u00e4'", "'ae'", "'AE'"), List.of("'a'"))),
                    new Equals("CHAR(5)", List.of(List.of("'a'", "'A '"), List.of("'b'"))),
                    new Equals("ENUM('a', 'b')", List.of(List.of("'a'", "1", "'A'"), List.of("'b'"))),
                    new Equals("VARBINARY(5)", List.of(List.of("'a'"), List.of("'A'"), List.of("'a '"))),
                    new Equals("DECIMAL(10,2)", List.of(List.of("1", "1.00"), List.of("1.01"))),
                    new Equals("DOUBLE", List.of(List.of("0e0", "-0e0"), List.of("1e0"))));
        }
    }

    @Nested
    class TheUndoLog extends UndoLogContract {

        @Override
        io.dtx.test.Database fresh() {
            return Databases.mariaDb().createFresh();
        }

        @Override
        String otherTimeZone() {
            return "SET time_zone = '+05:00'";
        }
    }
}
