package io.dtx.sql;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The functions known to change nothing, per family of databases. What is not listed may be anyone's function and is
 * refused. Sequences count as harmless: no database takes a sequence's value back on rollback either. A name is listed
 * for MySQL only if both MySQL 8 and MariaDB build it in, for PostgreSQL only if version 14 does: where it is missing, a
 * user's function may carry it. What only some build in is listed for their {@link Edition}.
 *
 * <p>Not proven, and documented as a limit: that PostgreSQL resolves the name to its own function (a user's overload
 * for other argument types wins), that casts, operators on user types, views and column defaults call nothing that
 * writes.
 */
final class Functions {

    /** What is known of a harmless function. */
    enum Nature {
        /** Gives the same for the same row, or changes only as the clock does. */
        STABLE,
        /** Gives the number that the session generated last: another one after an INSERT. */
        LAST_GENERATED,
        /** May give another value each time it is asked. */
        VOLATILE,
        /** Makes one value of many rows, or looks at neighbouring rows. */
        AGGREGATE,
        /** Makes rows. */
        ROWS
    }

    private static final String STABLE_EVERYWHERE = """
            ABS ACOS ASIN ATAN ATAN2 CEIL CEILING COS COT DEGREES EXP FLOOR LN LOG LOG10 MOD PI POWER RADIANS ROUND
            SIGN SIN SQRT TAN
            ASCII BIT_LENGTH CHAR_LENGTH CHARACTER_LENGTH CONCAT CONCAT_WS LEFT LENGTH LOWER LPAD LTRIM OCTET_LENGTH
            POSITION REPEAT REPLACE RIGHT RPAD RTRIM SUBSTR SUBSTRING TRIM UPPER
            CAST COALESCE EXTRACT GREATEST LEAST NULLIF
            CURRENT_TIME CURRENT_TIMESTAMP LOCALTIME LOCALTIMESTAMP
            """;

    private static final String AGGREGATE_EVERYWHERE = """
            AVG COUNT MAX MIN STDDEV_POP STDDEV_SAMP SUM VAR_POP VAR_SAMP
            CUME_DIST DENSE_RANK FIRST_VALUE LAG LAST_VALUE LEAD NTH_VALUE NTILE PERCENT_RANK RANK ROW_NUMBER
            """;

    private static final String MYSQL_STABLE = """
            BIN BIT_COUNT CHAR CONV CRC32 ELT EXPORT_SET FIELD FIND_IN_SET FORMAT FROM_BASE64 HEX INSTR LCASE LOCATE
            LOG2 MAKE_SET MD5 MID OCT ORD POW QUOTE REGEXP_INSTR REGEXP_REPLACE REGEXP_SUBSTR REVERSE SHA SHA1 SHA2
            SOUNDEX SPACE STRCMP SUBSTRING_INDEX TO_BASE64 TRUNCATE UCASE UNHEX WEIGHT_STRING
            IF IFNULL INTERVAL ISNULL CONVERT BINARY SIGNED UNSIGNED DECIMAL VALUES DEFAULT
            ADDDATE ADDTIME CONVERT_TZ CURDATE CURRENT_DATE CURTIME DATE DATEDIFF DATE_ADD DATE_FORMAT DATE_SUB DAY
            DAYNAME DAYOFMONTH DAYOFWEEK DAYOFYEAR FROM_DAYS FROM_UNIXTIME GET_FORMAT HOUR LAST_DAY MAKEDATE MAKETIME
            MICROSECOND MINUTE MONTH MONTHNAME NOW PERIOD_ADD PERIOD_DIFF QUARTER SECOND SEC_TO_TIME STR_TO_DATE
            SUBDATE SUBTIME TIME TIMEDIFF TIMESTAMP TIMESTAMPADD TIMESTAMPDIFF TIME_FORMAT TIME_TO_SEC TO_DAYS
            TO_SECONDS UNIX_TIMESTAMP UTC_DATE UTC_TIME UTC_TIMESTAMP WEEK WEEKDAY WEEKOFYEAR YEAR YEARWEEK
            AES_DECRYPT AES_ENCRYPT COMPRESS UNCOMPRESS UNCOMPRESSED_LENGTH
            INET_ATON INET_NTOA INET6_ATON INET6_NTOA IS_IPV4 IS_IPV6
            JSON_ARRAY JSON_ARRAY_APPEND JSON_ARRAY_INSERT JSON_CONTAINS JSON_CONTAINS_PATH JSON_DEPTH JSON_EXTRACT
            JSON_INSERT JSON_KEYS JSON_LENGTH JSON_MERGE_PATCH JSON_MERGE_PRESERVE JSON_OBJECT JSON_OVERLAPS
            JSON_QUOTE JSON_REMOVE JSON_REPLACE JSON_SEARCH JSON_SET JSON_TYPE JSON_UNQUOTE JSON_VALID JSON_VALUE
            CHARSET COERCIBILITY COLLATION CONNECTION_ID CURRENT_USER DATABASE SCHEMA SESSION_USER SYSTEM_USER USER
            VERSION MATCH
            """;

