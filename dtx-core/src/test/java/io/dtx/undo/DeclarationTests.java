package io.dtx.undo;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Spellings that no one server shows; what the servers themselves make of altered columns, TypesContract tries. */
class DeclarationTests {

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '"',
            value = {
                "int(11); int; true",
                "int; int(11); true",
                "bigint(20) unsigned; bigint unsigned; true",
                "int(10) unsigned; int; false",
                "tinyint(1); tinyint(4); true",
                "year(4); year; true",
                "varchar(20) utf8_general_ci; varchar(20) utf8mb3_general_ci; true",
                "varchar(20) utf8mb3_general_ci; varchar(20) utf8_general_ci; true",
                "enum('a') utf8_bin; enum('a') utf8mb3_bin; true",
                "varchar(20) utf8mb4_bin; varchar(20) utf8mb3_bin; false",
                "varchar(20) latin1_swedish_ci; varchar(20) latin2_general_ci; false",
                "longtext utf8mb4_bin; longtext utf8mb4_general_ci; true",
                "enum('a,''b',')') utf8mb4_bin; enum(')','x','a,''b') utf8mb4_bin; true",
                "enum('a','b') utf8mb4_bin; enum('a,''b') utf8mb4_bin; false",
                "decimal(10,0); decimal(12,0); true",
                "decimal(10,2); decimal(12,3); false",
                "datetime; datetime(6); false",
                "json; longtext utf8mb4_bin; false",
                "uuid; binary(16); false",
            })
    void onMySql(String was, String is, boolean kept) {
        assertThat(MySqlTypes.keepsValues(Declaration.of(was), Declaration.of(is)))
                .isEqualTo(kept);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '|',
            value = {
                "character varying(20); text; true",
                "timestamp(3) without time zone; timestamp without time zone; true",
                "timestamp(3) without time zone; timestamp(3) with time zone; false",
                "numeric(18,2)[]; numeric(20,2)[]; true",
                "numeric(18,2)[]; numeric(20,2); false",
                "public.\"a(1)\"; public.\"a(2)\"; false",
                "public.text; text; false",
            })
    void onPostgreSql(String was, String is, boolean kept) {
        assertThat(PostgreSqlTypes.keepsValues(Declaration.of(was), Declaration.of(is)))
                .isEqualTo(kept);
    }
}
