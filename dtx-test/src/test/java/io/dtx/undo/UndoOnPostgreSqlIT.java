package io.dtx.undo;

import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.dtx.model.BranchId;
import io.dtx.test.Databases;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class UndoOnPostgreSqlIT {

    @Nested
    class Restoring extends RestoreContract {

        @Override
        io.dtx.test.Database fresh() {
            return Databases.postgreSql().createFresh();
        }

        @Override
        String sessionState(Connection connection) throws SQLException {
            return DatabaseRules.query(
                            connection, "SELECT name, setting FROM pg_settings WHERE source = 'session' ORDER BY name")
                    .toString();
        }
    }

    @Nested
    class Types extends TypesContract {

        @Override
        io.dtx.test.Database fresh() {
            io.dtx.test.Database database = Databases.postgreSql().createFresh();
            database.run(
                    "CREATE TYPE mood AS ENUM ('sad', 'it''s ok', 'B')",
                    "CREATE DOMAIN positive AS numeric(10,2) CHECK (value > 0)",
                    "CREATE DOMAIN more AS positive");
            return database;
        }

        @Override
        List<TypeCase> exactTypes() {
            String text = "CAST(v AS text)";
            return List.of(
                    TypeCase.key("smallint", text, "-32768", "32767"),
                    TypeCase.key("bigint", text, "-9223372036854775808", "9223372036854775807"),
                    TypeCase.key("boolean", text, "true", "false"),
                    TypeCase.key("numeric(18,2)", text, "0", "-1.10", "9999999999999999.99"),
                    TypeCase.key("numeric", text, "1.0", "2.000", "'NaN'", "'-Infinity'", "1e-50"),
                    TypeCase.of("numeric", text, "1.0", "1.00"),
                    TypeCase.key(
                            "real",
                            "encode(float4send(v), 'hex')",
                            "0.1",
                            "16777217",
                            "3.4028235e38",
                            "1e-45",
                            "'NaN'",
                            "'-0'"),
                    TypeCase.key(
                            "double precision",
                            "encode(float8send(v), 'hex')",
                            "0.1",
                            "0.1::float8 + 0.2::float8",
                            "1.7976931348623157e308",
                            "5e-324",
                            "'Infinity'"),
                    TypeCase.key("char(5)", "v || '|'", "'ab'", "''", "'abcde'"),
                    TypeCase.of("bpchar", "octet_length(v) || '|' || v", "'ab'", "'ab  '"),
                    TypeCase.key(
                            "varchar(20)",
                            "v || '|'",
                            "''",
                            "'a'",
                            "'a  '",
                            "'A'",
                            "'\ud83d\ude00'",
                            "'it''s, (\"x\");\\'"),
                    TypeCase.key("text", "v || '|'", "''", "'text'"),
                    TypeCase.key("bytea", "encode(v, 'hex')", "''", "'\\x00'", "'\\x00ff275c'"),
                    TypeCase.key("date", text, "'2024-02-29'", "'0044-03-15 BC'", "'infinity'", "'9999-12-31'"),
                    TypeCase.key("time(6)", text, "'24:00:00'", "'00:00:00'", "'23:59:59.999999'"),
                    TypeCase.of("timetz", text, "'12:00:00.5+05:30'"),
                    TypeCase.key(
                            "timestamp(6)",
                            text,
                            "'2024-10-27 02:30:00.123456'",
                            "'infinity'",
                            "'0044-03-15 12:00:00 BC'"),
                    TypeCase.key(
                            "timestamptz",
                            "CAST(v AT TIME ZONE 'UTC' AS text)",
                            "'2024-10-27 02:30:00.123456+02'",
                            "'2024-10-27 02:30:00.123456+01'",
                            "'-infinity'",
                            "'0044-03-15 12:00:00+00 BC'"),
                    TypeCase.key("uuid", text, "'123e4567-e89b-12d3-a456-426614174000'", "gen_random_uuid()"),
                    TypeCase.key("bit(8)", text, "B'00000000'", "B'10000001'"),
                    TypeCase.key("bit varying(9)", text, "B''", "B'101'"),
                    TypeCase.key("inet", text, "'10.0.0.1'", "'10.0.0.1/8'", "'::1'"),
                    TypeCase.key("cidr", text, "'10.0.0.0/8'"),
                    TypeCase.key("macaddr", text, "'08:00:2b:01:02:03'"),
                    TypeCase.of("json", text, "'{\"a\":  [1, 2.50],\"a\":1}'", "'null'"),
                    TypeCase.of("jsonb", text, "'{\"a\":  [1, 2.50]}'", "'null'", "'1.00'"),
                    TypeCase.key("mood", text, "'sad'", "'it''s ok'", "'B'"),
                    TypeCase.key("more", text, "1.00", "2.50"),
                    TypeCase.of("integer[]", text, "'{1,NULL,3}'", "'[0:1][1:2]={{1,2},{3,4}}'", "'{}'"),
                    TypeCase.of("text[]", text, "ARRAY['a,b', '\"', NULL, 'NULL', '\\']", "'{}'"),
                    TypeCase.of("int4range", text, "'[1,5)'", "'empty'", "'(,)'"),
                    TypeCase.of("nummultirange", text, "'{[1.0,2.0),[3,4]}'"));
        }

        @Override
        List<String> refusedTypes() {
            return List.of("money", "interval", "xml", "point", "timestamptz[]", "tstzrange", "tsvector");
        }

        @Override
        List<String> lenient() {
            return List.of();
        }

        @Override
        List<String> unusual() {
            return List.of(
                    "SET TimeZone = 'Europe/Berlin'",
                    "SET extra_float_digits = -10",
                    "SET bytea_output = 'escape'",
                    "SET IntervalStyle = 'sql_standard'");
        }

        @Override
        String longText() {
            return "text";
        }
    }

    @Nested
    class Catalogue extends CatalogueContract {

        @Override
        io.dtx.test.Database fresh() {
            return Databases.postgreSql().createFresh();
        }

        @Override
        Stream<RefusedTable> alsoRefused() {
            return Stream.of(
                    RefusedTable.of(
                            "is outside of",
                            "other.t",
                            "CREATE SCHEMA other",
                            "CREATE TABLE other.t (id INT PRIMARY KEY)"),
                    RefusedTable.of(
                            "a partition",
                            "part1",
                            "CREATE TABLE parts (id INT PRIMARY KEY) PARTITION BY RANGE (id)",
                            "CREATE TABLE part1 PARTITION OF parts DEFAULT"),
                    RefusedTable.of(
                            "inheritance",
                            "heir",
                            "CREATE TABLE base (id INT PRIMARY KEY)",
                            "CREATE TABLE heir (PRIMARY KEY (id)) INHERITS (base)"),
                    RefusedTable.of("inheritance", "base"),
                    RefusedTable.of("unlogged", "volatile", "CREATE UNLOGGED TABLE volatile (id INT PRIMARY KEY)"),
                    RefusedTable.of(
                            "rules",
                            "ruled",
                            "CREATE TABLE ruled (id INT PRIMARY KEY)",
                            "CREATE RULE r AS ON DELETE TO ruled DO INSTEAD NOTHING"),
                    RefusedTable.of("view", "kept", "CREATE MATERIALIZED VIEW kept AS SELECT 1"));
        }

        @Override
        List<String> trigger() {
            return List.of(
                    "CREATE FUNCTION same() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
                    "CREATE TRIGGER before_parent BEFORE UPDATE ON parent FOR EACH ROW EXECUTE FUNCTION same()");
        }
    }

    @Nested
    class Locks extends LocksContract {

        @Override
        io.dtx.test.Database fresh() {
            return Databases.postgreSql().createFresh();
        }

        @Override
        Stream<Equals> equalKeys() {
            return Stream.of(
                    new Equals("varchar(20)", List.of(List.of("'a'"), List.of("'A'"), List.of("'a '"))),
                    new Equals("char(5)", List.of(List.of("'a'", "'a '"), List.of("'A'"))),
                    new Equals(
                            "numeric",
                            List.of(
                                    List.of("1", "1.00"),
                                    List.of("1.01"),
                                    List.of("'NaN'"),
                                    List.of("0", "0.000", "-0"))),
                    new Equals("double precision", List.of(List.of("0", "'-0'"), List.of("'NaN'"), List.of("1"))),
                    new Equals(
                            "timestamptz",
                            List.of(
                                    List.of("'2024-10-27 02:30:00+02'", "'2024-10-27 00:30:00+00'"),
                                    List.of("'2024-10-27 02:30:00+01'"))),
                    new Equals("inet", List.of(List.of("'10.0.0.1'", "'10.0.0.1/32'"), List.of("'10.0.0.1/8'"))));
        }
    }

    @Nested
    class TheUndoLog extends UndoLogContract {

        @Override
        io.dtx.test.Database fresh() {
            return Databases.postgreSql().createFresh();
        }

        @Override
        String otherTimeZone() {
            return "SET TimeZone = 'Asia/Karachi'";
        }

        @Test
        @DisplayName(
                "T16: undo_log is found through the search path, and still the connection starts in another schema")
        void t16_aSearchPathThatBeginsElsewhereIsNoticed() throws SQLException {
            setup.run("CREATE SCHEMA elsewhere");
            BranchId branch = UndoSetup.newBranch();
            try (Connection connection = setup.server.connect()) {
                connection.createStatement().execute("SET search_path = elsewhere, public");
                assertThatExceptionOfType(UndoLogException.class)
                        .isThrownBy(() -> setup.undoLog.insert(connection, branch, new EncodedUndo("", new byte[0])))
                        .withMessageContaining("does not lead to the resource");
                assertThatExceptionOfType(UndoLogException.class)
                        .isThrownBy(() -> setup.restore.restore(connection, branch));
            }
        }
    }
}