    private static final String MYSQL_AGGREGATE = """
            BIT_AND BIT_OR BIT_XOR GROUP_CONCAT JSON_ARRAYAGG JSON_OBJECTAGG STD STDDEV VARIANCE
            """;

    private static final String MYSQL_VOLATILE = "RAND SLEEP SYSDATE UUID UUID_SHORT RANDOM_BYTES";

    private static final String POSTGRESQL_STABLE = """
            ACOSD ACOSH ASIND ASINH ATAN2D ATAND ATANH CBRT COSD COSH COTD DIV FACTORIAL GCD LCM MIN_SCALE SCALE SIND
            SINH TAND TANH TRIM_SCALE TRUNC WIDTH_BUCKET
            BTRIM CHR FORMAT INITCAP MD5 OVERLAY PARSE_IDENT QUOTE_IDENT QUOTE_LITERAL QUOTE_NULLABLE
            REGEXP_MATCH REGEXP_REPLACE REVERSE SPLIT_PART STARTS_WITH STRPOS
            TO_HEX TRANSLATE UNISTR
            BIT_COUNT CONVERT CONVERT_FROM CONVERT_TO DECODE ENCODE GET_BIT GET_BYTE SET_BIT SET_BYTE SHA224 SHA256
            SHA384 SHA512
            TO_CHAR TO_DATE TO_NUMBER TO_TIMESTAMP
            AGE DATE DATE_BIN DATE_PART DATE_TRUNC ISFINITE JUSTIFY_DAYS JUSTIFY_HOURS JUSTIFY_INTERVAL MAKE_DATE
            MAKE_INTERVAL MAKE_TIME MAKE_TIMESTAMP MAKE_TIMESTAMPTZ NOW STATEMENT_TIMESTAMP TIMEZONE
            TRANSACTION_TIMESTAMP
            ARRAY_APPEND ARRAY_CAT ARRAY_DIMS ARRAY_FILL ARRAY_LENGTH ARRAY_LOWER ARRAY_NDIMS ARRAY_POSITION
            ARRAY_POSITIONS ARRAY_PREPEND ARRAY_REMOVE ARRAY_REPLACE ARRAY_TO_STRING ARRAY_UPPER CARDINALITY
            STRING_TO_ARRAY TRIM_ARRAY
            ARRAY_TO_JSON JSONB_ARRAY_LENGTH JSONB_BUILD_ARRAY JSONB_BUILD_OBJECT JSONB_EXTRACT_PATH
            JSONB_EXTRACT_PATH_TEXT JSONB_INSERT JSONB_OBJECT JSONB_PATH_EXISTS JSONB_PATH_MATCH JSONB_PATH_QUERY_ARRAY
            JSONB_PATH_QUERY_FIRST JSONB_PRETTY JSONB_SET JSONB_SET_LAX JSONB_STRIP_NULLS JSONB_TYPEOF
            JSON_ARRAY_LENGTH JSON_BUILD_ARRAY JSON_BUILD_OBJECT JSON_EXTRACT_PATH JSON_EXTRACT_PATH_TEXT
            JSON_STRIP_NULLS JSON_TYPEOF ROW_TO_JSON TO_JSON TO_JSONB
            ISEMPTY LOWER_INC LOWER_INF RANGE_MERGE UPPER_INC UPPER_INF DATERANGE INT4RANGE INT8RANGE NUMRANGE TSRANGE
            TSTZRANGE
            PHRASETO_TSQUERY PLAINTO_TSQUERY TO_TSQUERY TO_TSVECTOR TS_HEADLINE TS_RANK TS_RANK_CD
            WEBSEARCH_TO_TSQUERY
            CURRENT_CATALOG CURRENT_DATABASE CURRENT_SCHEMA CURRENT_SCHEMAS CURRENT_SETTING CURRENT_USER SESSION_USER
            VERSION HASHTEXT PG_BACKEND_PID PG_TYPEOF PG_TABLE_IS_VISIBLE FORMAT_TYPE OBJ_DESCRIPTION COL_DESCRIPTION
            PG_GET_EXPR TXID_CURRENT_IF_ASSIGNED
            """;

