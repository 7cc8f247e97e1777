package io.dtx.undo;

import io.dtx.test.Databases;
import java.sql.Connection;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Nested;

class UndoOnH2Tests {

    @Nested
    class Restoring extends RestoreContract {

        @Override
        io.dtx.test.Database fresh() {
            return Databases.h2().createFresh();
        }

        @Override
        String sessionState(Connection connection) {
            return "";
        }
    }

    @Nested
    class Types extends TypesContract {

        @Override
        io.dtx.test.Database fresh() {
            return Databases.h2().createFresh();
        }

        @Override
        List<TypeCase> exactTypes() {
            String text = "CAST(v AS VARCHAR)";
            return List.of(
                    TypeCase.key("TINYINT", text, "-128", "127"),
                    TypeCase.key("SMALLINT", text, "-32768", "0"),
                    TypeCase.key("BIGINT", text, "-9223372036854775808", "9223372036854775807"),
                    TypeCase.key("BOOLEAN", text, "TRUE", "FALSE"),
                    TypeCase.key("DECIMAL(18,2)", text, "0.00", "-1.10", "9999999999999999.99"),
                    TypeCase.key("DECIMAL(60,30)", text, "0.000000000000000000000000000001", "-5"),
                    TypeCase.key("DECFLOAT", text, "1E+500", "1.10", "'NaN'", "'-Infinity'"),
                    TypeCase.of("REAL", text, "0.1", "16777217", "3.4028235E38", "1.4E-45", "'NaN'"),
                    TypeCase.key("DOUBLE PRECISION", text, "0.1", "1.7976931348623157E308", "4.9E-324", "-0E0"),
                    TypeCase.key("CHAR(5)", text, "'ab'", "''", "'abcde'"),
                    TypeCase.key(
                            "VARCHAR(20)", text, "''", "'a  '", "'a'", "'\u00e9\ud83d\ude00'", "'it''s, (\"x\");'"),
                    TypeCase.key("VARCHAR_IGNORECASE(20)", text, "'a'", "'B'"),
                    TypeCase.of("CLOB", text, "''", "'text'"),
                    TypeCase.key("BINARY(4)", "RAWTOHEX(v)", "X'00000000'", "X'00FF275C'"),
                    TypeCase.key("VARBINARY(10)", "RAWTOHEX(v)", "X''", "X'00'", "X'0000'", "X'275C22'"),
                    TypeCase.of("BLOB", "RAWTOHEX(v)", "X''", "X'00FF'"),
                    TypeCase.key("DATE", text, "DATE '2024-02-29'", "DATE '-0044-03-15'", "DATE '9999-12-31'"),
                    TypeCase.key("TIME(9)", text, "TIME '23:59:59.999999999'", "TIME '00:00:00'"),
                    TypeCase.of("TIME(3) WITH TIME ZONE", text, "TIME WITH TIME ZONE '12:00:00.123+05:30'"),
                    TypeCase.key(
                            "TIMESTAMP(9)",
                            text,
                            "TIMESTAMP '2024-10-27 02:30:00.123456789'",
                            "TIMESTAMP '0001-01-01 00:00:00'"),
                    TypeCase.key(
                            "TIMESTAMP(6) WITH TIME ZONE",
                            text,
                            "TIMESTAMP WITH TIME ZONE '2024-10-27 02:30:00.123456+02:00'",
                            "TIMESTAMP WITH TIME ZONE '2024-10-27 02:30:00.123456+01:00'"),
                    TypeCase.key("UUID", text, "'123e4567-e89b-12d3-a456-426614174000'", "RANDOM_UUID()"),
                    TypeCase.key("ENUM('a', 'B', 'c d')", text, "'a'", "'B'", "'c d'"),
                    TypeCase.of("JSON", text, "JSON '{\"a\": [1, 2.50, \"x\"]}'", "JSON 'null'", "JSON '\"text\"'"));
        }

        @Override
        List<String> refusedTypes() {
            return List.of("GEOMETRY", "INTERVAL YEAR TO MONTH", "INTEGER ARRAY", "JAVA_OBJECT");
        }

        @Override
        List<String> lenient() {
            return List.of();
        }

        @Override
        List<String> unusual() {
            return List.of("SET TIME ZONE 'Europe/Berlin'");
        }

        @Override
        String longText() {
            return "CLOB";
        }
    }

    @Nested
    class Catalogue extends CatalogueContract {

        @Override
        io.dtx.test.Database fresh() {
            return Databases.h2().createFresh();
        }

        @Override
        Stream<RefusedTable> alsoRefused() {
            return Stream.of(
                    RefusedTable.of("", "gtmp", "CREATE GLOBAL TEMPORARY TABLE gtmp (id INT PRIMARY KEY)"),
                    RefusedTable.of(
                            "is outside of",
                            "other.t",
                            "CREATE SCHEMA other",
                            "CREATE TABLE other.t (id INT PRIMARY KEY)"));
        }

        @Override
        List<String> trigger() {
            return List.of("CREATE TRIGGER before_parent BEFORE UPDATE ON parent FOR EACH ROW CALL '"
                    + NoTrigger.class.getName() + "'");
        }
    }

    @Nested
    class Locks extends LocksContract {

        @Override
        io.dtx.test.Database fresh() {
            return Databases.h2().createFresh();
        }

        @Override
        Stream<Equals> equalKeys() {
            return Stream.of(
                    new Equals("VARCHAR(20)", List.of(List.of("'a'"), List.of("'A'"), List.of("'a '"))),
                    new Equals(
                            "VARCHAR_IGNORECASE(20)",
                            List.of(List.of("'a'", "'A'"), List.of("'a '"), List.of("'\u00e4'", "'\u00c4'"))),
                    new Equals("CHAR(5)", List.of(List.of("'a'", "'a '"), List.of("'A'"))),
                    new Equals("DECIMAL(10,2)", List.of(List.of("1", "1.00"), List.of("1.01"))),
                    new Equals("DECFLOAT", List.of(List.of("1E3", "1000", "1000.0"), List.of("0", "0.0"))),
                    new Equals("DOUBLE PRECISION", List.of(List.of("0E0", "-0E0"), List.of("1"))),
                    new Equals(
                            "TIMESTAMP WITH TIME ZONE",
                            List.of(
                                    List.of(
                                            "TIMESTAMP WITH TIME ZONE '2024-10-27 02:30:00+02:00'",
                                            "TIMESTAMP WITH TIME ZONE '2024-10-27 00:30:00+00:00'"),
                                    List.of("TIMESTAMP WITH TIME ZONE '2024-10-27 02:30:00+01:00'"))));
        }
    }

    @Nested
    class TheUndoLog extends UndoLogContract {

        @Override
        io.dtx.test.Database fresh() {
            return Databases.h2().createFresh();
        }

        @Override
        String otherTimeZone() {
            return "SET TIME ZONE '+05:00'";
        }
    }

    /** A trigger that does nothing. */
    public static final class NoTrigger implements org.h2.api.Trigger {
        @Override
        public void fire(Connection connection, Object[] before, Object[] after) {}
    }
}
