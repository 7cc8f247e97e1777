package io.dtx.samples.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class TableTests {

    @Test
    void cellsWrapAtSpacesAndKeepTheirLineBreaks() {
        Table table = new Table(List.of("what", "result"), 8, 6);
        table.row("one two three", "a\nb");
        assertThat(table).hasToString("""
                        +----------+--------+
                        | what     | result |
                        +----------+--------+
                        | one two  | a      |
                        | three    | b      |
                        +----------+--------+
                        """);
    }

    @Test
    void aWordLongerThanItsColumnIsCut() {
        Table table = new Table(List.of("x"), 4);
        table.row("abcdefghij");
        assertThat(table.toString()).contains("| abcd |\n| efgh |\n| ij   |\n");
    }

    @Test
    void aRowOfAnotherLengthIsRefused() {
        Table table = new Table(List.of("x", "y"), 4, 4);
        assertThatThrownBy(() -> table.row("only one")).hasMessage("1 cells for 2 columns");
    }
}