    private static final String POSTGRESQL_AGGREGATE = """
            ARRAY_AGG BIT_AND BIT_OR BIT_XOR BOOL_AND BOOL_OR CORR COVAR_POP COVAR_SAMP EVERY GROUPING JSONB_AGG
            JSONB_OBJECT_AGG JSON_AGG JSON_OBJECT_AGG MODE PERCENTILE_CONT PERCENTILE_DISC RANGE_AGG
            RANGE_INTERSECT_AGG REGR_AVGX REGR_AVGY REGR_COUNT REGR_INTERCEPT REGR_R2 REGR_SLOPE REGR_SXX REGR_SXY
            REGR_SYY STDDEV STRING_AGG VARIANCE XMLAGG
            """;

    private static final String POSTGRESQL_ROWS = """
            GENERATE_SERIES GENERATE_SUBSCRIPTS JSONB_ARRAY_ELEMENTS JSONB_ARRAY_ELEMENTS_TEXT JSONB_EACH
            JSONB_EACH_TEXT JSONB_OBJECT_KEYS JSONB_PATH_QUERY JSONB_TO_RECORD JSONB_TO_RECORDSET JSON_ARRAY_ELEMENTS
            JSON_ARRAY_ELEMENTS_TEXT JSON_EACH JSON_EACH_TEXT JSON_OBJECT_KEYS REGEXP_MATCHES REGEXP_SPLIT_TO_TABLE
            STRING_TO_TABLE UNNEST
            """;

    private static final String POSTGRESQL_VOLATILE =
            "CLOCK_TIMESTAMP CURRVAL GEN_RANDOM_UUID NEXTVAL PG_SLEEP RANDOM TIMEOFDAY";

    private static final String H2_STABLE = """
            BITAND BITOR BITXOR BITNOT BITCOUNT COSH SINH TANH TRUNC TRUNCATE LSHIFT RSHIFT ZERO
            CHAR CHR DIFFERENCE HEXTORAW INSTR LCASE LOCATE QUOTE_IDENT RAWTOHEX REGEXP_LIKE REGEXP_REPLACE
            REGEXP_SUBSTR SOUNDEX SPACE STRINGDECODE STRINGENCODE STRINGTOUTF8 TO_CHAR TRANSLATE UCASE UTF8TOSTRING
            HASH ORA_HASH COMPRESS EXPAND ENCRYPT DECRYPT
            CASEWHEN CONVERT DECODE IFNULL NVL NVL2 NULLIF
            CURDATE CURRENT_DATE CURTIME DATEADD DATEDIFF DATE_TRUNC DAY DAYNAME
            DAY_OF_MONTH DAY_OF_WEEK DAY_OF_YEAR DAYOFMONTH DAYOFWEEK DAYOFYEAR FORMATDATETIME HOUR LAST_DAY MINUTE
            MONTH MONTHNAME NOW PARSEDATETIME QUARTER SECOND TIMESTAMPADD TIMESTAMPDIFF WEEK YEAR
            ARRAY_APPEND ARRAY_CAT ARRAY_CONTAINS ARRAY_GET ARRAY_LENGTH ARRAY_MAX_CARDINALITY ARRAY_SLICE CARDINALITY
            TRIM_ARRAY JSON_ARRAY JSON_OBJECT
            CURRENT_CATALOG CURRENT_ROLE CURRENT_SCHEMA CURRENT_USER DATABASE DATABASE_PATH H2VERSION LOCK_MODE
            LOCK_TIMEOUT SCHEMA SESSION_ID SESSION_USER SYSTEM_USER USER
            """;

    private static final String H2_AGGREGATE = """
            ANY_VALUE ARRAY_AGG BIT_AND_AGG BIT_OR_AGG BIT_XOR_AGG CORR COVAR_POP COVAR_SAMP EVERY GROUPING
            GROUP_CONCAT HISTOGRAM JSON_ARRAYAGG JSON_OBJECTAGG LISTAGG MEDIAN MODE PERCENTILE_CONT PERCENTILE_DISC
            RATIO_TO_REPORT REGR_AVGX REGR_AVGY REGR_COUNT REGR_INTERCEPT REGR_R2 REGR_SLOPE REGR_SXX REGR_SXY
            REGR_SYY STDDEV STRING_AGG VARIANCE
            """;

    private static final String H2_ROWS = "SYSTEM_RANGE UNNEST";

    private static final String H2_VOLATILE = "CURRVAL NEXTVAL RAND RANDOM RANDOM_UUID ROWNUM SECURE_RAND UUID";

