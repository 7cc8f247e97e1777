package io.dtx.server.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class LostAnswersTests {

    private final LostAnswers lost = new LostAnswers();

    @Test
    void whatIsConfirmedIsNotSentAgain() {
        assertThat(look(272, 271, false, 0)).isFalse();
        assertThat(look(272, 271, false, 10_000)).isFalse();
    }

    @Test
    void whatMayStillBeAnsweredOrIsFollowedByAnotherIsNotSentAgain() {
        assertThat(look(272, 269, true, 0)).isFalse();
        assertThat(look(272, 269, true, 10_000)).isFalse();
        assertThat(look(272, 269, false, 10_001))
                .as("its answer is being counted")
                .isFalse();
    }

    @Test
    void whatNobodyWillAnswerIsSentAgain() {
        assertThat(look(272, 269, false, 0)).isFalse();
        assertThat(look(272, 269, false, 50)).isFalse();
        assertThat(look(272, 269, false, 200)).isTrue();
        assertThat(look(272, 269, true, 210)).as("under way again").isFalse();
        assertThat(look(272, 269, false, 400)).as("lost again").isFalse();
        assertThat(look(272, 269, false, 600)).isTrue();
    }

    @Test
    void whoConfirmsOneAfterTheOtherLosesNothing() {
        assertThat(look(272, 269, false, 0)).isFalse();
        assertThat(look(272, 270, false, 90)).isFalse();
        assertThat(look(272, 270, false, 150)).isFalse();
        assertThat(look(272, 271, false, 180)).isFalse();
    }

    private boolean look(long next, long known, boolean waits, long millis) {
        return lost.found(next, known, waits, TimeUnit.MILLISECONDS.toNanos(millis));
    }
}
