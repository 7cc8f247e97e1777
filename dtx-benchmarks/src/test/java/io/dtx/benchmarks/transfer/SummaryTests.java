package io.dtx.benchmarks.transfer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.dtx.benchmarks.load.Burst;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SummaryTests {

    @Test
    void ratiosAreTakenWithinEachRoundSoThatASlowRoundCountsForNeither() {
        List<Measurement> cell = List.of(
                measured("plain", 1, 1000, 10),
                measured("dtx", 1, 500, 30),
                measured("plain", 2, 100, 100),
                measured("dtx", 2, 50, 130),
                measured("plain", 3, 1000, 10),
                measured("dtx", 3, 700, 25));

        Summary summary = Summary.of("dtx", cell);

        assertThat(summary.toPlain()).isEqualTo(0.5, within(1e-9));
        assertThat(summary.addedP50()).isEqualTo(20, within(1e-9));
        assertThat(summary.perSecond()).isEqualTo(500, within(1e-9));
        assertThat(summary.cpuMillis()).containsEntry("banks", 2.0);
        assertThat(summary.toSeata()).isZero();
    }

    @Test
    void moneyThatWentInOneRoundIsSaid() {
        Measurement wrong = new Measurement(
                "mariadb", "hot", "seata", 2, new Burst(1, 0, 0, "", 1, 1, 1, 1), Map.of("banks", 1.0), 0, false);

        assertThat(Summary.of("seata", List.of(measured("seata", 1, 10, 1), wrong))
                        .consistent())
                .isFalse();
    }

    @Test
    void anUnknownCellIsRefusedWithTheNamesOfThoseThatThereAre() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Cell.of("spread,warm"))
                .withMessageContaining("warm")
                .withMessageContaining("hottest-128");
    }

    @Test
    void targetsAreComparedWithWhatWasMeasured() {
        List<Measurement> cell =
                List.of(measured("plain", 1, 1000, 10), measured("dtx", 1, 700, 15), measured("seata", 1, 200, 30));
        List<Summary> summaries =
                List.of(Summary.of("plain", cell), Summary.of("dtx", cell), Summary.of("seata", cell));

        assertThat(Target.table(summaries))
                .contains("| transfers/s against Seata | mariadb, hot | 3 | 5 | 3.50 | must reached |")
                .contains("| answers that are no transfer, such as lock-wait failures | mariadb, hot | at most 0 | 0 |")
                .contains("aim reached")
                .doesNotContain("spread", "postgresql");
        assertThat(Target.table(List.of())).isEmpty();
    }

    @Test
    void aTargetThatIsMissedIsSaid() {
        Target added = Target.ALL.stream()
                .filter(target -> target.cell().equals("single"))
                .findAny()
                .orElseThrow();

        assertThat(List.of(0.3, 0.4, 0.6).stream().map(added::verdict))
                .containsExactly("aim reached", "must reached", "MISSED");
    }

    @Test
    void thePageNeedsNothingElse() {
        String html = new Page(Map.of("java", "<17>"), List.of(Summary.of("dtx", List.of(measured("dtx", 1, 500, 30)))))
                .html();

        assertThat(html).contains("&lt;17&gt;", "mariadb, hot", "<svg").doesNotContain("http", "<script", "src=");
    }

    private static Measurement measured(String flavour, int round, long perSecond, double p50) {
        Burst burst = new Burst(perSecond, 0, 0, "", 1, p50, p50, p50);
        return new Measurement("mariadb", "hot", flavour, round, burst, Map.of("banks", 2.0), 4, true);
    }
}
