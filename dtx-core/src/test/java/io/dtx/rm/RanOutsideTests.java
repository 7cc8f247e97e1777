package io.dtx.rm;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.SQLException;
import org.junit.jupiter.api.Test;

class RanOutsideTests {

    private final RanOutside ran = new RanOutside();

    @Test
    void nothingIsPlainReads() throws SQLException {
        assertThat(readsAlone()).isTrue();
    }

    @Test
    void oneWriteAmongReadsIsSeenWhereverItStands() throws SQLException {
        ran.add("SELECT 1");
        assertThat(readsAlone()).isTrue();
        ran.add("UPDATE t SET a = 1");
        ran.add("SELECT 1");
        ran.add("SELECT 1");

        assertThat(readsAlone()).isFalse();
    }

    @Test
    void whatIsNotKnownIsNoRead() throws SQLException {
        ran.addUnknown();
        ran.add("SELECT 1");

        assertThat(readsAlone()).isFalse();
    }

    @Test
    void aTextTooLongToBeKeptIsNoRead() throws SQLException {
        ran.add("SELECT " + "1".repeat(100_000));

        assertThat(readsAlone()).isFalse();
    }

    @Test
    void manyTextsAreNotKept() throws SQLException {
        for (int i = 0; i < 100; i++) {
            ran.add("SELECT " + i);
        }
        ran.add("SELECT 0");
        assertThat(readsAlone()).isTrue();
        ran.add("SELECT 100");
        ran.add("SELECT 0");

        assertThat(readsAlone()).isFalse();
    }

    @Test
    void anotherLocalTransactionBeginsWithNothing() throws SQLException {
        ran.add("UPDATE t SET a = 1");
        ran.clear();
        assertThat(readsAlone()).isTrue();
        ran.addUnknown();
        ran.clear();
        assertThat(readsAlone()).isTrue();
        ran.add("UPDATE t SET a = 1");
        assertThat(readsAlone()).isFalse();
    }

    private boolean readsAlone() throws SQLException {
        return ran.isOf(sql -> sql.startsWith("SELECT"));
    }
}
