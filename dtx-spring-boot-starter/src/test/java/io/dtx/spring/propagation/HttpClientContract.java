package io.dtx.spring.propagation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dtx.context.CurrentTransaction;
import io.dtx.context.Participation;
import io.dtx.context.TransactionHeaders;
import io.dtx.model.Xid;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What every HTTP client must do with an XID. Each client has a subclass. */
public abstract class HttpClientContract {

    /** How long to wait for an answer: briefly only where none will come. */
    protected static Duration timeout(URI uri) {
        return uri.getPath().equals("/never") || uri.getPath().startsWith("/stalls")
                ? Duration.ofMillis(300)
                : Duration.ofSeconds(30);
    }

    protected static final Xid XID = Xid.mint("cluster1", 1_000, new byte[10]);

    protected Peer peer;
    protected final Participation participation = Participation.ofInitiator(XID);

    /** One GET with the client under test, whose read timeout is {@link #timeout}; the answer's body. */
    protected abstract @Nullable String get(URI uri, OutgoingCalls calls) throws Exception;

    /** One call, likewise, of whose answer nobody reads the body. */
    protected abstract void callUnread(URI uri, OutgoingCalls calls) throws Exception;

    @BeforeEach
    void startPeer() throws IOException {
        peer = new Peer();
    }

    @AfterEach
    void stopPeer() {
        assertThat(participation.openCalls()).isZero();
        peer.close();
    }

    @Test
    void insideAGlobalTransactionTheXidTravels() throws Exception {
        assertThat(inTransaction(() -> get("/ok"))).isEqualTo("answer");

        assertThat(peer.xids()).containsExactly(XID.toString());
        assertThat(participation.vetoed()).isNull();
    }

    @DisplayName("I10: each call carries an id of its own, by which a second delivery of it is known")
    @Test
    void i10_everyCallIsNamedAnew() throws Exception {
        inTransaction(() -> get("/ok"));
        inTransaction(() -> get("/ok"));

        assertThat(peer.calls())
                .hasSize(2)
                .doesNotHaveDuplicates()
                .allSatisfy(call -> assertThat(TransactionHeaders.newExecution(List.of(call)))
                        .hasSize(1));
    }

    @Test
    void outsideNothingTravels() throws Exception {
        assertThat(get("/ok")).isEqualTo("answer");

        assertThat(peer.calls()).containsExactly("none");

        assertThat(peer.xids()).containsExactly("none");
    }

    @Test
    void theNextUseOfAPooledThreadSendsNoXid() throws Exception {
        ExecutorService pool = Executors.newSingleThreadExecutor();
        try {
            pool.submit(() -> inTransaction(() -> get("/ok"))).get();
            pool.submit(() -> get("/ok")).get();
        } finally {
            pool.shutdownNow();
        }

        assertThat(peer.xids()).containsExactly(XID.toString(), "none");
    }

    @Test
    void aHostThatMayNotSeeItIsSentNoXid() throws Exception {
        OutgoingCalls calls = new OutgoingCalls(HostRule.of(List.of("bank2.example.org")));

        assertThat(inTransaction(() -> get(peer.uri("/ok"), calls))).isEqualTo("answer");

        assertThat(peer.xids()).containsExactly("none");
        assertThat(peer.calls()).containsExactly("none");
    }

    @DisplayName("T1: an unanswered call vetoes before control returns")
    @ParameterizedTest
    @ValueSource(strings = {"/never", "/cut-off", "/cut-in-body", "/stalls-in-body", "/stalls-in-chunks"})
    void t1_anUnansweredCallVetoes(String path) {
        // HttpURLConnection makes no error of a body that is too short.
        ignoringErrors(() -> inTransaction(() -> get(path)));

        assertThat(participation.vetoed()).contains(path).contains("without an answer");
    }

    @DisplayName("T1: so does an answer that breaks off while it is read, whatever its head says")
    @Test
    void t1_anAnswerThatBreaksOffWhileItIsReadVetoes() {
        ignoringErrors(() -> inTransaction(() -> get("/cut-after-two-branches")));

        assertThat(participation.vetoed()).contains("/cut-after-two-branches").contains("without an answer");
    }

