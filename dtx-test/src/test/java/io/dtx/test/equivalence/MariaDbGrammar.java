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
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** MariaDB; MySQL would leave out its own types. */
final class MariaDbGrammar {

    private MariaDbGrammar() {}

    private static final String TEXT = "CAST({c} AS CHAR)";
    private static final String BYTES = "HEX({c})";

    private static final Kind INT = new Kind(
            "INT",
            Sort.NUMBER,
            Use.KEY,
            TEXT,
            "?",
            List.of(sample("-7", -7), sample("1", 1), sample("2", 2), sample("3", 3), sample("40", 40L)));
    private static final Kind CLOCK = new Kind(
            "TIMESTAMP(6)",
            Sort.OTHER,
            Use.STORED,
            "CONCAT(UNIX_TIMESTAMP({c}), ' ', {c})",
            "?",
            List.of(
                    sample("'2024-10-27 12:30:00.123456'", "2024-10-27 12:30:00.123456"),
                    sample("'2024-03-31 12:00:00'", "2024-03-31 12:00:00")));

    private static Kind text(String type, Use use) {
        return new Kind(
                type,
                Sort.TEXT,
                use,
                BYTES,
                "?",
                List.of(
                        sample("'a'", "a"),
                        sample("'A'", "A"),
                        sample("'b'", "b"),
                        sample("'a '", "a "),
                        sample("''", ""),
                        sample("'\u00e4'", "\u00e4"),
                        sample("'it''s'", "it's"),
                        sample("'?,;--'", "?,;--"),
                        sample("'\ud83d\ude00'", "\ud83d\ude00")));
    }

    private static final List<Kind> KINDS = List.of(
            INT,
            INT,
            new Kind(
                    "BIGINT UNSIGNED",
                    Sort.NUMBER,
                    Use.KEY,
                    TEXT,
                    "?",
                    List.of(
                            sample("0", 0),
                            sample("5", 5L),
                            sample("18446744073709551615", new BigDecimal("18446744073709551615")))),
            new Kind(
                    "DECIMAL(12,3)",
                    Sort.NUMBER,
                    Use.KEY,
                    TEXT,
                    "?",
                    List.of(
                            sample("1.1", new BigDecimal("1.1")),
                            sample("0", BigDecimal.ZERO),
                            sample("-2.500", new BigDecimal("-2.500")),
                            sample("100", 100))),
            text("VARCHAR(20)", Use.KEY),
            text("VARCHAR(20)", Use.KEY),
            text("VARCHAR(20) COLLATE utf8mb4_bin", Use.KEY),
            text("VARCHAR(20) COLLATE utf8mb4_nopad_bin", Use.KEY),
            text("CHAR(6)", Use.KEY),
            text("TEXT", Use.COMPARED),
            new Kind(
                    "VARBINARY(8)",
                    Sort.OTHER,
                    Use.KEY,
                    BYTES,
                    "?",
                    List.of(
                            sample("x'00'", new byte[] {0}),
                            sample("x'0000'", new byte[] {0, 0}),
                            sample("x'275C22'", new byte[] {0x27, 0x5c, 0x22}),
                            sample("''", new byte[0]))),
            new Kind(
                    "LONGBLOB",
                    Sort.OTHER,
                    Use.STORED,
                    BYTES,
                    "?",
                    List.of(sample("x'00FF'", new byte[] {0, -1}), sample("REPEAT('xyz', 9000)", new byte[27_000]))),
            new Kind(
                    "DATE",
                    Sort.OTHER,
                    Use.KEY,
                    TEXT,
                    "?",
                    List.of(sample("'2024-02-29'", "2024-02-29"), sample("'1000-01-01'", "1000-01-01"))),
            new Kind(
                    "TIME(2)",
                    Sort.OTHER,
                    Use.KEY,
                    TEXT,
                    "?",
                    List.of(sample("'-838:59:59.00'", "-838:59:59.00"), sample("'12:00:00.25'", "12:00:00.25"))),
            new Kind(
                    "DATETIME(3)",
                    Sort.OTHER,
                    Use.KEY,
                    TEXT,
                    "?",
                    List.of(
                            sample("'2024-10-27 02:30:00.123'", "2024-10-27 02:30:00.123"),
                            sample("'9999-12-31 23:59:59.999'", "9999-12-31 23:59:59.999"))),
            new Kind(
                    "DOUBLE",
                    Sort.OTHER,
                    Use.COMPARED,
                    "CONCAT({c} + 0E0)",
                    "?",
                    List.of(
                            sample("0.1e0", 0.1),
                            sample("-0e0", -1.5),
                            sample("2.2250738585072014e-308", 2.2250738585072014e-308))),
            new Kind(
                    "FLOAT",
                    Sort.OTHER,
                    Use.STORED,
                    "CONCAT({c} + 0E0)",
                    "?",
                    List.of(sample("0.1", 0.1f), sample("16777217", 16777217))),
            new Kind("BIT(8)", Sort.OTHER, Use.KEY, BYTES, "?", List.of(sample("b'0'", 0), sample("b'10000001'", 129))),
            new Kind(
                    "TINYINT(1)",
                    Sort.NUMBER,
                    Use.COMPARED,
                    TEXT,
                    "?",
                    List.of(sample("TRUE", true), sample("0", 0), sample("5", 5))),
            new Kind(
                    "ENUM('a', 'B', 'c d')",
                    Sort.OTHER,
                    Use.KEY,
                    "CONCAT({c} + 0, {c})",
                    "?",
                    List.of(sample("'a'", "a"), sample("'B'", "b"), sample("'c d'", "c d"))),
            new Kind(
                    "SET('x', 'y')",
                    Sort.OTHER,
                    Use.KEY,
                    "CONCAT({c} + 0, {c})",
                    "?",
                    List.of(sample("'x,y'", "x,y"), sample("''", ""), sample("'y'", "y"))),
            new Kind(
                    "JSON",
                    Sort.OTHER,
                    Use.STORED,
                    BYTES,
                    "?",
                    List.of(sample("'{\"a\":  [1, 2.50]}'", "{\"a\":  [1, 2.50]}"), sample("'null'", "null"))),
            new Kind(
                    "UUID",
                    Sort.OTHER,
                    Use.KEY,
                    TEXT,
                    "?",
                    List.of(
                            sample("'123e4567-e89b-12d3-a456-426614174000'", "123e4567-e89b-12d3-a456-426614174000"),
                            sample("'00000000-0000-0000-0000-000000000001'", "00000000-0000-0000-0000-000000000001"))),
            new Kind("INET6", Sort.OTHER, Use.KEY, TEXT, "?", List.of(sample("'::1'", "::1"), sample("'::'", "::"))),
            CLOCK);

