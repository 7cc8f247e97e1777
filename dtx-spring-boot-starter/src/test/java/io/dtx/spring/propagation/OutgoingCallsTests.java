package io.dtx.spring.propagation;

import static org.assertj.core.api.Assertions.assertThat;

import io.dtx.context.CurrentTransaction;
import io.dtx.context.Participation;
import io.dtx.model.Xid;
import java.net.URI;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

@ExtendWith(OutputCaptureExtension.class)
class OutgoingCallsTests {

    @Test
    void aHostThatIsNotToldIsNamedOnceInTheLog(CapturedOutput output) {
        OutgoingCalls calls = new OutgoingCalls(HostRule.of(List.of("internal")));
        CurrentTransaction.Scope scope =
                CurrentTransaction.bind(new Participation(Xid.mint("cluster1", 1_000, new byte[10])));
        try {
            for (String host : List.of("api.example.org", "api.example.org", "other.example.org")) {
                assertThat(calls.start("GET", URI.create("https://" + host + "/prices")))
                        .isNull();
            }
        } finally {
            scope.close();
        }
        assertThat(calls.start("GET", URI.create("https://outside.example.org")))
                .isNull();

        assertThat(output.getOut().lines().filter(line -> line.contains("dtx.propagation.hosts")))
                .satisfiesExactly(
                        first -> assertThat(first).contains("api.example.org", "is not rolled back"),
                        second -> assertThat(second).contains("other.example.org"));
    }
}
