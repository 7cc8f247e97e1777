package io.dtx.spring.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.dtx.NoVeto;
import io.dtx.context.CurrentTransaction;
import io.dtx.context.Participation;
import io.dtx.context.TransactionHeaders;
import io.dtx.error.UsageException;
import io.dtx.model.Execution;
import io.dtx.model.Xid;
import io.dtx.spring.http.PropagatingInterceptor;
import io.dtx.spring.propagation.HostRule;
import io.dtx.spring.propagation.OutgoingCalls;
import io.dtx.spring.propagation.Peer;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.boot.tomcat.servlet.TomcatServletWebServerFactory;
import org.springframework.boot.web.error.ErrorAttributeOptions;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.boot.webmvc.error.DefaultErrorAttributes;
import org.springframework.boot.webmvc.error.ErrorAttributes;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.http.HttpEntity;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.http.client.JdkClientHttpRequestFactory;
import org.springframework.mock.web.MockHttpServletRequest;
import org.springframework.mock.web.MockHttpServletResponse;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.client.HttpClientErrorException;
import org.springframework.web.client.HttpServerErrorException;
import org.springframework.web.client.RestTemplate;
import org.springframework.web.context.request.WebRequest;
import org.springframework.web.context.request.async.DeferredResult;
import org.springframework.web.servlet.mvc.method.annotation.StreamingResponseBody;

/** The veto rules, case by case, behind a real Tomcat and Spring MVC. */
class ParticipationFilterTests {

    private static final Xid XID = Xid.mint("cluster1", 1_000, new byte[10]);

    private static final String CALL = "0b0e7c0e-0d9c-4a53-9a1b-0f3c3f3e7a11";

    private static ConfigurableApplicationContext application;
    private static URI base;
    private static Coordinator coordinator;
    private static Peer peer;

    @BeforeAll
    static void startService() throws IOException {
        peer = new Peer();
        application = new SpringApplicationBuilder(Service.class)
                .properties(Map.of(
                        "server.port",
                        "0",
                        "server.address",
                        "127.0.0.1",
                        "dtx.enabled",
                        "false",
                        "dtx.disabled-behaviour",
                        "ignore"))
                .run();
        base = URI.create("http://127.0.0.1:" + application.getEnvironment().getProperty("local.server.port"));
        coordinator = application.getBean(Coordinator.class);
    }

    @AfterAll
    static void stopService() {
        application.close();
        peer.close();
    }

    @BeforeEach
    void forget() {
        coordinator.vetoes.clear();
        coordinator.reachable.set(true);
        coordinator.errorsVeto.set(true);
        coordinator.errorPages.clear();
    }

