package io.dtx.undo;

import io.dtx.undo.ColumnTypes.AlteredCase;
import io.dtx.undo.ColumnTypes.TypeCase;
import java.util.List;

/** The column types of H2 that are tried, with their values. */
final class TypesOnH2 {

    private TypesOnH2() {}

    private static final String TEXT = "CAST(v AS VARCHAR)";

    static final ColumnTypes ALL = new ColumnTypes(
            "H2 2.4",
            List.of(
                    TypeCase.key("TINYINT", TEXT, "-128", "127"),
                    TypeCase.key("SMALLINT", TEXT, "-32768", "0"),
                    TypeCase.key("INTEGER", TEXT, "-2147483648", "2147483647"),
                    TypeCase.key("BIGINT", TEXT, "-9223372036854775808", "9223372036854775807"),
                    TypeCase.key("BOOLEAN", TEXT, "TRUE", "FALSE"),
                    TypeCase.key("DECIMAL(18,2)", TEXT, "0.00", "-1.10", "9999999999999999.99"),
                    TypeCase.key("DECIMAL(60,30)", TEXT, "0.000000000000000000000000000001", "-5"),
                    TypeCase.key("DECFLOAT", TEXT, "1E+500", "1.10", "'NaN'", "'-Infinity'"),
                    TypeCase.key("REAL", TEXT, "0.1", "16777217", "3.4028235E38", "1.4E-45", "'NaN'"),
                    TypeCase.key("DOUBLE PRECISION", TEXT, "0.1", "1.7976931348623157E308", "4.9E-324", "-0E0"),
                    TypeCase.key("CHAR(5)", TEXT, "'ab'", "''", "'abcde'"),
                    TypeCase.key(
                            "VARCHAR(20)", TEXT, "''", "'a  '", "'a'", "'\u00e9\ud83d\ude00'", "'it''s, (\"x\");'"),
                    TypeCase.key("VARCHAR_IGNORECASE(20)", TEXT, "'a'", "'B'"),
                    TypeCase.of("CLOB", TEXT, "''", "'text'"),
                    TypeCase.key("BINARY(4)", "RAWTOHEX(v)", "X'00000000'", "X'00FF275C'"),
                    TypeCase.key("VARBINARY(10)", "RAWTOHEX(v)", "X''", "X'00'", "X'0000'", "X'275C22'"),
                    TypeCase.of("BLOB", "RAWTOHEX(v)", "X''", "X'00FF'"),
                    TypeCase.key("DATE", TEXT, "DATE '2024-02-29'", "DATE '-0044-03-15'", "DATE '9999-12-31'"),
                    TypeCase.key("TIME(9)", TEXT, "TIME '23:59:59.999999999'", "TIME '00:00:00'"),
                    TypeCase.of("TIME(3) WITH TIME ZONE", TEXT, "TIME WITH TIME ZONE '12:00:00.123+05:30'"),
                    TypeCase.key(
                            "TIMESTAMP(9)",
                            TEXT,
                            "TIMESTAMP '2024-10-27 02:30:00.123456789'",
                            "TIMESTAMP '0001-01-01 00:00:00'"),
                    TypeCase.key(
                            "TIMESTAMP(6) WITH TIME ZONE",
                            TEXT,
                            "TIMESTAMP WITH TIME ZONE '2024-10-27 02:30:00.123456+02:00'",
                            "TIMESTAMP WITH TIME ZONE '2024-10-27 02:30:00.123456+01:00'"),
                    TypeCase.key("UUID", TEXT, "'123e4567-e89b-12d3-a456-426614174000'", "RANDOM_UUID()"),
                    TypeCase.key("ENUM('a', 'B', 'c d')", TEXT, "'a'", "'B'", "'c d'"),
                    TypeCase.of("JSON", TEXT, "JSON '{\"a\": [1, 2.50, \"x\"]}'", "JSON 'null'", "JSON '\"text\"'")),
            List.of(
                    "GEOMETRY",
                    "INTERVAL YEAR TO MONTH",
                    "INTERVAL DAY TO SECOND",
                    "INTEGER ARRAY",
                    "VARCHAR ARRAY",
                    "ROW(a INT, b INT)",
                    "JAVA_OBJECT"),
            List.of(
                    AlteredCase.kept("INTEGER", "BIGINT", TEXT, "-5", "2147483647"),
                    AlteredCase.kept("DECIMAL(8,2)", "DECIMAL(20,2)", TEXT, "-1.10", "999999.99"),
                    AlteredCase.kept("DECFLOAT(10)", "DECFLOAT(20)", TEXT, "1.10", "1E+50"),
                    AlteredCase.kept("VARCHAR(20)", "VARCHAR(40)", TEXT, "'a '", "''"),
                    AlteredCase.kept("VARCHAR(20)", "CLOB", TEXT, "'a '", "''"),
                    AlteredCase.kept("VARBINARY(4)", "VARBINARY(9)", "RAWTOHEX(v)", "X''", "X'0000'"),
                    AlteredCase.kept("TIME(0)", "TIME(9)", TEXT, "TIME '23:59:59'", "TIME '00:00:00'"),
                    AlteredCase.kept(
                            "TIMESTAMP(3)",
                            "TIMESTAMP(6)",
                            TEXT,
                            "TIMESTAMP '2024-10-27 02:30:00.120'",
                            "TIMESTAMP '0001-01-01 00:00:00'"),
                    AlteredCase.kept(
                            "TIMESTAMP(0) WITH TIME ZONE",
                            "TIMESTAMP(3) WITH TIME ZONE",
                            TEXT,
                            "TIMESTAMP WITH TIME ZONE '2024-10-27 02:30:00+02:00'",
                            "TIMESTAMP WITH TIME ZONE '2024-10-27 02:30:00+01:00'"),
                    AlteredCase.stalls("BIGINT", "INTEGER", "1", "2"),
                    AlteredCase.stalls("INTEGER", "NUMERIC(10,0)", "1", "2"),
                    AlteredCase.stalls("DECIMAL(8,2)", "DECIMAL(9,3)", "1", "2"),
                    AlteredCase.stalls("REAL", "DOUBLE PRECISION", "1", "2"),
                    AlteredCase.stalls("CHAR(5)", "CHAR(9)", "'a'", "'b'"),
                    AlteredCase.stalls("VARCHAR(20)", "VARCHAR(19)", "'a'", "'b'"),
                    AlteredCase.stalls("BINARY(2)", "BINARY(4)", "X'0001'", "X'0002'"),
                    AlteredCase.stalls(
                            "TIMESTAMP",
                            "TIMESTAMP WITH TIME ZONE",
                            "TIMESTAMP '2024-02-29 00:00:00'",
                            "TIMESTAMP '2024-01-01 00:00:00'")));
}
