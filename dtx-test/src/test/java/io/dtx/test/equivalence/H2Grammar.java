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
import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/** H2 in its regular mode. */
final class H2Grammar {

    private H2Grammar() {}

    private static final String TEXT = "CAST({c} AS VARCHAR)";

    private static final Kind INT = new Kind(
            "INTEGER",
            Sort.NUMBER,
            Use.KEY,
            TEXT,
            "?",
            List.of(sample("-7", -7), sample("1", 1), sample("2", 2), sample("3", 3L), sample("40", 40)));
    private static final Kind CLOCK = new Kind(
            "TIMESTAMP(6) WITH TIME ZONE",
            Sort.OTHER,
            Use.KEY,
            TEXT,
            "?",
            List.of(
                    sample(
                            "TIMESTAMP WITH TIME ZONE '2024-10-27 02:30:00.123456+02:00'",
                            OffsetDateTime.parse("2024-10-27T02:30:00.123456+02:00")),
                    sample(
                            "TIMESTAMP WITH TIME ZONE '2024-10-27 02:30:00.123456+01:00'",
                            OffsetDateTime.parse("2024-10-27T02:30:00.123456+01:00"))));

    private static Kind text(String type, Use use) {
        return new Kind(
                type,
                Sort.TEXT,
                use,
                "LENGTH({c}) || '|' || {c}",
                "?",
                List.of(
                        sample("'a'", "a"),
                        sample("'A'", "A"),
                        sample("'b'", "b"),
                        sample("'a '", "a "),
                        sample("''", ""),
                        sample("'it''s'", "it's"),
                        sample("'?,;--'", "?,;--"),
                        sample("'\\'", "\\"),
                        sample("'\ud83d\ude00'", "\ud83d\ude00")));
    }

