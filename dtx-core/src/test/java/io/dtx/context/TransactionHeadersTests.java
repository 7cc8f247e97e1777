package io.dtx.context;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dtx.error.UsageException;
import io.dtx.model.Execution;
import io.dtx.model.Xid;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TransactionHeadersTests {

    private static final Xid XID = Xid.mint("Cluster1", 1_700_000_000_000L, new byte[10]);

    @Test
    void whatIsInjectedIsExtracted() {
        Map<String, String> headers = new LinkedHashMap<>();
        CurrentTransaction.Scope scope = CurrentTransaction.bind(Participation.ofInitiator(XID));
        TransactionHeaders.inject(headers::put);
        scope.close();
        assertThat(headers).containsOnlyKeys("dtx-xid", "dtx-call").containsEntry("dtx-xid", XID.toString());
        assertThat(TransactionHeaders.extract(List.of(XID.toString()))).isEqualTo(XID);
    }

    @Test
    void aCallNamesTheExecutionsThatLedToIt() {
        Participation first = new Participation(XID, received(newCall(Participation.ofInitiator(XID))));
        String nested = newCall(first);

        List<Execution> once = received(nested);
        List<Execution> twice = received(nested);

        assertThat(once).hasSize(2).startsWith(first.executions().get(0));
        assertThat(twice).startsWith(first.executions().get(0));
        assertThat(twice.get(1).call()).isEqualTo(once.get(1).call());
        assertThat(twice.get(1).id()).isNotEqualTo(once.get(1).id());
        assertThat(received(newCall(first)).get(1).call())
                .as("the next call is another")
                .isNotEqualTo(once.get(1).call());
    }

    @Test
    void callsNestOnlySoDeep() {
        Participation deepest = Participation.ofInitiator(XID);
        for (int i = 0; i < Execution.MAX_DEPTH; i++) {
            deepest = new Participation(XID, received(newCall(deepest)));
        }
        Participation last = deepest;
        assertThatThrownBy(() -> newCall(last))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("in a circle");
        String beyond =
                "00000000-0000-0000-0000-000000000000.00000000-0000-0000-0000-000000000000/".repeat(Execution.MAX_DEPTH)
                        + "00000000-0000-0000-0000-000000000000";
        assertThatIllegalArgumentException().isThrownBy(() -> received(beyond)).withMessageContaining("more than 16");
    }

    @Test
    void twoCallsAreRefused() {
        String one = newCall(Participation.ofInitiator(XID));
        String other = newCall(Participation.ofInitiator(XID));
        assertThat(TransactionHeaders.newExecution(List.of(one, " " + one))).hasSize(1);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> TransactionHeaders.newExecution(List.of(one, other)))
                .withMessageContaining("more than one");
    }

    @Test
    void anAnswerAccountsForTheBranchesOfItsCall() {
        Participation caller = new Participation(XID, received(newCall(Participation.ofInitiator(XID))));
        String call = newCall(caller);
        Participation called = new Participation(XID, received(call));

        String two = TransactionHeaders.branchesValue(called, OptionalInt.of(2));
        String unknown = TransactionHeaders.branchesValue(called, OptionalInt.empty());

        assertThat(TransactionHeaders.answeredBranches(two, call)).hasValue(2);
        assertThat(TransactionHeaders.answeredBranches(unknown, call)).isEmpty();
        assertThat(TransactionHeaders.answeredBranches(null, call))
                .as("of something that takes no part")
                .hasValue(0);
        assertThat(TransactionHeaders.answeredBranches(two, newCall(caller)))
                .as("out of a cache")
                .hasValue(0);
        assertThat(TransactionHeaders.branchesValue(new Participation(XID), OptionalInt.of(2)))
                .as("of a caller that named no call, and counts no branch of it")
                .isEqualTo("unknown");
        assertThat(TransactionHeaders.answeredBranches("unknown", call))
                .as("handed on from somebody who was not called by name, and whose branches nobody counts")
                .hasValue(0);
    }

    @Test
    void onlyTheNumberOfItsBranchesSaysThatTheParticipantHasEnded() {
        String nested = newCall(new Participation(XID, received(newCall(Participation.ofInitiator(XID)))));
        String id = nested.substring(nested.lastIndexOf('/') + 1);

        assertThat(TransactionHeaders.mayBeAtWork(id + "/0", nested)).isFalse();
        assertThat(TransactionHeaders.mayBeAtWork(null, nested))
                .as("something that takes no part")
                .isFalse();
        assertThat(List.of(id + "/unknown", "unknown", XID + "/0", id + "/"))
                .allMatch(value -> TransactionHeaders.mayBeAtWork(value, nested));
        assertThat(TransactionHeaders.mayBeAtWork("unknown", null)).isTrue();
    }

    @Test
    void whoWasNotCalledByNameCallsNobodyByName() {
        Participation participation = new Participation(XID);
        Map<String, String> headers = new LinkedHashMap<>();
        CurrentTransaction.Scope scope = CurrentTransaction.bind(participation);
        TransactionHeaders.inject(headers::put);
        scope.close();

        assertThat(headers).containsOnlyKeys("dtx-xid");
        assertThat(TransactionHeaders.newCall(participation)).isNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "-1", "+1", "1234567", "2, 3", "\u0661", "unknown ", "UNKNOWN"})
    void aMalformedNumberOfBranchesAccountsForNone(String number) {
        String call = newCall(Participation.ofInitiator(XID));
        assertThat(TransactionHeaders.answeredBranches(call + "/" + number, call))
                .hasValue(0);
    }

    private static String newCall(Participation caller) {
        return Objects.requireNonNull(TransactionHeaders.newCall(caller));
    }

    private static List<Execution> received(String call) {
        return TransactionHeaders.newExecution(List.of(call));
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
