package io.dtx.spring.propagation;

import static org.assertj.core.api.Assertions.assertThat;

import io.dtx.context.CurrentTransaction;
import io.dtx.context.Participation;
import io.dtx.context.TransactionHeaders;
import io.dtx.model.Xid;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

@ExtendWith(OutputCaptureExtension.class)
class OutgoingCallsTests {

    @Test
    void aHostThatIsNotToldIsNamedOnceInTheLog(CapturedOutput output) {
        OutgoingCalls calls = new OutgoingCalls(HostRule.of(List.of("internal")));
        callTo(calls, "api.example.org", "api.example.org", "other.example.org");
        assertThat(calls.start("GET", URI.create("https://outside.example.org")))
                .isNull();

        assertThat(output.getOut().lines().filter(line -> line.contains("dtx.propagation.hosts")))
                .satisfiesExactly(
                        first -> assertThat(first)
                                .contains("WARN", "api.example.org", "is not rolled back")
                                .contains("dtx.propagation.hosts=internal,api.example.org ")
                                .endsWith("dtx.propagation.hosts=internal,!api.example.org"),
                        second -> assertThat(second).contains("other.example.org"));
    }

    @Test
    void theValueToWriteKeepsWhatIsThereAndIsNeverWiderThanTheHost(CapturedOutput output) {
        callTo(new OutgoingCalls(HostRule.of(List.of("!legacy"))), "bank3.example.org", "*");

        assertThat(output.getOut().lines().filter(line -> line.contains("WARN")))
                .satisfiesExactly(
                        named ->
                                assertThat(named).contains("dtx.propagation.hosts=internal,!legacy,bank3.example.org "),
                        strange -> assertThat(strange).contains("dtx.propagation.hosts=internal,!legacy,<host> "));
    }

    @Test
    void aHostThatIsExcludedIsNotWarnedOf(CapturedOutput output) {
        callTo(new OutgoingCalls(HostRule.of(List.of("internal", "!legacy"))), "legacy", "legacy");

        assertThat(output.getOut().lines().filter(line -> line.contains("dtx.propagation.hosts")))
                .singleElement()
                .asString()
                .contains("INFO", "legacy", "is not rolled back");
    }

    @Test
    void aHostThatAnswersAWriteWithoutTakingPartIsNamedOnceInTheLog(CapturedOutput output) {
        OutgoingCalls calls = new OutgoingCalls(HostRule.of(List.of("internal")));

        answered(calls, "GET", "reading", 200, Map.of());
        answered(calls, "POST", "partner", 200, Map.of(TransactionHeaders.BRANCHES, "call/0"));
        answered(calls, "POST", "vetoing", 200, Map.of(TransactionHeaders.VETO, "no"));
        answered(calls, "POST", "moved", 302, Map.of());
        answered(calls, "POST", "declining", 409, Map.of());
        assertThat(output).doesNotContain("did not take part");

        answered(calls, "POST", "legacy", 201, Map.of());
        answered(calls, "PUT", "legacy", 200, Map.of());
        assertThat(output.getOut().lines().filter(line -> line.contains("did not take part")))
                .singleElement()
                .asString()
                .contains("WARN", "legacy has answered", "dtx-spring-boot-starter")
                .endsWith("dtx.propagation.hosts=internal,!legacy");
    }

    private static void answered(
            OutgoingCalls calls, String method, String host, int status, Map<String, String> headers) {
        Participation participation = new Participation(Xid.mint("cluster1", 1_000, new byte[10]));
        OutgoingCall call = calls.start(participation, method, URI.create("http://" + host + "/orders"));
        Objects.requireNonNull(call).answered(status, headers::get);
        assertThat(participation.openCalls()).isZero();
    }

    private static void callTo(OutgoingCalls calls, String... hosts) {
        CurrentTransaction.Scope scope =
                CurrentTransaction.bind(new Participation(Xid.mint("cluster1", 1_000, new byte[10])));
        try {
            for (String host : hosts) {
                assertThat(calls.start("GET", URI.create("https://" + host + "/prices")))
                        .isNull();
            }
        } finally {
            scope.close();
        }
    }
}
