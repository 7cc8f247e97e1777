package io.dtx.undo;

import io.dtx.undo.ColumnTypes.TypeCase;
import java.util.List;

/** The column types of MariaDB that are tried, with their values. */
final class TypesOnMariaDb {

    private TypesOnMariaDb() {}

    private static final String TEXT = "CAST(v AS CHAR)";
    private static final String BYTES = "HEX(CAST(v AS BINARY))";
    private static final String NUMBER = "CONCAT(v + 0E0)";

    static final ColumnTypes ALL = new ColumnTypes(
            "MariaDB 11.4",
            List.of(
                    TypeCase.key("TINYINT", TEXT, "-128", "127"),
                    TypeCase.key("TINYINT(1)", TEXT, "-1", "0", "1", "5"),
                    TypeCase.key("TINYINT UNSIGNED", TEXT, "0", "255"),
                    TypeCase.key("SMALLINT", TEXT, "-32768", "32767"),
                    TypeCase.key("INT", TEXT, "-2147483648", "2147483647"),
                    TypeCase.key("MEDIUMINT", TEXT, "-8388608", "8388607"),
                    TypeCase.key("INT(5) ZEROFILL", TEXT, "0", "12", "4294967295"),
                    TypeCase.key("BIGINT", TEXT, "-9223372036854775808", "9223372036854775807"),
                    TypeCase.key("BIGINT UNSIGNED", TEXT, "0", "18446744073709551615", "18446744073709551614"),
                    TypeCase.key("DECIMAL(18,2)", TEXT, "0", "-1.10", "9999999999999999.99"),
                    TypeCase.key(
                            "DECIMAL(65,30)",
                            TEXT,
                            "0.000000000000000000000000000001",
                            "99999999999999999999999999999999999.5"),
                    TypeCase.key("FLOAT", NUMBER, "0.1", "16777217", "3.4028234e38", "1.4e-45", "1.1754944e-38"),
                    TypeCase.key("FLOAT(7,3)", NUMBER, "1.234", "-9999.999"),
                    TypeCase.key(
                            "DOUBLE",
                            NUMBER,
                            "0.1e0",
                            "0.1e0 + 0.2e0",
                            "1.7976931348623157e308",
                            "2.2250738585072014e-308",
                            "-0e0"),
                    TypeCase.key("DOUBLE(10,3)", NUMBER, "1.235", "1234567.891"),
                    TypeCase.key("BIT(1)", "HEX(v)", "b'0'", "b'1'"),
                    TypeCase.key("BIT(64)", "HEX(v)", "b'0'", "0xFFFFFFFFFFFFFFFF", "0x8000000000000000"),
                    TypeCase.key("CHAR(5)", BYTES, "'ab'", "''", "'\u00e9'", "'a b'"),
                    TypeCase.key("CHAR(5) CHARACTER SET utf16", BYTES, "'ab'", "'\ud83d\ude00'"),
                    TypeCase.key(
                            "VARCHAR(20)",
                            BYTES,
                            "''",
                            "'a'",
                            "'\u00df'",
                            "'\ud83d\ude00'",
                            "'it''s, (\"x\");\\\\'",
                            "'nul\\0'"),
                    TypeCase.of("VARCHAR(20)", BYTES, "'a'", "'A'", "'a  '", "'\u00e1'"),
                    TypeCase.key("VARCHAR(20) CHARACTER SET latin1", BYTES, "'\u00e9'", "'x'"),
                    TypeCase.key("VARCHAR(20) CHARACTER SET sjis", BYTES, "0x8140", "'x'", "0x5C"),
                    TypeCase.key("VARCHAR(20) COLLATE utf8mb4_bin", BYTES, "'a'", "'A'", "'\u00e1'"),
                    TypeCase.key("VARCHAR(20) COLLATE utf8mb4_nopad_bin", BYTES, "'a'", "'a '"),
                    TypeCase.key("VARCHAR(20) COLLATE utf8mb4_uca1400_as_cs", BYTES, "'b'", "'a'"),
                    TypeCase.of("TINYTEXT", BYTES, "'t'"),
                    TypeCase.of("TEXT", BYTES, "REPEAT('\u00e9x', 20000)", "''"),
                    TypeCase.of("LONGTEXT", BYTES, "REPEAT('\u00e9x', 50000)"),
                    TypeCase.of("MEDIUMTEXT", BYTES, "''", "'\ud83d\ude00 text'"),
                    TypeCase.key("BINARY(4)", "HEX(v)", "0x00", "0x00FF275C"),
                    TypeCase.key("VARBINARY(10)", "HEX(v)", "''", "0x00", "0x0000", "0x275C22"),
                    TypeCase.of("TINYBLOB", "HEX(v)", "0x00FF"),
                    TypeCase.of("BLOB", "HEX(v)", "0x00FF", "REPEAT(0x00FF, 30000)"),
                    TypeCase.of("MEDIUMBLOB", "HEX(v)", "REPEAT(0x00FF275C, 20000)"),
                    TypeCase.of("LONGBLOB", "HEX(v)", "''", "REPEAT(0x00FF275C, 50000)"),
                    TypeCase.key("DATE", TEXT, "'0000-00-00'", "'2024-00-00'", "'1000-01-01'", "'9999-12-31'"),
                    TypeCase.key("TIME(6)", TEXT, "'-838:59:59.000000'", "'838:59:58.999999'", "'00:00:00.000001'"),
                    TypeCase.key(
                            "DATETIME(6)",
                            TEXT,
                            "'0000-00-00'",
                            "'2024-10-27 02:30:00.123456'",
                            "'9999-12-31 23:59:59.999999'"),
                    TypeCase.key("DATETIME", TEXT, "'2024-10-27 02:30:00'"),
                    TypeCase.of(
                            "TIMESTAMP(6)",
                            "CONCAT(UNIX_TIMESTAMP(v), v)",
                            "'0000-00-00'",
                            "'2024-10-27 00:30:00.123456'",
                            "'2024-10-27 01:30:00'",
                            "'1970-01-01 00:00:01'",
                            "'2038-01-19 03:14:07.999999'"),
                    TypeCase.of("TIMESTAMP", "CONCAT(UNIX_TIMESTAMP(v), v)", "'2024-03-31 01:30:00'"),
                    TypeCase.key("YEAR", TEXT, "0", "1901", "2155"),
                    TypeCase.key("ENUM('a', 'B', '')", "CONCAT(v + 0, v)", "'a'", "'B'", "''"),
                    TypeCase.key("SET('x', 'y')", "CONCAT(v + 0, v)", "''", "'x'", "'x,y'"),
                    TypeCase.of("JSON", BYTES, "'{\"a\":  [1, 2.50]}'", "'null'"),
                    TypeCase.key("UUID", TEXT, "'123e4567-e89b-12d3-a456-426614174000'", "UUID()"),
                    TypeCase.key("INET6", TEXT, "'::'", "'2001:db8::ff00:42:8329'"),
                    TypeCase.key("INET4", TEXT, "'0.0.0.0'", "'192.168.0.1'")),
            List.of(
                    "GEOMETRY",
                    "POINT",
                    "LINESTRING",
                    "POLYGON",
                    "MULTIPOINT",
                    "MULTILINESTRING",
                    "MULTIPOLYGON",
                    "GEOMETRYCOLLECTION"));
}
