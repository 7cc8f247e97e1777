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
        ColumnTypes types() {
            return ColumnTypes.H2;
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
                            "CREATE TABLE other.t (id INT PRIMARY KEY)"),
                    RefusedTable.of(
                            "a generated column",
                            "computed",
                            "CREATE TABLE computed (n INT, id INT GENERATED ALWAYS AS (n + 1) PRIMARY KEY)"));
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
