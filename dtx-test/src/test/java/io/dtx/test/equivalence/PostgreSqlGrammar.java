package io.dtx.test.equivalence;

import static io.dtx.test.equivalence.Kind.sample;

import io.dtx.sql.Dialect;
import io.dtx.test.equivalence.Grammar.Sessions;
import io.dtx.test.equivalence.Grammar.Types;
import io.dtx.test.equivalence.Grammar.Words;
import io.dtx.test.equivalence.Kind.Sort;
import io.dtx.test.equivalence.Kind.Use;
import io.dtx.test.equivalence.Step.Keys;
import java.math.BigDecimal;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/** PostgreSQL. */
final class PostgreSqlGrammar {

    private PostgreSqlGrammar() {}

    private static final String TEXT = "CAST({c} AS text)";

    private static final Kind INT = new Kind(
            "integer",
            Sort.NUMBER,
            Use.KEY,
            TEXT,
            "?",
            List.of(sample("-7", -7), sample("1", 1), sample("2", 2), sample("3", 3L), sample("40", 40)));
    private static final Kind CLOCK = new Kind(
            "timestamptz",
            Sort.OTHER,
            Use.KEY,
            TEXT,
            "?",
            List.of(
                    sample("'2024-10-27 02:30:00.123456+02'", OffsetDateTime.parse("2024-10-27T02:30:00.123456+02:00")),
                    sample(
                            "'2024-10-27 02:30:00.123456+01'",
                            OffsetDateTime.parse("2024-10-27T02:30:00.123456+01:00"))));

    private static Kind text(String type, Use use) {
        return new Kind(
                type,
                Sort.TEXT,
                use,
                "octet_length({c}) || '|' || {c}",
                "CAST(? AS " + type.replace(" COLLATE ci", "") + ")",
                List.of(
                        sample("'a'", "a"),
                        sample("'A'", "A"),
                        sample("'b'", "b"),
                        sample("'a '", "a "),
                        sample("''", ""),
                        sample("'it''s'", "it's"),
                        sample("'?,;--'", "?,;--"),
                        sample("E'\\\\'", "\\"),
                        sample("'\ud83d\ude00'", "\ud83d\ude00")));
    }

    private static Kind cast(String type, Use use, String... values) {
        return new Kind(
                type,
                Sort.OTHER,
                use,
                TEXT,
                "CAST(? AS " + type + ")",
                List.of(values).stream()
                        .map(value -> sample("CAST('" + value.replace("'", "''") + "' AS " + type + ")", value))
                        .toList());
    }

    private static final List<Kind> KINDS = List.of(
            INT,
            INT,
            new Kind(
                    "bigint",
                    Sort.NUMBER,
                    Use.KEY,
                    TEXT,
                    "?",
                    List.of(sample("0", 0), sample("5", 5L), sample("9223372036854775807", Long.MAX_VALUE))),
            new Kind(
                    "numeric(12,3)",
                    Sort.NUMBER,
                    Use.KEY,
                    TEXT,
                    "?",
                    List.of(
                            sample("1.1", new BigDecimal("1.1")),
                            sample("0", BigDecimal.ZERO),
                            sample("-2.500", new BigDecimal("-2.500")))),
            new Kind(
                    "numeric",
                    Sort.NUMBER,
                    Use.KEY,
                    TEXT,
                    "?",
                    List.of(
                            sample("1.0", new BigDecimal("1.0")),
                            sample("1.00", new BigDecimal("1.00")),
                            sample("'NaN'::numeric", new BigDecimal("7")))),
            text("varchar(20)", Use.KEY),
            text("varchar(20)", Use.KEY),
            text("text", Use.KEY),
            text("char(6)", Use.KEY),
            text("text COLLATE ci", Use.COMPARED),
            new Kind(
                    "bytea",
                    Sort.OTHER,
                    Use.KEY,
                    "encode({c}, 'hex')",
                    "?",
                    List.of(
                            sample("'\\x00'::bytea", new byte[] {0}),
                            sample("'\\x0000'::bytea", new byte[] {0, 0}),
                            sample("''::bytea", new byte[0]))),
            new Kind(
                    "date",
                    Sort.OTHER,
                    Use.KEY,
                    TEXT,
                    "?",
                    List.of(
                            sample("DATE '2024-02-29'", LocalDate.of(2024, 2, 29)),
                            sample("DATE 'infinity'", LocalDate.of(1, 1, 1)))),
            new Kind(
                    "time(2)",
                    Sort.OTHER,
                    Use.KEY,
                    TEXT,
                    "?",
                    List.of(
                            sample("TIME '24:00:00'", LocalTime.NOON),
                            sample("TIME '12:00:00.25'", LocalTime.MIDNIGHT))),
            new Kind(
                    "timestamp(3)",
                    Sort.OTHER,
                    Use.KEY,
                    TEXT,
                    "?",
                    List.of(
                            sample(
                                    "TIMESTAMP '2024-10-27 02:30:00.123'",
                                    LocalDateTime.parse("2024-10-27T02:30:00.123")),
                            sample("TIMESTAMP '-infinity'", LocalDateTime.parse("1900-01-01T00:00:00")))),
            CLOCK,
            new Kind(
                    "double precision",
                    Sort.OTHER,
                    Use.COMPARED,
                    "encode(float8send({c}), 'hex')",
                    "?",
                    List.of(sample("0.1", 0.1), sample("'-0'::float8", -0.0), sample("'NaN'::float8", Double.NaN))),
            new Kind(
                    "real",
                    Sort.OTHER,
                    Use.COMPARED,
                    "encode(float4send({c}), 'hex')",
                    "?",
                    List.of(sample("0.1", 0.1f), sample("1e-45", 1.4E-45f))),
            new Kind("boolean", Sort.OTHER, Use.KEY, TEXT, "?", List.of(sample("TRUE", true), sample("FALSE", false))),
            new Kind(
                    "uuid",
                    Sort.OTHER,
                    Use.KEY,
                    TEXT,
                    "?",
                    List.of(
                            sample(
                                    "'123e4567-e89b-12d3-a456-426614174000'",
                                    UUID.fromString("123e4567-e89b-12d3-a456-426614174000")),
                            sample("'00000000-0000-0000-0000-000000000001'", new UUID(0, 1)))),
            cast("positive", Use.KEY, "1.00", "2.50"),
            cast("mood", Use.KEY, "sad", "it's ok", "B"),
            cast("inet", Use.KEY, "10.0.0.1", "10.0.0.1/8", "::1"),
            cast("macaddr", Use.KEY, "08:00:2b:01:02:03", "08:00:2b:01:02:04"),
            cast("bit(8)", Use.KEY, "00000000", "10000001"),
            cast("varbit(9)", Use.KEY, "", "101"),
            cast("json", Use.STORED, "{\"a\":  [1, 2.50],\"a\":1}", "null"),
            cast("jsonb", Use.COMPARED, "{\"a\":  [1, 2.50]}", "null", "1.00"),
            cast("integer[]", Use.COMPARED, "{1,NULL,3}", "[0:1][1:2]={{1,2},{3,4}}", "{}"),
            cast("text[]", Use.COMPARED, "{\"a,b\",NULL,\"NULL\"}", "{}"),
            cast("int4range", Use.COMPARED, "[1,5)", "empty", "(,)"));

