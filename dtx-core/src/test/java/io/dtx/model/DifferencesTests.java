package io.dtx.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.dtx.model.RowDifference.Cell;
import io.dtx.model.RowDifference.Contents;
import io.dtx.model.RowDifference.What;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What is kept of the rows in the way of a restore is bounded. */
class DifferencesTests {

    @Test
    void ofTenThousandRowsTheFirstAreShownAndAllAreCounted() {
        Differences.Gathering gathering = new Differences.Gathering();
        int[] asked = {0};
        for (int i = 0; i < 10_000; i++) {
            String key = "id=" + i;
            gathering.add(() -> {
                asked[0]++;
                return row(key, null);
            });
        }

        assertThat(gathering.gathered().total()).isEqualTo(10_000);
        assertThat(gathering.gathered().rows())
                .extracting(RowDifference::key)
                .isEqualTo(IntStream.range(0, Differences.MAX_ROWS)
                        .mapToObj(i -> "id=" + i)
                        .toList());
        assertThat(asked[0]).as("rows made for showing").isEqualTo(Differences.MAX_ROWS);
    }

    @Test
    void aLongKeyOrValueIsCutAndSaysHowLongItIs() {
        Differences.Gathering gathering = new Differences.Gathering();
        gathering.add(() -> row("k".repeat(5_000), contents("v".repeat(1_000_000))));

        RowDifference shown = gathering.gathered().rows().get(0);
        assertThat(shown.key()).hasSize(Differences.MAX_VALUE).endsWith("k.. (5000 characters)");
        assertThat(Objects.requireNonNull(
                                Objects.requireNonNull(shown.contents()).now())
                        .get(0)
                        .value())
                .hasSize(Differences.MAX_VALUE)
                .endsWith("v.. (1000000 characters)");
    }

    @Test
    void aCutDoesNotSplitACharacterOfTwoUnits() {
        Differences.Gathering gathering = new Differences.Gathering();
        gathering.add(() -> row("\uD83D\uDE00".repeat(500), null));
        gathering.add(() -> row("x" + "\uD83D\uDE00".repeat(500), null));

        assertThat(gathering.gathered().rows())
                .allSatisfy(row -> assertThat(row.key()).matches("x?(\uD83D\uDE00)+\\.\\. \\(100[01] characters\\)"));
    }

    private static Differences wide() {
        List<Cell> wide = IntStream.range(0, 4_000)
                .mapToObj(i -> new Cell("column" + i, "value"))
                .toList();
        Differences.Gathering gathering = new Differences.Gathering();
        gathering.add(() -> new RowDifference(
                "t", "id=1", What.CHANGED, wide.stream().map(Cell::column).toList(), new Contents(wide, wide, wide)));
        gathering.add(() -> row("id=2", contents("small")));
        return gathering.gathered();
    }

    @Test
    void aRowOfTooManyColumnsIsShownWithoutItsValues() {
        List<RowDifference> rows = wide().rows();
        assertThat(rows).extracting(RowDifference::key).containsExactly("id=1", "id=2");
        assertThat(rows.get(0).contents()).isNull();
        assertThat(rows.get(0).columns()).hasSize(Differences.MAX_COLUMNS + 1).endsWith("column49", "and 3950 more");
        assertThat(rows.get(1).contents()).isNotNull();
    }

    @Test
    void whatIsWithinTheLimitsStaysAsItIs() {
        Differences.Gathering gathering = new Differences.Gathering();
        for (int i = 0; i < 1_000; i++) {
            gathering.add(() -> row("k".repeat(5_000), contents("v".repeat(5_000))));
        }

        assertThat(gathering.gathered().bounded()).isEqualTo(gathering.gathered());
        assertThat(wide().bounded()).as("what a reader checks").isEqualTo(wide());
    }

    @Test
    void noTextOfADifferenceHoldsItsValues() {
        Differences differences = new Differences(1, List.of(row("id=1", contents("secret"))));

        assertThat(differences.toString()).contains("id=1", "balance").doesNotContain("secret");
    }

    private static RowDifference row(String key, @Nullable Contents contents) {
        return new RowDifference("account", key, What.CHANGED, List.of("balance"), contents);
    }

    private static Contents contents(String value) {
        List<Cell> cells = List.of(new Cell("balance", value));
        return new Contents(cells, cells, cells);
    }
}
