package io.dtx.server.log;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class LogGrowthTests {

    private final LogGrowth growth = new LogGrowth(3, 100);

    private boolean dueAfter(long... bytes) {
        for (long entry : bytes) {
            growth.applied(entry);
        }
        return growth.snapshotDue();
    }

    @Test
    void aSnapshotIsDueByEntriesOrByBytes() {
        assertThat(dueAfter(10, 10)).isFalse();
        assertThat(dueAfter(10)).isTrue();
        growth.loaded();
        assertThat(dueAfter(60)).isFalse();
        assertThat(dueAfter(40)).isTrue();
    }

    @Test
    void whatCameWhileItWasWrittenCountsForTheNext() {
        assertThat(dueAfter(100)).isTrue();
        growth.snapshotBegun();
        growth.applied(70);
        growth.snapshotDurable();
        assertThat(growth.snapshotDue()).isFalse();
        assertThat(dueAfter(30)).isTrue();
    }

    @Test
    void oneThatCouldNotBeWrittenIsDueAgain() {
        growth.applied(100);
        growth.snapshotBegun();
        assertThat(dueAfter(1)).isTrue();
        growth.snapshotBegun();
        growth.snapshotDurable();
        assertThat(growth.snapshotDue()).isFalse();
    }
}
