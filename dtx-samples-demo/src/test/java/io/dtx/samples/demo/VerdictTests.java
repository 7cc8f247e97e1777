package io.dtx.samples.demo;

import static org.assertj.core.api.Assertions.assertThat;

import io.dtx.samples.demo.Verdict.Expectation;
import java.math.BigDecimal;
import java.util.List;
import org.junit.jupiter.api.Test;

class VerdictTests {

    private static final BigDecimal AMOUNT = new BigDecimal(5);
    private static final Balances BEFORE = balances("100.00", "0.00");
    private static final Balances MOVED = balances("95.00", "5.00");
    private static final Answer SUCCESS = Answer.of(200, "transferred 5");
    private static final Answer FAILURE = Answer.of(500, "{\"message\":\"bank2 failed\"}");

    @Test
    void aTransferThatMovesTheMoneyAndSaysSoIsRight() {
        assertThat(verdict(Expectation.MOVED, SUCCESS, MOVED).isRight()).isTrue();
    }

    @Test
    void aFailureThatChangesNothingAndSaysSoIsRight() {
        assertThat(verdict(Expectation.UNCHANGED, FAILURE, BEFORE).isRight()).isTrue();
    }

    @Test
    void halfATransferIsWrongAndTheLossIsNamed() {
        assertThat(verdict(Expectation.UNCHANGED, FAILURE, balances("95.00", "0.00"))
                        .faults())
                .containsExactly("the balances should be 100.00 and 0.00", "5.00 are lost");
        assertThat(verdict(Expectation.UNCHANGED, FAILURE, balances("100.00", "5.00"))
                        .faults())
                .containsExactly("the balances should be 100.00 and 0.00", "5.00 came from nowhere");
    }

    @Test
    void moneyMovedBehindAFailureIsWrong() {
        assertThat(verdict(Expectation.UNCHANGED, FAILURE, MOVED).isRight()).isFalse();
        assertThat(verdict(Expectation.AS_ANSWERED, FAILURE, MOVED).isRight()).isFalse();
    }

    @Test
    void successWithoutTheMoneyIsWrong() {
        assertThat(verdict(Expectation.MOVED, SUCCESS, BEFORE).isRight()).isFalse();
        assertThat(verdict(Expectation.AS_ANSWERED, SUCCESS, BEFORE).isRight()).isFalse();
    }

    @Test
    void aFailureReportedAsSuccessIsWrong() {
        assertThat(verdict(Expectation.UNCHANGED, SUCCESS, BEFORE).faults())
                .contains("the caller should have been told of the failure");
    }

    @Test
    void aRefusedRequestIsNotAFailureOfTheTransfer() {
        assertThat(verdict(Expectation.UNCHANGED, Answer.of(400, "bank2?"), BEFORE)
                        .isRight())
                .isFalse();
    }

    @Test
    void whatTheCallerWasToldDecidesWhereBothEndsAreRight() {
        assertThat(verdict(Expectation.AS_ANSWERED, SUCCESS, MOVED).isRight()).isTrue();
        assertThat(verdict(Expectation.AS_ANSWERED, FAILURE, BEFORE).isRight()).isTrue();
    }

    @Test
    void anAnswerThatDoesNotSayWhyIsWrong() {
        Verdict verdict =
                Verdict.of(Expectation.UNCHANGED, AMOUNT, "bank2", Answer.of(500, "oops"), BEFORE, BEFORE, List.of());
        assertThat(verdict.faults()).containsExactly("the answer should say \"bank2\"");
    }

    @Test
    void whatIsLeftBehindIsWrong() {
        Verdict verdict =
                Verdict.of(Expectation.UNCHANGED, AMOUNT, "", FAILURE, BEFORE, BEFORE, List.of("1 undo rows are left"));
        assertThat(verdict.isRight()).isFalse();
    }

    private static Verdict verdict(Expectation expectation, Answer answer, Balances after) {
        return Verdict.of(expectation, AMOUNT, "", answer, BEFORE, after, List.of());
    }

    private static Balances balances(String bank1, String bank2) {
        return new Balances(new BigDecimal(bank1), new BigDecimal(bank2));
    }
}
