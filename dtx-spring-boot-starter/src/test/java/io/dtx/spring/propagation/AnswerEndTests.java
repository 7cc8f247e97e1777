package io.dtx.spring.propagation;

import static org.assertj.core.api.Assertions.assertThat;

import io.dtx.context.Participation;
import io.dtx.context.TransactionHeaders;
import io.dtx.model.Xid;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class AnswerEndTests {

    private final Participation participation = Participation.ofInitiator(Xid.mint("cluster1", 1_000, new byte[10]));

    @DisplayName("T1: an answer without an end holds nobody up for ever")
    @Test
    void t1_anAnswerWithoutAnEndIsGivenUp() throws Exception {
        new AnswerEnd(-1, answered("unknown"), Duration.ZERO).watch(endless()).close();

        assertThat(participation.vetoed()).contains("without an answer", "did not come in 0 s");
    }

    @Test
    void anAnswerOfWhichTheHeadSaysAllIsNotReadOn() throws Exception {
        new AnswerEnd(-1, answered("2"), Duration.ofDays(1)).watch(endless()).close();

        assertThat(participation.vetoed()).isNull();
    }

    @DisplayName("T1: bytes are counted once, whatever number of streams they come from")
    @Test
    void t1_whoAsksAgainInTheMiddleIsToldOfAShortAnswer() throws Exception {
        InputStream body = new ByteArrayInputStream(new byte[8]);
        AnswerEnd whole = new AnswerEnd(8, answered("2"));
        whole.watch(body).readNBytes(3);
        whole.watch(body).readAllBytes();
        assertThat(participation.vetoed()).isNull();

        body.reset();
        AnswerEnd tooShort = new AnswerEnd(9, answered("2"));
        tooShort.watch(body).readNBytes(3);
        tooShort.watch(body).readAllBytes();
        assertThat(participation.vetoed()).contains("broke off 1 bytes before its end");
    }

    @Test
    void whatComesAfterTheEndIsNoSignOfABrokenAnswer() throws Exception {
        AnswerEnd end = new AnswerEnd(-1, answered("unknown"));
        end.watch(InputStream.nullInputStream()).readAllBytes();

        end.brokeOff(new IOException("closed"));

        assertThat(end.isWanted()).isFalse();
        assertThat(participation.vetoed()).isNull();
    }

    private OutgoingCall answered(String branches) {
        OutgoingCalls calls = new OutgoingCalls(HostRule.of(List.of("internal")));
        OutgoingCall call =
                Objects.requireNonNull(calls.start(participation, "GET", URI.create("http://bank2/accounts")));
        Map<String, String> headers = new HashMap<>();
        call.headers(headers::put);
        headers.put(TransactionHeaders.BRANCHES, headers.get(TransactionHeaders.CALL) + "/" + branches);
        call.answered(200, headers::get);
        return call;
    }

    private static InputStream endless() {
        return new InputStream() {
            @Override
            public int read() {
                return 'x';
            }
        };
    }
}