    @DisplayName("T1: so does one whose answer breaks off where nobody reads it, while the participant may be at work")
    @ParameterizedTest
    @ValueSource(strings = {"/cut-in-body", "/stalls-in-chunks"})
    void t1_anAnswerThatBreaksOffUnreadVetoes(String path) {
        ignoringErrors(() -> inTransaction(() -> callUnread(path)));

        assertThat(participation.vetoed()).contains(path).contains("without an answer");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/ok", "/not-modified"})
    void anAnswerThatEndsIsOneWhetherOrNotItIsRead(String path) {
        ignoringErrors(() -> inTransaction(() -> callUnread(path)));
        ignoringErrors(() -> inTransaction(() -> get(path)));

        assertThat(peer.xids()).hasSize(2);
        assertThat(participation.vetoed()).isNull();
    }

    @DisplayName("T1: while a call has no answer, whoever would commit can see it")
    @Test
    void t1_aCallWithoutAnswerYetIsSeenAsOpen() throws Exception {
        ExecutorService other = Executors.newSingleThreadExecutor();
        try {
            Future<?> call = other.submit(() -> inTransaction(() -> get("/held")));
            CountDownLatch answering = peer.held();
            assertThat(participation.openCalls()).isEqualTo(1);
            answering.countDown();
            call.get();
        } finally {
            other.shutdownNow();
        }
    }

    @DisplayName("T1: a gateway's word for no answer vetoes")
    @Test
    void t1_aGatewayTimeoutVetoes() {
        ignoringErrors(() -> inTransaction(() -> get("/gateway-timeout")));

        assertThat(participation.vetoed()).contains("504");
    }

    @DisplayName("T1: an error that no participant signs may be a gateway's word for no answer")
    @Test
    void t1_anErrorThatIsNotSeenToBeTheParticipantsVetoes() {
        ignoringErrors(() -> inTransaction(() -> get("/error")));

        assertThat(participation.vetoed()).contains("/error", "500", "dtx.propagation.hosts=internal,!");
    }

    @DisplayName("T1: an unanswered call is not made again in the same transaction")
    @Test
    void t1_anUnansweredCallIsNotRepeated() {
        ignoringErrors(() -> inTransaction(() -> get("/never")));
        int sent = peer.xids().size();

        assertThatThrownBy(() -> inTransaction(() -> get("/never")))
                .hasStackTraceContaining("Not sent")
                .hasStackTraceContaining("will be rolled back");

        assertThat(peer.xids()).hasSize(sent);
    }

    @DisplayName("T2: a veto that comes with the answer is taken")
    @Test
    void t2_aVetoOnTheAnswerIsTaken() throws Exception {
        inTransaction(() -> get("/vetoed"));

        assertThat(participation.vetoed()).contains("no money");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/conflict", "/error-of-its-own"})
    void anAnsweredErrorIsTheParticipantsOwnAffair(String path) {
        ignoringErrors(() -> inTransaction(() -> get(path)));

        assertThat(participation.vetoed()).isNull();
    }

    @Test
    void anUnansweredCallOutsideVetoesNothing() {
        ignoringErrors(() -> get("/cut-off"));

        assertThat(participation.vetoed()).isNull();
    }

    private @Nullable String get(String path) throws Exception {
        return get(peer.uri(path), new OutgoingCalls(HostRule.of(List.of("internal"))));
    }

    private boolean callUnread(String path) throws Exception {
        callUnread(peer.uri(path), new OutgoingCalls(HostRule.of(List.of("internal"))));
        return true;
    }

    protected <T> T inTransaction(Callable<T> work) throws Exception {
        CurrentTransaction.Scope scope = CurrentTransaction.bind(participation);
        try {
            return work.call();
        } finally {
            scope.close();
        }
    }

    protected static void ignoringErrors(Callable<?> work) {
        try {
            work.call();
        } catch (Exception swallowed) {
            assertThat(swallowed).isNotNull();
        }
    }
}
