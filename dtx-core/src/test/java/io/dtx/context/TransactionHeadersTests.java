package io.dtx.context;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.dtx.model.Xid;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TransactionHeadersTests {

    private static final Xid XID = Xid.mint("Cluster1", 1_700_000_000_000L, new byte[10]);

    @Test
    void whatIsInjectedIsExtracted() {
        Map<String, String> headers = new LinkedHashMap<>();
        CurrentTransaction.Scope scope = CurrentTransaction.bind(new Participation(XID));
        TransactionHeaders.inject(headers::put);
        scope.close();
        assertThat(headers).containsExactly(Map.entry("dtx-xid", XID.toString()));
        assertThat(TransactionHeaders.extract(headers.values())).isEqualTo(XID);
    }

    @Test
    void nothingIsInjectedOutsideOfATransaction() {
        TransactionHeaders.inject((name, value) -> {
            throw new AssertionError(name);
        });
    }

    @Test
    void noHeaderIsNoTransaction() {
        assertThat(TransactionHeaders.extract(List.of())).isNull();
    }

    @Test
    void theSameXidTwiceIsOne() {
        assertThat(TransactionHeaders.extract(List.of(XID.toString(), " " + XID + " ")))
                .isEqualTo(XID);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "nonsense", "Cluster1-01HF7YAT000000000000000000x", "Cluster1_01HF7YAT000000000000000000"})
    void aMalformedXidIsRefused(String value) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> TransactionHeaders.extract(List.of(value)))
                .withMessageContaining("the header dtx-xid is malformed");
    }

    @Test
    void aHostileValueIsQuotedShortAndPrintable() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> TransactionHeaders.extract(List.of("\r\nSet-Cookie: x" + "y".repeat(10_000))))
                .satisfies(refused ->
                        assertThat(refused.getMessage()).hasSizeLessThan(200).doesNotContain("\r", "\n"));
    }

    @Test
    void twoTransactionsAreRefused() {
        Xid other = Xid.mint("Cluster1", 1_700_000_000_001L, new byte[10]);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> TransactionHeaders.extract(List.of(XID.toString(), other.toString())))
                .withMessageContaining("more than one");
    }

    @Test
    void aVetoIsMadeFitForAHeader() {
        assertThat(TransactionHeaders.vetoValue("no money\r\nfor ü" + "x".repeat(1_000)))
                .startsWith("no money??for ?x")
                .hasSize(200);
    }
}