    private static final Map<Dialect, Map<String, Nature>> KNOWN = Map.of(
            Dialect.MYSQL, table(MYSQL_STABLE, MYSQL_VOLATILE, MYSQL_AGGREGATE, ""),
            Dialect.POSTGRESQL, table(POSTGRESQL_STABLE, POSTGRESQL_VOLATILE, POSTGRESQL_AGGREGATE, POSTGRESQL_ROWS),
            Dialect.H2, table(H2_STABLE, H2_VOLATILE, H2_AGGREGATE, H2_ROWS));

    private static final Map<Edition, Map<String, Nature>> MORE = Map.of(
            Edition.COMMON, Map.of(),
            Edition.MYSQL_8, more("BIN_TO_UUID IS_UUID REGEXP_LIKE UUID_TO_BIN", "", "ANY_VALUE GROUPING"),
            Edition.MARIADB, more("NVL NVL2", "NEXTVAL", ""),
            Edition.POSTGRESQL_18,
                    more("REGEXP_COUNT REGEXP_INSTR REGEXP_LIKE REGEXP_SUBSTR", "UUIDV4 UUIDV7", "ANY_VALUE"));

    /** What dtx's own statements on the same connection overwrite. */
    private static final Set<String> OVERWRITTEN =
            Set.of("LAST_INSERT_ID", "ROW_COUNT", "FOUND_ROWS", "LASTVAL", "IDENTITY", "SCOPE_IDENTITY");

    /**
     * Without IGNORE_SPACE, MySQL takes these for its own functions only if the bracket touches the name: with a blank
     * between, a stored function of that name is called.
     */
    private static final Set<String> MYSQL_TOUCHING =
            Set.of(("ADDDATE BIT_AND BIT_OR BIT_XOR CAST COUNT CURDATE CURTIME DATE_ADD DATE_SUB EXTRACT GROUP_CONCAT "
                            + "JSON_ARRAYAGG JSON_OBJECTAGG MAX MID MIN NOW POSITION SESSION_USER STD STDDEV STDDEV_POP "
                            + "STDDEV_SAMP SUBDATE SUBSTR SUBSTRING SUM SYSDATE SYSTEM_USER TRIM VARIANCE VAR_POP "
                            + "VAR_SAMP")
                    .split(" "));

    private Functions() {}

    private static Map<String, Nature> table(String stable, String changing, String aggregate, String rows) {
        Map<String, Nature> table = new HashMap<>();
        put(table, STABLE_EVERYWHERE, Nature.STABLE);
        put(table, stable, Nature.STABLE);
        put(table, changing, Nature.VOLATILE);
        put(table, AGGREGATE_EVERYWHERE, Nature.AGGREGATE);
        put(table, aggregate, Nature.AGGREGATE);
        put(table, rows, Nature.ROWS);
        return Map.copyOf(table);
    }

    private static Map<String, Nature> more(String stable, String changing, String aggregate) {
        Map<String, Nature> table = new HashMap<>();
        put(table, stable, Nature.STABLE);
        put(table, changing, Nature.VOLATILE);
        put(table, aggregate, Nature.AGGREGATE);
        return Map.copyOf(table);
    }

    private static void put(Map<String, Nature> table, String names, Nature nature) {
        for (String name : names.strip().split("\\s+")) {
            if (!name.isEmpty()) {
                table.put(name, nature);
            }
        }
    }

    /** What is known of the function; null if it is not known to be harmless. */
    static @Nullable Nature nature(SessionRules rules, String name) {
        Nature common = known(rules.dialect()).get(name);
        return common != null ? common : more(rules.edition()).get(name);
    }

    /** Those that are known to be harmless beside the others, where this is the server. */
    static Map<String, Nature> more(Edition edition) {
        return MORE.getOrDefault(edition, Map.of());
    }

    /** All functions known to be harmless on every server. */
    static Map<String, Nature> known(Dialect dialect) {
        return KNOWN.getOrDefault(dialect, Map.of());
    }

    /** What the session generated last, without arguments: dtx's undo insert changes it, and it is put back when it is asked for. */
    static boolean lastGenerated(Dialect dialect, String name) {
        return switch (dialect) {
            case MYSQL -> name.equals("LAST_INSERT_ID");
            case POSTGRESQL -> name.equals("LASTVAL");
            case H2 -> false;
        };
    }

    static boolean overwritten(String name) {
        return OVERWRITTEN.contains(name);
    }

    static boolean mustTouchItsBracket(Dialect dialect, String name) {
        return dialect == Dialect.MYSQL && MYSQL_TOUCHING.contains(name);
    }
}
