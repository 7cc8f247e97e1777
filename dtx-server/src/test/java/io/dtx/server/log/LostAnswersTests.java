package io.dtx.server.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class LostAnswersTests {

    private final LostAnswers lost = new LostAnswers();

    @Test
    void whatIsConfirmedIsNotSentAgain() {
        assertThat(look(272, 271, false, 0)).isEqualTo(272);
        assertThat(look(272, 271, false, 10_000)).isEqualTo(272);
    }

    @Test
    void whatMayStillBeAnsweredIsNotSentAgain() {
        assertThat(look(272, 269, true, 0)).isEqualTo(272);
        assertThat(look(272, 269, true, 10_000)).isEqualTo(272);
        assertThat(look(272, 269, false, 10_001))
                .as("its answer is being counted")
                .isEqualTo(272);
    }

    @Test
    void whatNobodyWillAnswerIsSentAgainFromTheFirstOnThatIsNotConfirmed() {
        assertThat(look(272, 269, false, 0)).isEqualTo(272);
        assertThat(look(272, 269, false, 50)).isEqualTo(272);
        assertThat(look(272, 269, false, 200)).isEqualTo(270);
        assertThat(look(272, 269, true, 210)).as("under way again").isEqualTo(272);
        assertThat(look(272, 269, false, 400)).as("lost again").isEqualTo(272);
        assertThat(look(272, 269, false, 600)).isEqualTo(270);
    }

    @Test
    void whoConfirmsOneAfterTheOtherLosesNothing() {
        assertThat(look(272, 269, false, 0)).isEqualTo(272);
        assertThat(look(272, 270, false, 90)).isEqualTo(272);
        assertThat(look(272, 270, false, 150)).isEqualTo(272);
        assertThat(look(272, 271, false, 180)).isEqualTo(272);
    }

    private long look(long next, long known, boolean underWay, long millis) {
        return lost.nextIndex(next, known, underWay, TimeUnit.MILLISECONDS.toNanos(millis));
    }
}