    private static final List<Kind> KINDS = List.of(
            INT,
            INT,
            new Kind(
                    "BIGINT",
                    Sort.NUMBER,
                    Use.KEY,
                    TEXT,
                    "?",
                    List.of(sample("0", 0), sample("5", 5L), sample("9223372036854775807", Long.MAX_VALUE))),
            new Kind(
                    "DECIMAL(12,3)",
                    Sort.NUMBER,
                    Use.KEY,
                    TEXT,
                    "?",
                    List.of(
                            sample("1.1", new BigDecimal("1.1")),
                            sample("0", BigDecimal.ZERO),
                            sample("-2.500", new BigDecimal("-2.500")))),
            new Kind(
                    "DECFLOAT(20)",
                    Sort.OTHER,
                    Use.COMPARED,
                    TEXT,
                    "?",
                    List.of(sample("1.10", new BigDecimal("1.10")), sample("CAST('NaN' AS DECFLOAT)", 7))),
            text("VARCHAR(20)", Use.KEY),
            text("VARCHAR(20)", Use.KEY),
            // In no index: H2 2.4 keeps the case of the first of equal values there, and reads the column from there.
            text("VARCHAR_IGNORECASE(20)", Use.COMPARED),
            text("CHAR(6)", Use.KEY),
            text("CLOB", Use.STORED),
            new Kind(
                    "VARBINARY(8)",
                    Sort.OTHER,
                    Use.KEY,
                    "RAWTOHEX({c})",
                    "?",
                    List.of(
                            sample("X'00'", new byte[] {0}),
                            sample("X'0000'", new byte[] {0, 0}),
                            sample("X''", new byte[0]))),
            new Kind(
                    "BLOB",
                    Sort.OTHER,
                    Use.STORED,
                    "RAWTOHEX({c})",
                    "?",
                    List.of(sample("X'00FF'", new byte[] {0, -1}), sample("X''", new byte[9_000]))),
            new Kind(
                    "DATE",
                    Sort.OTHER,
                    Use.KEY,
                    TEXT,
                    "?",
                    List.of(
                            sample("DATE '2024-02-29'", LocalDate.of(2024, 2, 29)),
                            sample("DATE '9999-12-31'", LocalDate.of(1, 1, 1)))),
            new Kind(
                    "TIME(3)",
                    Sort.OTHER,
                    Use.KEY,
                    TEXT,
                    "?",
                    List.of(
                            sample("TIME '23:59:59.999'", LocalTime.NOON),
                            sample("TIME '00:00:00'", LocalTime.MIDNIGHT))),
            new Kind(
                    "TIMESTAMP(9)",
                    Sort.OTHER,
                    Use.KEY,
                    TEXT,
                    "?",
                    List.of(
                            sample(
                                    "TIMESTAMP '2024-10-27 02:30:00.123456789'",
                                    LocalDateTime.parse("2024-10-27T02:30:00.123456789")),
                            sample("TIMESTAMP '1900-01-01 00:00:00'", LocalDateTime.parse("2024-03-31T02:30:00")))),
            CLOCK,
            new Kind(
                    "DOUBLE PRECISION",
                    Sort.OTHER,
                    Use.COMPARED,
                    TEXT,
                    "?",
                    List.of(sample("0.1E0", 0.1), sample("CAST('NaN' AS DOUBLE PRECISION)", 4.9E-324))),
            new Kind(
                    "REAL",
                    Sort.OTHER,
                    Use.COMPARED,
                    TEXT,
                    "?",
                    List.of(sample("0.1E0", 0.1f), sample("1.4E-45", 3.4028235E38f))),
            new Kind("BOOLEAN", Sort.OTHER, Use.KEY, TEXT, "?", List.of(sample("TRUE", true), sample("FALSE", false))),
            new Kind(
                    "UUID",
                    Sort.OTHER,
                    Use.KEY,
                    TEXT,
                    "?",
                    List.of(
                            sample(
                                    "UUID '123e4567-e89b-12d3-a456-426614174000'",
                                    UUID.fromString("123e4567-e89b-12d3-a456-426614174000")),
                            sample("UUID '00000000-0000-0000-0000-000000000001'", new UUID(0, 1)))),
            new Kind(
                    "ENUM('a', 'B', 'c d')",
                    Sort.OTHER,
                    Use.KEY,
                    TEXT,
                    "?",
                    List.of(sample("'a'", "a"), sample("'B'", "B"), sample("'c d'", "c d"))),
            new Kind(
                    "JSON",
                    Sort.OTHER,
                    Use.STORED,
                    TEXT,
                    "?",
                    List.of(
                            sample(
                                    "JSON '{\"a\": [1, 2.50, \"x\"]}'",
                                    "{\"a\": [1, 2.50]}".getBytes(StandardCharsets.UTF_8)),
                            sample("JSON 'null'", "\"text\"".getBytes(StandardCharsets.UTF_8)))));

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
            Shape.INSERT_SELECT,
            Shape.MERGE,
            Shape.MERGE_KEY,
            Shape.MIXED_BATCH);

    static final Grammar ALL = new Grammar(
            Dialect.H2,
            "H2 2.4",
            List.of(),
            new Types(KINDS, INT, CLOCK),
            new Words(
                    "INTEGER GENERATED BY DEFAULT AS IDENTITY (START WITH 10000)",
                    "INTEGER GENERATED ALWAYS AS IDENTITY (START WITH 10000)",
                    CLOCK.type() + " DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP NOT NULL",
                    List.of("BIGINT GENERATED ALWAYS AS ({e})")),
            new Sessions(List.of("SET TIME ZONE 'UTC'"), List.of(List.of("SET TIME ZONE 'Europe/Berlin'")), List.of()),
            List.of(Keys.FLAG, Keys.NAMES, Keys.INDEXES),
            CAPTURED,
            EnumSet.of(Shape.UPDATE_KEY, Shape.TRUNCATE, Shape.CREATE_INDEX, Shape.TWO_STATEMENTS));
}