    private static final Set<Shape> CAPTURED = EnumSet.of(
            Shape.INSERT_ROW,
            Shape.INSERT_ROWS,
            Shape.INSERT_DEFAULT_VALUES,
            Shape.UPDATE,
            Shape.DELETE,
            Shape.SELECT,
            Shape.FOR_UPDATE,
            Shape.FOR_UPDATE_NOWAIT,
            Shape.FOR_UPDATE_SKIP_LOCKED,
            Shape.FOR_NO_KEY_UPDATE,
            Shape.FOR_SHARE,
            Shape.INSERT_SELECT,
            Shape.INSERT_RETURNING,
            Shape.ON_CONFLICT_NOTHING,
            Shape.ON_CONFLICT_UPDATE,
            Shape.MERGE,
            Shape.UPDATE_FROM,
            Shape.UPDATE_CTE,
            Shape.UPDATE_RETURNING,
            Shape.DELETE_USING,
            Shape.DELETE_CTE,
            Shape.DELETE_RETURNING,
            Shape.ON_CONFLICT_RETURNING,
            Shape.FOR_KEY_SHARE,
            Shape.MIXED_BATCH);

    static final Grammar ALL = new Grammar(
            Dialect.POSTGRESQL,
            "PostgreSQL 18",
            List.of(
                    "CREATE TYPE mood AS ENUM ('sad', 'it''s ok', 'B')",
                    "CREATE DOMAIN positive AS numeric(10,2) CHECK (value > 0)",
                    "CREATE COLLATION ci (provider = icu, locale = 'und-u-ks-level2', deterministic = false)"),
            new Types(KINDS, INT, CLOCK),
            new Words(
                    "integer GENERATED BY DEFAULT AS IDENTITY (START WITH 10000)",
                    "integer GENERATED ALWAYS AS IDENTITY (START WITH 10000)",
                    null,
                    List.of("bigint GENERATED ALWAYS AS ({e}) STORED", "bigint GENERATED ALWAYS AS ({e}) VIRTUAL")),
            new Sessions(
                    List.of("SET TimeZone = 'UTC'", "SET extra_float_digits = 3", "SET bytea_output = 'hex'"),
                    List.of(
                            List.of("SET TimeZone = 'Europe/Berlin'", "SET IntervalStyle = 'sql_standard'"),
                            List.of("SET extra_float_digits = -10", "SET bytea_output = 'escape'")),
                    List.of("reWriteBatchedInserts=true", "prepareThreshold=1", "preferQueryMode=simple")),
            List.of(Keys.FLAG, Keys.NAMES),
            CAPTURED,
            EnumSet.of(Shape.UPDATE_KEY, Shape.TRUNCATE, Shape.CREATE_INDEX, Shape.TWO_STATEMENTS, Shape.WRITING_CTE));
}
