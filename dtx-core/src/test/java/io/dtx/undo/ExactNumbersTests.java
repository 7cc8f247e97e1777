package io.dtx.undo;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ExactNumbersTests {

    private static ExactNumbers of(String declared) {
        return Objects.requireNonNull(type(declared).numbers());
    }

    private static ColumnType type(String declared) {
        return MySqlTypes.of(declared.split("[( ]")[0], declared, null, null, "", null);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    tinyint(4)              | -128 | 127
                    tinyint(1)              | -128 | 127
                    tinyint(3) unsigned     | 0 | 255
                    smallint(6)             | -32768 | 32767
                    smallint(5) unsigned    | 0 | 65535
                    mediumint(9)            | -8388608 | 8388607
                    mediumint(8) unsigned   | 0 | 16777215
                    int                     | -2147483648 | 2147483647
                    int(10) unsigned        | 0 | 4294967295
                    bigint(20)              | -9223372036854775808 | 9223372036854775807
                    bigint unsigned         | 0 | 18446744073709551615
                    decimal(5,0)            | -99999 | 99999
                    decimal(5,2)            | -999.99 | 999.99
                    decimal(3,3)            | -0.999 | 0.999
                    decimal(5,2) unsigned   | 0.00 | 999.99
                    """)
    void aColumnHoldsWhatIsBetweenItsBounds(String declared, BigDecimal least, BigDecimal greatest) {
        ExactNumbers numbers = of(declared);
        BigDecimal unit = BigDecimal.ONE.movePointLeft(numbers.scale());
        assertThat(numbers.least()).isEqualTo(least);
        assertThat(numbers.greatest()).isEqualTo(greatest);
        assertThat(numbers.hold(least)).isTrue();
        assertThat(numbers.hold(greatest)).isTrue();
        assertThat(numbers.hold(least.subtract(unit))).isFalse();
        assertThat(numbers.hold(greatest.add(unit))).isFalse();
        assertThat(numbers.hold(unit.movePointLeft(1))).isFalse();
        Form form = type(declared).form();
        for (BigDecimal number : new BigDecimal[] {least, unit, greatest}) {
            assertThat(numbers.read(numbers.written(number, form))).isEqualTo(number);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "int(10) unsigned zerofill",
                "decimal(5,2) unsigned zerofill",
                "decimal",
                "bit(8)",
                "year(4)",
                "float",
                "double",
                "float(7,2)",
                "date"
            })
    void othersAreNotExact(String declared) {
        assertThat(type(declared).numbers()).isNull();
    }

    @Test
    void aNumberIsWrittenWithTheColumnsScale() {
        assertThat(of("decimal(5,2)").written(new BigDecimal("7"), Form.DECIMAL))
                .isEqualTo(Value.decimal("7.00"));
        assertThat(of("bigint unsigned").written(BigDecimal.TEN, Form.DECIMAL)).isEqualTo(Value.decimal("10"));
        assertThat(of("bigint").written(BigDecimal.TEN, Form.INTEGER)).isEqualTo(Value.integer(10));
    }

    @Test
    void whatCanNotHaveComeFromTheColumnIsNotRead() {
        assertThat(of("decimal(5,2)").read(Value.decimal("7.000"))).isNull();
        assertThat(of("decimal(5,2)").read(Value.decimal("7000.00"))).isNull();
        assertThat(of("decimal(5,2)").read(Value.NULL)).isNull();
        assertThat(of("tinyint").read(Value.integer(128))).isNull();
        assertThat(of("tinyint").read(Value.text("1"))).isNull();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    decimal(5,2) | 1.50 | true
                    decimal(5,2) | 1.5 | true
                    decimal(5,2) | -999.99 | true
                    decimal(5,2) | 0 | true
                    decimal(5,2) | 1.500 | false
                    decimal(5,2) | 1000 | false
                    decimal(5,2) | 1E+2 | false
                    decimal(20,10) | 0.000001 | true
                    decimal(20,10) | 0.0000001 | false
                    decimal(20,10) | 0E-7 | false
                    tinyint unsigned | -255 | true
                    tinyint unsigned | -256 | false
                    tinyint | -128 | true
                    tinyint | 129 | false
                    int | 1.0 | false
                    """)
    void aColumnIsChangedByNumbersOfItsOwnSizeThatNoDriverWritesWithAnExponent(
            String declared, BigDecimal number, boolean can) {
        assertThat(of(declared).canBeChangedBy(number)).isEqualTo(can);
    }
}