    @Test
    void theXidIsBoundForTheRequestAndTheWorkIsNotVetoed() throws Exception {
        assertThat(get("/xid").body()).isEqualTo(XID.toString());
        assertThat(coordinator.vetoes).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"/xid", "/throws", "/handled", "/error-500"})
    void nothingIsBoundWhenTheRequestHasEnded(String path) throws Exception {
        get(path);

        // Tomcat has one worker thread here, so this request runs on the thread of the other.
        assertThat(get("/xid", null).body()).isEqualTo("null");
    }

    @DisplayName("I10: an exception that left the handler vetoes before the answer leaves")
    @Test
    void i10_anExceptionVetoes() throws Exception {
        HttpResponse<String> answer = get("/throws");

        assertThat(answer.statusCode()).isEqualTo(500);
        assertThat(coordinator.vetoes)
                .singleElement()
                .asString()
                .contains("GET /throws")
                .contains("no such account");
        assertThat(answer.headers().firstValue(TransactionHeaders.VETO)).isEmpty();
    }

    @DisplayName("I10: an exception handler that answers 200 does not hide the failure")
    @Test
    void i10_anExceptionHandledTo200Vetoes() throws Exception {
        HttpResponse<String> answer = get("/handled");

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body()).isEqualTo("all is well");
        assertThat(coordinator.vetoes)
                .singleElement()
                .asString()
                .contains("GET /handled")
                .contains("lost");
    }

    @Test
    void anAnswer500WithoutAnExceptionVetoes() throws Exception {
        get("/error-500");

        assertThat(coordinator.vetoes).singleElement().asString().contains("answered 500");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/throws", "/handled", "/error-500", "/conflict-after-write"})
    void withTheVetoSwitchedOffAnErrorIsTheCallersAffair(String path) throws Exception {
        coordinator.errorsVeto.set(false);

        get(path);

        assertThat(coordinator.vetoes).isEmpty();
    }

    @DisplayName("T1: an error is known as the participant's own, and not a gateway's for want of an answer")
    @ParameterizedTest
    @ValueSource(
            strings = {
                "/throws",
                "/error-500",
                "/send-error",
                "/flushes-then-throws",
                "/callable",
                "/marked?how=throw",
                "/marked?how=answer"
            })
    void t1_anErrorIsKnownAsTheParticipantsOwn(String path) throws Exception {
        for (boolean errorsVeto : List.of(true, false)) {
            coordinator.errorsVeto.set(errorsVeto);

            HttpResponse<String> answer = get(path);

            assertThat(answer.statusCode()).isBetween(500, 599);
            assertThat(answer.headers().firstValue(TransactionHeaders.ENDED)).isPresent();
        }
    }

    @Test
    void anErrorOutsideOfAGlobalTransactionIsNotMarked() throws Exception {
        assertThat(get("/throws", null).headers().firstValue(TransactionHeaders.ENDED))
                .isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"/xid", "/large", "/resets", "/handled", "/conflict", "/throws"})
    void anAnswerOfAParticipantSaysThatItTookPart(String path) throws Exception {
        assertThat(branches(path, CALL)).isPresent();
        assertThat(branches(path, null)).as("to a caller that named no call").hasValue("unknown");
        assertThat(get(path, null).headers().firstValue(TransactionHeaders.BRANCHES))
                .isEmpty();
    }

    @DisplayName("I10: an answer says how many branches were registered because of its call")
    @Test
    void i10_anAnswerSaysHowManyBranchesWereRegistered() throws Exception {
        assertThat(branches("/xid", CALL)).hasValue(CALL + "/0");
        assertThat(branches("/conflict-after-write", CALL)).hasValue(CALL + "/1");
        assertThat(branches("/throws", CALL)).hasValue(CALL + "/0");
        assertThat(branches("/resets", CALL)).hasValue(CALL + "/0");
        assertThat(branches("/conflict-after-call?how=POST&to=/ok", CALL)).hasValue(CALL + "/0");
        assertThat(branches("/conflict-after-call?how=by-hand&to=/ok", CALL)).hasValue(CALL + "/unknown");
        assertThat(branches("/redirects-after-write", CALL)).hasValue(CALL + "/1");
        assertThat(branches("/redirects-by-status-after-write", CALL)).hasValue(CALL + "/1");
        assertThat(branches("/redirects-with-a-body-after-write", CALL)).hasValue(CALL + "/1");
        assertThat(branches("/conflict-after-call?how=POST&to=/two-branches", CALL))
                .as("with those of whom it has called")
                .hasValue(CALL + "/2");
        assertThat(branches("/conflict-after-call?how=GET&to=/declined-after-two-branches", CALL))
                .hasValue(CALL + "/2");
        assertThat(branches("/large", CALL))
                .as("its head leaves while it may still register some")
                .hasValue(CALL + "/unknown");
    }

    /** What servlets may learn in later versions would pass by the answer that is held back. */
    @Test
    void everyWayToEndAnAnswerIsHeldBack() {
        assertThat(HttpServletResponse.class.getMethods())
                .filteredOn(method -> method.getName().startsWith("send"))
                .hasSizeGreaterThan(5)
                .allSatisfy(method -> assertThatCode(() ->
                                HeldResponse.class.getDeclaredMethod(method.getName(), method.getParameterTypes()))
                        .doesNotThrowAnyException());
    }

    @DisplayName(
            "I10: what a request without dtx-call has others do is not counted, so it is not called by name either")
    @ParameterizedTest
    @ValueSource(strings = {"POST", "by-hand"})
    void i10_aParticipantThatWasNotCalledByNameCallsNobodyByName(String how) throws Exception {
        get("/conflict-after-call?how=" + how + "&to=/ok");
        branches("/conflict-after-call?how=" + how + "&to=/ok", CALL);

        List<String> calls = peer.calls();
        assertThat(calls.get(calls.size() - 2)).isEqualTo("none");
        assertThat(calls.get(calls.size() - 1)).startsWith(CALL);
    }

    private Optional<String> branches(String path, @Nullable String call) throws Exception {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(base.resolve(path)).header(TransactionHeaders.XID, XID.toString());
        if (call != null) {
            request.header(TransactionHeaders.CALL, call);
        }
        return HttpClient.newHttpClient()
                .send(request.build(), HttpResponse.BodyHandlers.ofString())
                .headers()
                .firstValue(TransactionHeaders.BRANCHES);
    }

    /** A gateway that loses one of them halfway may put its headers on an error of its own. */
    @ParameterizedTest
    @ValueSource(strings = {"/xid", "/handled", "/conflict", "/large"})
    void otherAnswersAreNotMarkedAsErrorsOfTheParticipant(String path) throws Exception {
        assertThat(get(path).headers().firstValue(TransactionHeaders.ENDED)).isEmpty();
    }

    @DisplayName(
            "T1: the caller takes a participant's own error for one, and an error of a service without dtx for none")
    @Test
    void t1_theCallerTellsAParticipantsErrorFromAnother() {
        Participation caller = new Participation(XID);

        call(caller, base.resolve("/marked?how=throw"));
        assertThat(caller.vetoed()).isNull();

        call(caller, peer.uri("/error"));
        assertThat(caller.vetoed()).contains("/error was answered 500");
    }

    private static void call(Participation caller, URI uri) {
        RestTemplate client = new RestTemplate(new JdkClientHttpRequestFactory());
        client.getInterceptors().add(new PropagatingInterceptor(new OutgoingCalls(HostRule.of(List.of("internal")))));
        CurrentTransaction.Scope scope = CurrentTransaction.bind(caller);
        try {
            assertThat(catchThrowable(() -> client.getForObject(uri, String.class)))
                    .isInstanceOf(HttpServerErrorException.class);
        } finally {
            scope.close();
        }
    }

    @Test
    void aHandlerThatIsMarkedDoesNotVetoWithItsErrors() throws Exception {
        assertThat(get("/marked?how=throw").statusCode()).isEqualTo(500);
        assertThat(get("/marked?how=answer").statusCode()).isEqualTo(500);

        assertThat(coordinator.vetoes).isEmpty();
    }

    @DisplayName("T1: an error that is sent while work is still open is not marked as the participant's last word")
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void t1_anErrorThatIsSentWhileWorkIsOpenIsNotMarked(boolean open) throws Exception {
        HttpResponse<String> answer = get("/marked-send?open=" + open);

        assertThat(answer.statusCode()).isEqualTo(500);
        assertThat(answer.headers().firstValue(TransactionHeaders.ENDED).isEmpty())
                .isEqualTo(open);
    }

    @DisplayName("T1: nor is one after or before which a call was given up, though the coordinator can not be told")
    @ParameterizedTest
    @CsvSource({
        "/sends-error-then-gives-up, true",
        "/sends-error-then-gives-up, false",
        "/marked?how=give-up-then-throw, true",
        "/marked?how=give-up-then-throw, false"
    })
    void t1_anErrorWithACallGivenUpIsNotMarked(String path, boolean reachable) throws Exception {
        coordinator.reachable.set(reachable);

        HttpResponse<String> answer = get(path);

        assertThat(answer.statusCode()).isEqualTo(500);
        assertThat(coordinator.vetoes).singleElement().asString().contains("bank3");
        if (!reachable) {
            assertThat(answer.headers().firstValue(TransactionHeaders.VETO)).isPresent();
            assertThat(answer.headers().firstValue(TransactionHeaders.ENDED)).isEmpty();
        }
    }

    @Test
    void anErrorThatIsSentIsTheAnswerWhateverComesAfterIt() throws Exception {
        HttpResponse<String> answer = get("/sends-error-then-writes");

        assertThat(answer.statusCode()).isEqualTo(502);
        assertThat(answer.body()).contains("\"status\":502").doesNotContain("done");
        assertThat(answer.headers().firstValue(HttpHeaders.LOCATION)).isEmpty();
        assertThat(answer.headers().firstValue(HttpHeaders.CONTENT_LENGTH)).isNotEqualTo(Optional.of("7"));
    }

    @Test
    void aRedirectThatIsSentIsTheAnswerWhateverComesAfterIt() throws Exception {
        HttpResponse<String> answer = get("/redirects-after-write");

        assertThat(answer.statusCode()).isEqualTo(302);
        assertThat(answer.headers().firstValue(HttpHeaders.LOCATION))
                .hasValueSatisfying(to -> assertThat(to).endsWith("/xid"));
        assertThat(answer.body()).isEmpty();
        assertThat(get("/redirects-with-a-body").body()).isEqualTo("moved");
    }

    @DisplayName("T1: what can not be seen to have ended vetoes though errors do not")
    @ParameterizedTest
    @ValueSource(
            strings = {
                "/leaves-open",
                "/leaves-a-call-behind",
                "/gives-up-a-call",
                "/leaves-a-call-to-a-task",
                "/marked?how=leave-open",
                "/marked?how=give-up-then-throw"
            })
    void t1_unfinishedWorkVetoesThoughErrorsDoNot(String path) throws Exception {
        coordinator.errorsVeto.set(path.startsWith("/marked"));

        get(path);

        assertThat(coordinator.vetoes).hasSize(1);
    }

    @Test
    void aForwardedRequestIsInTheTransactionToItsEnd() throws Exception {
        assertThat(get("/forwards?to=/xid").body()).isEqualTo(XID.toString());
        assertThat(coordinator.vetoes).isEmpty();

        get("/forwards?to=/throws");
        assertThat(coordinator.vetoes).singleElement().asString().contains("no such account");
    }

    @Test
    void theErrorPageIsOutsideOfTheTransaction() throws Exception {
        get("/send-error");

        assertThat(coordinator.errorPages).containsExactly("null");
    }

    @Test
    void aClientThatIsGoneLeavesNothingBound() throws Exception {
        try (Socket socket = new Socket(base.getHost(), base.getPort())) {
            socket.setSoLinger(true, 0);
            socket.getOutputStream()
                    .write(("GET /large HTTP/1.1\r\nHost: x\r\ndtx-xid: " + XID + "\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            socket.getOutputStream().flush();
        }

        assertThat(get("/xid", null).body()).isEqualTo("null");
    }

    @Test
    void anErrorSentToTheContainerVetoes() throws Exception {
        assertThat(get("/send-error").statusCode()).isEqualTo(503);

        assertThat(coordinator.vetoes).singleElement().asString().contains("answered 503");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/not-found", "/conflict", "/conflict-after-locking-read", "/bad-parameter?number=x"})
    void aClientErrorWithoutAWriteDoesNotVeto(String path) throws Exception {
        assertThat(get(path).statusCode()).isBetween(400, 499);

        assertThat(coordinator.vetoes).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"/not-found-after-write", "/conflict-after-write"})
    void aClientErrorAfterAWriteVetoes(String path) throws Exception {
        assertThat(get(path).statusCode()).isBetween(400, 499);

        assertThat(coordinator.vetoes).singleElement().asString().contains(path);
    }

    @DisplayName("I10: a client error does not hide what another service has written because of the request")
    @ParameterizedTest
    @ValueSource(strings = {"how=POST&to=/ok", "how=DELETE&to=/redirects-to-a-stranger", "how=by-hand&to=/ok"})
    void i10_aClientErrorAfterACallThatMayHaveWrittenVetoes(String call) throws Exception {
        assertThat(get("/conflict-after-call?" + call).statusCode()).isEqualTo(409);

        assertThat(coordinator.vetoes).singleElement().asString().contains("/conflict-after-call");
    }

    @ParameterizedTest
    @ValueSource(strings = {"how=GET&to=/ok", "how=HEAD&to=/ok", "how=POST&to=/conflict"})
    void aClientErrorAfterACallThatWroteNothingDoesNotVeto(String call) throws Exception {
        assertThat(get("/conflict-after-call?" + call).statusCode()).isEqualTo(409);

        assertThat(coordinator.vetoes).isEmpty();
    }

    @Test
    void aLocalTransactionLeftOpenVetoes() throws Exception {
        assertThat(get("/leaves-open").statusCode()).isEqualTo(200);

        assertThat(coordinator.vetoes).singleElement().asString().contains("still open");
    }

    @DisplayName("T1: a call of this service's own that is still at work on another thread vetoes")
    @Test
    void t1_aCallStillAtWorkVetoes() throws Exception {
        assertThat(get("/leaves-a-call-behind").statusCode()).isEqualTo(200);

        assertThat(coordinator.vetoes).singleElement().asString().contains("no answer yet");
    }

    @DisplayName("T1: an unanswered call of this service's own vetoes, though the service answers 200")
    @Test
    void t1_aVetoWithinTheServiceIsPassedOn() throws Exception {
        assertThat(get("/gives-up-a-call").statusCode()).isEqualTo(200);

        assertThat(coordinator.vetoes).singleElement().asString().contains("bank3");
    }

    @DisplayName("T2: a veto that the coordinator did not acknowledge goes with the answer")
    @ParameterizedTest
    @ValueSource(
            strings = {
                "/throws",
                "/handled",
                "/error-500",
                "/send-error",
                "/flushes-then-throws",
                "/redirects-after-failure"
            })
    void t2_anUnacknowledgedVetoGoesWithTheAnswer(String path) throws Exception {
        coordinator.reachable.set(false);

        assertThat(get(path).headers().firstValue(TransactionHeaders.VETO)).isPresent();
    }

    @DisplayName("T2: an answer that was flushed does not overtake the veto")
    @Test
    void t2_aFlushedAnswerDoesNotOvertakeTheVeto() throws Exception {
        HttpResponse<String> answer = get("/flushes-then-throws");

        assertThat(answer.statusCode()).isEqualTo(500);
        assertThat(coordinator.vetoes).singleElement().asString().contains("after the flush");
    }

    @Test
    void aLargeAnswerArrivesWhole() throws Exception {
        assertThat(get("/large").body()).hasSize(300_000).endsWith("end");
        assertThat(coordinator.vetoes).isEmpty();
    }

    @DisplayName("T2: a large answer whose work fails late is cut off where the coordinator can not be told")
    @Test
    void t2_aLargeAnswerIsCutOff() {
        coordinator.reachable.set(false);

        assertThat(catchThrowable(() -> get("/large-then-open"))).isInstanceOf(IOException.class);
    }

    @Test
    void aWriterKeepsItsCharset() throws Exception {
        HttpResponse<String> answer = get("/writer");

        assertThat(answer.headers().firstValue("Content-Type")).hasValue("text/plain;charset=ISO-8859-1");
        assertThat(answer.body()).isEqualTo("caf\u00e9");
    }

    @ParameterizedTest
    @ValueSource(strings = {"x", "cluster1-", "cluster1-00000000000000000000000000; DROP", " "})
    void aMalformedXidIsRefusedBeforeTheHandler(String xid) throws Exception {
        HttpResponse<String> answer = get("/fails-if-called", xid);

        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(answer.body()).contains(TransactionHeaders.XID);
        assertThat(answer.headers().firstValue(TransactionHeaders.VETO)).isPresent();
    }

    @ParameterizedTest
    @ValueSource(strings = {"x", "1-1-1-1-1", " ", CALL + "/", CALL + "." + CALL, CALL + "/" + CALL})
    void aMalformedCallIsRefusedBeforeTheHandler(String call) throws Exception {
        HttpResponse<String> answer = send(HttpRequest.newBuilder(base.resolve("/fails-if-called"))
                .header(TransactionHeaders.XID, XID.toString())
                .header(TransactionHeaders.CALL, call)
                .build());

        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(answer.body()).contains(TransactionHeaders.CALL);
        assertThat(answer.headers().firstValue(TransactionHeaders.VETO)).isPresent();
    }

    @Test
    void everyRequestIsAnExecutionOfItsOwn() throws Exception {
        HttpRequest request = HttpRequest.newBuilder(base.resolve("/executions"))
                .header(TransactionHeaders.XID, XID.toString())
                .header(TransactionHeaders.CALL, CALL + "." + CALL + "/" + CALL)
                .build();

        String first = send(request).body();

        assertThat(first)
                .startsWith(CALL + "." + CALL + "/" + CALL + ".")
                .isNotEqualTo(send(request).body());
        assertThat(get("/executions").body()).isEmpty();
    }

    @Test
    void anXidOfAnotherCoordinatorIsRefusedBeforeTheHandler() throws Exception {
        HttpResponse<String> answer = get(
                "/fails-if-called", Xid.mint("elsewher", 1_000, new byte[10]).toString());

        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(answer.body()).contains("another coordinator");
    }

    @DisplayName(
            "T1: a caller outside can not bring an XID, and one that takes itself for inside does not commit without this")
    @ParameterizedTest
    @ValueSource(
            strings = {
                "203.0.113.9, 10.0.0.1",
                "10.0.0.1, 203.0.113.9",
                "203.0.113.9:443",
                "[2001:db8::1]:443",
                "100.64.0.1",
                "10.0.0.1:x",
                "10.0.0.1:443:443"
            })
    void t1_aCallerOutsideCanNotBringAnXid(String forwardedFor) throws Exception {
        HttpResponse<String> answer = forwarded("/xid", forwardedFor);

        assertThat(answer.body()).isEqualTo("null");
        assertThat(answer.headers().firstValue(TransactionHeaders.VETO)).isPresent();
        assertThat(answer.headers().allValues("Vary"))
                .as("a cache must not give it to others")
                .contains(TransactionHeaders.XID);
    }

    @DisplayName("T1: also where the proxy in front adds a line of its own")
    @Test
    void t1_aCallerOutsideCanNotSpeakBeforeItsProxy() throws Exception {
        HttpResponse<String> answer = send(HttpRequest.newBuilder(base.resolve("/xid"))
                .header(TransactionHeaders.XID, XID.toString())
                .header("X-Forwarded-For", "10.0.0.1")
                .header("X-Forwarded-For", "203.0.113.9")
                .build());

        assertThat(answer.body()).isEqualTo("null");
        assertThat(answer.headers().firstValue(TransactionHeaders.VETO)).isPresent();
    }

    @DisplayName("T1: nor can a caller without an address, such as one behind a Unix domain socket")
    @Test
    void t1_aCallerWithoutAnAddressCanNotBringAnXid() throws Exception {
        MockHttpServletRequest request = new MockHttpServletRequest("GET", "/xid");
        request.addHeader(TransactionHeaders.XID, XID.toString());
        HttpServletRequest withoutAddress = new HttpServletRequestWrapper(request) {
            @Override
            public @Nullable String getRemoteAddr() {
                return null;
            }
        };
        MockHttpServletResponse answer = new MockHttpServletResponse();

        application
                .getBean(ParticipationFilter.class)
                .doFilter(
                        withoutAddress,
                        answer,
                        (any, same) -> assertThat(CurrentTransaction.xid()).isNull());

        assertThat(answer.getHeader(TransactionHeaders.VETO)).isNotNull();
    }

    @DisplayName("T1: nor does it where the handler has begun its answer anew")
    @Test
    void t1_anAnswerThatIsResetStillSaysThatTheXidWasDropped() throws Exception {
        HttpResponse<String> answer = forwarded("/resets", "203.0.113.9");

        assertThat(answer.body()).isEqualTo("null");
        assertThat(answer.headers().firstValue(TransactionHeaders.VETO)).isPresent();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"10.0.0.1", "10.1.2.3:51234", "[fd00::1]:443", "fd00::1", "10.0.0.1,", ", 10.0.0.1:1,,127.0.0.1"
            })
    void aProxyInsideMaySpeakForACallerInside(String forwardedFor) throws Exception {
        HttpResponse<String> answer = forwarded("/xid", forwardedFor);

        assertThat(answer.body()).isEqualTo(XID.toString());
        assertThat(answer.headers().firstValue(TransactionHeaders.VETO)).isEmpty();
    }

    @ExtendWith(OutputCaptureExtension.class)
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "203.0.113.9:443 | internal,203.0.113.9",
                "[2001:db8::1]:443 | internal,2001:db8::1",
                "0.0.0.0/0 | internal,<host>"
            })
    void theLogHasTheWholeValueThatWouldTakeTheXidOfThatCallerAlone(
            String forwardedFor, String value, CapturedOutput output) throws Exception {
        forwarded("/xid", forwardedFor);

        assertThat(output.getOut().lines())
                .filteredOn(line -> line.contains("WARN"))
                .singleElement()
                .asString()
                .endsWith("dtx.propagation.accept-from=" + value);
    }

    private static HttpResponse<String> forwarded(String path, String forwardedFor) throws Exception {
        return send(HttpRequest.newBuilder(base.resolve(path))
                .header(TransactionHeaders.XID, XID.toString())
                .header("X-Forwarded-For", forwardedFor)
                .build());
    }

    @ParameterizedTest
    @ValueSource(strings = {"/callable", "/deferred", "/future", "/streaming"})
    void asynchronousHandlingIsRefusedSinceItWouldNotBeInTheTransaction(String path) throws Exception {
        assertThat(get(path).statusCode()).isEqualTo(500);

        assertThat(coordinator.vetoes).singleElement().asString().contains("asynchronously");
        assertThat(get(path, null).body()).isEqualTo("later");
        assertThat(get("/xid", null).body()).as("nothing stays bound").isEqualTo("null");
    }

    private static HttpResponse<String> get(String path) throws Exception {
        return get(path, XID.toString());
    }

    private static HttpResponse<String> get(String path, @Nullable String xid) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(base.resolve(path));
        if (xid != null) {
            request.header(TransactionHeaders.XID, xid);
        }
        return send(request.build());
    }

    private static HttpResponse<String> send(HttpRequest request) throws Exception {
        return HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
    }

    /** Stands for the coordinator. */
    static final class Coordinator {
        final List<String> vetoes = new CopyOnWriteArrayList<>();
        final AtomicBoolean reachable = new AtomicBoolean(true);
        final AtomicBoolean errorsVeto = new AtomicBoolean(true);
        final List<String> errorPages = new CopyOnWriteArrayList<>();

        boolean veto(Participation participation, String reason) {
            assertThat(participation.xid()).isEqualTo(XID);
            vetoes.add(reason);
            return reachable.get();
        }

        Participation participate(Xid xid, List<Execution> executions) {
            if (!xid.cluster().equals(XID.cluster())) {
                throw new UsageException(xid, "it belongs to another coordinator");
            }
            return new Participation(xid, executions);
        }
    }

    @SpringBootConfiguration
    @EnableAutoConfiguration
    @Import(Api.class)
    static class Service {

        @Bean
        Coordinator coordinator() {
            return new Coordinator();
        }

        @Bean
        ParticipationFilter participationFilter(Coordinator coordinator) {
            return new ParticipationFilter(
                    HostRule.of(List.of("internal")),
                    coordinator::participate,
                    coordinator::veto,
                    request -> new VetoRule(coordinator.errorsVeto.get()).test(request));
        }

        @Bean
        ErrorAttributes errorAttributes(Coordinator coordinator) {
            return new DefaultErrorAttributes() {
                @Override
                public Map<String, Object> getErrorAttributes(WebRequest request, ErrorAttributeOptions options) {
                    coordinator.errorPages.add(String.valueOf(CurrentTransaction.xid()));
                    return super.getErrorAttributes(request, options);
                }
            };
        }

        @Bean
        HandlerErrorRecorder handlerErrorRecorder() {
            return new HandlerErrorRecorder();
        }

        @Bean
        WebServerFactoryCustomizer<TomcatServletWebServerFactory> oneThread() {
            return factory -> factory.addProtocolHandlerCustomizers(handler ->
                    handler.setExecutor(Executors.newSingleThreadExecutor(task -> {
                        Thread thread = new Thread(task, "the only worker");
                        thread.setDaemon(true);
                        return thread;
                    })));
        }
    }

    @ResponseStatus(HttpStatus.NOT_FOUND)
    static final class NotFoundException extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    static final class LostException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        LostException() {
            super("lost");
        }
    }

    static final class RedirectedException extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    @RestController
    static class Api {

        @RequestMapping("/xid")
        String xid() {
            return String.valueOf(CurrentTransaction.xid());
        }

        @RequestMapping("/resets")
        void resets(HttpServletResponse response) throws IOException {
            response.getWriter().write("half of");
            response.reset();
            response.getWriter().write(xid());
        }

        @RequestMapping("/executions")
        String executions() {
            return current().executions().stream()
                    .map(execution -> execution.call() + "." + execution.id())
                    .collect(Collectors.joining("/"));
        }

        @RequestMapping("/throws")
        String fails() {
            throw new IllegalStateException("no such account");
        }

        @RequestMapping("/handled")
        String handled() {
            throw new LostException();
        }

        @ExceptionHandler(LostException.class)
        ResponseEntity<String> handle() {
            return ResponseEntity.ok("all is well");
        }

        @RequestMapping("/error-500")
        ResponseEntity<String> error() {
            return ResponseEntity.internalServerError().body("sorry");
        }

        @NoVeto
        @RequestMapping("/marked")
        ResponseEntity<String> marked(String how) {
            switch (how) {
                case "throw" -> throw new IllegalStateException("of no importance");
                case "leave-open" -> current().captureStarted();
                case "give-up-then-throw" -> {
                    givesUpACall();
                    throw new IllegalStateException("of no importance");
                }
                default -> write();
            }
            return ResponseEntity.internalServerError().build();
        }

        @NoVeto
        @RequestMapping("/marked-send")
        void markedSend(boolean open, HttpServletResponse response) throws IOException {
            if (open) {
                current().captureStarted();
            }
            response.sendError(500);
        }

        @NoVeto
        @RequestMapping("/sends-error-then-gives-up")
        void sendsErrorThenGivesUp(HttpServletResponse response) throws IOException {
            response.sendError(500);
            givesUpACall();
        }

        @RequestMapping("/sends-error-then-writes")
        void sendsErrorThenWrites(HttpServletResponse response) throws IOException {
            response.getWriter().write("half done");
            response.sendError(502, "bank3 is away");
            assertThat(response.isCommitted()).isTrue();
            assertThat(response.getStatus()).isEqualTo(502);
            response.setStatus(200);
            response.setContentLength(7);
            response.getWriter().write("done".repeat(20_000));
            response.flushBuffer();
            assertThat(catchThrowable(response::reset)).isInstanceOf(IllegalStateException.class);
            assertThat(catchThrowable(response::resetBuffer)).isInstanceOf(IllegalStateException.class);
            assertThat(catchThrowable(() -> response.sendError(404))).isInstanceOf(IllegalStateException.class);
            assertThat(catchThrowable(() -> response.sendRedirect("/xid"))).isInstanceOf(IllegalStateException.class);
            assertThat(response.getStatus()).isEqualTo(502);
        }

        @RequestMapping("/forwards")
        void forwards(HttpServletRequest request, HttpServletResponse response) throws Exception {
            request.getRequestDispatcher(request.getParameter("to")).forward(request, response);
        }

        @RequestMapping("/send-error")
        void sendError(HttpServletResponse response) throws IOException {
            response.sendError(503);
        }

        @RequestMapping("/not-found")
        String notFound() {
            throw new NotFoundException();
        }

        @RequestMapping("/not-found-after-write")
        String notFoundAfterWrite() {
            write();
            throw new NotFoundException();
        }

        @RequestMapping("/conflict")
        ResponseEntity<String> conflict() {
            return ResponseEntity.status(409).build();
        }

        @RequestMapping("/conflict-after-locking-read")
        ResponseEntity<String> conflictAfterLockingRead() {
            current().captureStarted();
            current().captureEnded();
            return ResponseEntity.status(409).build();
        }

        @RequestMapping("/conflict-after-write")
        ResponseEntity<String> conflictAfterWrite() {
            write();
            return ResponseEntity.status(409).build();
        }

        @RequestMapping("/redirects-with-a-body")
        void redirectsWithABody(HttpServletResponse response) throws IOException {
            response.getWriter().write("moved");
            response.sendRedirect("/xid", 307, false);
            response.getWriter().write(" again");
        }

        @RequestMapping("/redirects-after-write")
        void redirectsAfterWrite(HttpServletResponse response) throws IOException {
            write();
            response.sendRedirect("/xid");
            assertThat(response.isCommitted()).isTrue();
        }

        @RequestMapping("/redirects-by-status-after-write")
        void redirectsByStatusAfterWrite(HttpServletResponse response) throws IOException {
            write();
            response.sendRedirect("/xid", 303);
            assertThat(response.isCommitted()).isTrue();
            assertThat(response.getStatus()).isEqualTo(303);
        }

        @RequestMapping("/redirects-with-a-body-after-write")
        void redirectsWithABodyAfterWrite(HttpServletResponse response) throws IOException {
            response.getWriter().write("moved");
            response.sendRedirect("/xid", false);
            write();
            assertThat(response.isCommitted()).isTrue();
            assertThat(response.getStatus()).isEqualTo(302);
        }

        @RequestMapping("/conflict-after-call")
        ResponseEntity<String> conflictAfterCall(String how, String to) {
            RestTemplate client = new RestTemplate(new JdkClientHttpRequestFactory());
            HttpHeaders headers = new HttpHeaders();
            if (how.equals("by-hand")) {
                TransactionHeaders.inject(headers::set);
            } else {
                client.getInterceptors()
                        .add(new PropagatingInterceptor(new OutgoingCalls(HostRule.of(List.of("internal")))));
            }
            HttpMethod method = HttpMethod.valueOf(how.equals("by-hand") ? "POST" : how);
            try {
                client.exchange(peer.uri(to), method, new HttpEntity<>(headers), String.class);
            } catch (HttpClientErrorException declined) {
                assertThat(declined.getStatusCode().value()).isEqualTo(409);
            }
            return ResponseEntity.status(409).build();
        }

        @RequestMapping("/bad-parameter")
        String badParameter(int number) {
            return "" + number;
        }

        @RequestMapping("/leaves-open")
        String leavesOpen() {
            current().captureStarted();
            return "done";
        }

        @RequestMapping("/leaves-a-call-behind")
        String leavesACallBehind() {
            current().callStarted();
            return "done";
        }

        @RequestMapping("/gives-up-a-call")
        String givesUpACall() {
            current().veto("GET http://bank3/ ended without an answer");
            return "done without it";
        }

        /** The task gives its call up while the end of the request waits for the task. */
        @RequestMapping("/leaves-a-call-to-a-task")
        String leavesACallToATask() {
            Thread request = Thread.currentThread();
            Thread task = new Thread(CurrentTransaction.handOver(() -> {
                while (Arrays.stream(request.getStackTrace())
                        .noneMatch(frame -> frame.getMethodName().equals("tasksHaveEnded"))) {
                    Thread.onSpinWait();
                }
                givesUpACall();
            }));
            task.start();
            return "done";
        }

        @RequestMapping("/flushes-then-throws")
        void flushesThenThrows(HttpServletResponse response) throws IOException {
            response.getOutputStream().write("done".getBytes(StandardCharsets.UTF_8));
            response.getOutputStream().flush();
            response.flushBuffer();
            throw new IllegalStateException("after the flush");
        }

        @RequestMapping("/redirects-after-failure")
        void redirectsAfterFailure() {
            throw new RedirectedException();
        }

        @ExceptionHandler(RedirectedException.class)
        void redirect(HttpServletResponse response) throws IOException {
            response.sendRedirect("/xid");
        }

        @RequestMapping("/large")
        void large(HttpServletResponse response) throws IOException {
            for (int i = 0; i < 299_997; i++) {
                response.getOutputStream().write('x');
            }
            response.getOutputStream().write("end".getBytes(StandardCharsets.UTF_8));
        }

        @RequestMapping("/large-then-open")
        void largeThenOpen(HttpServletResponse response) throws IOException {
            response.getOutputStream().write(new byte[300_000]);
            current().captureStarted();
        }

        @RequestMapping("/writer")
        void writer(HttpServletResponse response) throws IOException {
            response.setContentType("text/plain");
            response.getWriter().write("caf\u00e9");
        }

        @RequestMapping("/fails-if-called")
        String failsIfCalled() {
            throw new AssertionError("the handler was called");
        }

        @RequestMapping("/callable")
        Callable<String> callable() {
            return () -> "later";
        }

        @RequestMapping("/deferred")
        DeferredResult<String> deferred() {
            DeferredResult<String> result = new DeferredResult<>();
            result.setResult("later");
            return result;
        }

        @RequestMapping("/future")
        CompletableFuture<String> future() {
            return CompletableFuture.completedFuture("later");
        }

        @RequestMapping("/streaming")
        StreamingResponseBody streaming() {
            return out -> out.write("later".getBytes(StandardCharsets.UTF_8));
        }

        private static void write() {
            current().captureStarted();
            current().rowsWritten();
            current().branchRegistered();
            current().captureEnded();
        }

        private static Participation current() {
            return Objects.requireNonNull(CurrentTransaction.get());
        }
    }
}
