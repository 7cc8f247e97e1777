package io.dtx.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.dtx.model.BranchId;
import io.dtx.model.Xid;
import io.dtx.protocol.Request;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class RememberedTests {

    private static final String CLUSTER = "Clu5ter0";

    private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 5); // so that it runs over
    private final Remembered remembered = new Remembered(nanos::get);

    @Test
    void beginsAreToldBeforeReportsAndOnlyToTheirOwnCluster() {
        remembered.add(report(1, 7));
        remembered.add(begin(2));
        remembered.add(report(1, 8));

        assertThat(remembered.of(CLUSTER)).containsExactly(begin(2), report(1, 8), report(1, 7));
        assertThat(remembered.of("Another0")).isEmpty();
    }

    @Test
    void whatIsDecidedIsNotToldAgain() {
        remembered.add(begin(1));
        remembered.add(report(1, 7));
        remembered.add(report(2, 8));

        remembered.decided(xid(1));

        assertThat(remembered.of(CLUSTER)).containsExactly(report(2, 8));
    }

    @Test
    void reportsOutliveADecisionThatWasNotLearned() {
        remembered.add(begin(1));
        remembered.add(report(1, 7));
        remembered.add(begin(2));

        remembered.givenUp(xid(1));
        remembered.givenUp(xid(2));

        assertThat(remembered.of(CLUSTER)).containsExactly(report(1, 7));
    }

    @Test
    @DisplayName("I11: a report is told again for as long as its transaction may be undecided: a day")
    void i11_aReportIsToldAgainForADay() {
        remembered.add(begin(1));
        remembered.add(report(1, 7));
        nanos.addAndGet(Duration.ofHours(23).toNanos());
        remembered.add(report(2, 8));

        assertThat(remembered.of(CLUSTER)).containsExactly(begin(1), report(2, 8), report(1, 7));
    }

    @Test
    void whatIsOldIsForgottenAndANewMessageKeepsItsTransactionYoung() {
        remembered.add(begin(1));
        remembered.add(begin(2));
        nanos.addAndGet(Remembered.EXPIRY.dividedBy(2).toNanos());
        remembered.add(report(1, 7));
        nanos.addAndGet(
                Remembered.EXPIRY.dividedBy(2).plus(Duration.ofSeconds(1)).toNanos());

        assertThat(remembered.of(CLUSTER)).containsExactly(begin(1), report(1, 7));
    }

    @Test
    void ofTooManyMessagesTheOldestTransactionsGoFirst() {
        remembered.add(begin(1));
        remembered.add(report(1, 7));
        remembered.add(begin(2));
        for (int i = 3; i <= Remembered.MOST; i++) {
            remembered.add(report(i, 7));
        }

        assertThat(remembered.of(CLUSTER)).hasSize(Remembered.MOST - 1).startsWith(begin(2));
        remembered.decided(xid(2));
        assertThat(remembered.of(CLUSTER)).hasSize(Remembered.MOST - 2);
    }

    private static Xid xid(int number) {
        return Xid.mint(CLUSTER, number, new byte[10]);
    }

    private static Request.Begin begin(int number) {
        return new Request.Begin(xid(number), "t", Duration.ofSeconds(1));
    }

    private static Request.BranchCommitted report(int number, long branch) {
        return new Request.BranchCommitted(new BranchId(xid(number), branch));
    }
}