    private static final Set<Shape> CAPTURED = EnumSet.of(
            Shape.INSERT_ROW,
            Shape.INSERT_ROWS,
            Shape.UPDATE,
            Shape.UPDATE_LIMIT,
            Shape.DELETE,
            Shape.DELETE_LIMIT,
            Shape.SELECT,
            Shape.FOR_UPDATE,
            Shape.FOR_UPDATE_NOWAIT,
            Shape.FOR_UPDATE_SKIP_LOCKED,
            Shape.FOR_SHARE,
            Shape.INSERT_SELECT,
            Shape.INSERT_SET,
            Shape.INSERT_RETURNING,
            Shape.INSERT_IGNORE,
            Shape.INSERT_IGNORE_SELECT,
            Shape.ON_DUPLICATE_KEY,
            Shape.REPLACE,
            Shape.UPDATE_JOIN,
            Shape.DELETE_JOIN,
            Shape.DELETE_RETURNING,
            Shape.MIXED_BATCH);

    static final Grammar ALL = new Grammar(
            Dialect.MYSQL,
            "MariaDB 11.4",
            List.of(),
            new Types(KINDS, INT, CLOCK),
            new Words(
                    "INT NOT NULL AUTO_INCREMENT",
                    "INT NOT NULL AUTO_INCREMENT",
                    "TIMESTAMP(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6) ON UPDATE CURRENT_TIMESTAMP(6)",
                    List.of("BIGINT GENERATED ALWAYS AS ({e}) STORED", "BIGINT GENERATED ALWAYS AS ({e}) VIRTUAL")),
            new Sessions(
                    List.of("SET SESSION sql_mode = 'STRICT_TRANS_TABLES,ERROR_FOR_DIVISION_BY_ZERO,"
                            + "NO_ENGINE_SUBSTITUTION', time_zone = '+00:00', auto_increment_increment = 1"),
                    List.of(
                            List.of("SET SESSION sql_mode = CONCAT(@@sql_mode, ',ANSI_QUOTES,NO_BACKSLASH_ESCAPES')"),
                            List.of("SET SESSION time_zone = '+05:30'"),
                            List.of("SET SESSION auto_increment_increment = 3")),
                    List.of("rewriteBatchedStatements=true", "useBulkStmts=true", "useServerPrepStmts=true")),
            List.of(Keys.FLAG, Keys.NAMES, Keys.INDEXES),
            CAPTURED,
            EnumSet.of(
                    Shape.UPDATE_KEY,
                    Shape.TRUNCATE,
                    Shape.CREATE_INDEX,
                    Shape.TWO_STATEMENTS,
                    Shape.EXECUTABLE_COMMENT));
}
