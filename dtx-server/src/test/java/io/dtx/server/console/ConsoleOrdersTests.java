package io.dtx.server.console;

import static org.assertj.core.api.Assertions.assertThat;

import io.dtx.model.BranchId;
import io.dtx.model.Outcome;
import io.dtx.model.RollbackReason;
import io.dtx.model.TransactionStatus;
import io.dtx.model.Xid;
import io.dtx.protocol.Reply.RestoreOrder;
import io.dtx.protocol.Request.RestoreReport.Result;
import io.dtx.server.console.Operator.Answer;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** What operators order, from their request to what the application is told to do. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ConsoleOrdersTests {

    private static final String ORDER = "{\"operator\": \"anna\", \"note\": \"ticket 4711\"}";
    private static final String FORCE = "{\"operator\": \"anna\", \"note\": \"database is gone\", \"force\": true}";

    private final Bench bench;

    ConsoleOrdersTests(@TempDir Path directory) {
        bench = new Bench(directory);
    }

    @AfterAll
    void stop() {
        bench.close();
    }

    @Test
    void aRestoreThatFailsAndIsTriedAgainIsShownWithItsLastFailure() throws Exception {
        ScriptedAgent agent =
                new ScriptedAgent("failing").ends(1, Result.FAILED).ends(2, Result.FAILED);
        bench.client.attach(agent);
        Xid xid = bench.rollingBack("failing");

        bench.awaitAt(xid, "/branches/0/restoreFailures", "2");
        assertThat(bench.show(xid).at("/branches/0/lastFailure")).isEqualTo(ScriptedAgent.FAILURE);
        assertThat(bench.show(xid).at("/branches/0/state")).isEqualTo("REGISTERED");

        agent.ends(3, Result.RESTORED);
        bench.awaitAt(xid, "/status", "ROLLED_BACK");
        assertThat(bench.show(xid).body()).doesNotContain("restoreFailures", "lastFailure");
    }

    @Test
    @DisplayName(
            "I7, I4: a branch whose rows were changed from outside is shown as stalled, with what differs, and keeps its locks")
    void i7_aDirtyBranchIsShownAsStalledWithWhatDiffers() throws Exception {
        Xid xid = bench.stalled(new ScriptedAgent("dirty").ends(1, Result.DIRTY));

        Answer shown = bench.show(xid);
        assertThat(shown.at("/status")).isEqualTo("ROLLING_BACK");
        assertThat(shown.at("/branches/0/state")).isEqualTo("STALLED");
        assertThat(shown.at("/branches/0/detail")).isEqualTo(ScriptedAgent.DIFFERENCE);
        assertThat(shown.at("/branches/0/differingRows")).isEqualTo("3");
        assertThat(shown.json().at("/branches/0/differences")).hasToString("""
                [{"table":"account","key":"id=1","what":"CHANGED","columns":["balance"],"values":{\
                "before":{"balance":"100","note":null},\
                "after":{"balance":"70","note":"mine"},\
                "now":{"balance":"90","note":"mine"}}},\
                {"table":"entry","key":"id=7","what":"MISSING","columns":[]}]""");
        assertThat(bench.listed("?status=STALLED")).contains(xid.toString());
        assertThat(bench.lockHolders("?table=dirty")).containsExactly(xid.toString());
    }

    @Test
    @DisplayName("I7, T14: a retry orders the restore again under a new attempt, and is kept with who and why")
    void i7_t14_aRetryOrdersTheRestoreAgain() throws Exception {
        ScriptedAgent agent = new ScriptedAgent("retried").ends(1, Result.DIRTY).ends(2, Result.RESTORED);
        Xid xid = bench.stalled(agent);

        Answer answer = bench.operator.post(Bench.branch(xid, "retry"), ORDER);

        assertThat(answer.at("/stalled")).isEqualTo("false");
        assertAudit(answer, "RETRY", "ticket 4711");
        bench.awaitAt(xid, "/status", "ROLLED_BACK");
        assertThat(agent.orders).containsExactly(order(xid, "retried", 1, false), order(xid, "retried", 2, false));
        Answer shown = bench.show(xid);
        assertThat(shown.at("/forced")).isEqualTo("false");
        assertThat(shown.at("/branches/0/state")).isEqualTo("RESTORED");
        assertAudit(shown, "RETRY", "ticket 4711");
        assertThat(bench.listed("?status=FORCED")).doesNotContain(xid.toString());
        assertThat(bench.lockHolders("?table=retried")).isEmpty();
    }

    @Test
    @DisplayName("I7, T14: a skip is an order to the application; locks go with its report, and the outcome is FORCED")
    void i7_t14_aSkipIsCarriedOutByTheApplicationBeforeTheLocksGo() throws Exception {
        ScriptedAgent agent = new ScriptedAgent("skipped").ends(1, Result.DIRTY);
        Xid xid = bench.stalled(agent);

        Answer answer = bench.operator.post(Bench.branch(xid, "skip"), ORDER);

        assertThat(answer.at("/status")).isEqualTo("ROLLING_BACK");
        assertThat(answer.at("/branches/0/state")).isEqualTo("SKIP_ORDERED");
        assertThat(bench.lockHolders("?table=skipped"))
                .as("before the guard row is reported")
                .containsExactly(xid.toString());
        agent.ends(2, Result.SKIPPED);
        bench.awaitAt(xid, "/status", "ROLLED_BACK");
        assertThat(agent.orders).containsExactly(order(xid, "skipped", 1, false), order(xid, "skipped", 2, true));
        assertForced(xid, "SKIP", "ticket 4711");
        assertThat(bench.lockHolders("?table=skipped")).isEmpty();
    }

    @Test
    @DisplayName("I7, T14: a skip that was ordered is not taken back by a retry")
    void i7_t14_anOrderedSkipIsNotTakenBack() throws Exception {
        Xid xid = bench.rollingBack("ordered");
        bench.operator.post(Bench.branch(xid, "skip"), ORDER).json();

        bench.operator.post(Bench.branch(xid, "retry"), ORDER).isProblem(409, "SKIP_ORDERED", "/transactions/");

        assertThat(bench.show(xid).at("/branches/0/state")).isEqualTo("SKIP_ORDERED");
    }

    @Test
    @DisplayName("I7: a forced skip needs no application, which is recorded")
    void i7_aForcedSkipNeedsNoApplication() throws Exception {
        Xid xid = bench.rollingBack("forced");

        Answer answer = bench.operator.post(Bench.branch(xid, "skip"), FORCE);

        assertThat(answer.at("/status")).isEqualTo("ROLLED_BACK");
        assertForced(xid, "FORCED_SKIP", "database is gone");
        assertThat(bench.lockHolders("?table=forced")).isEmpty();
    }

    @Test
    @DisplayName("I7: a forced outcome that has been seen to is forgotten by an order, and by no mistake")
    void i7_aForcedOutcomeThatHasBeenSeenToIsForgotten() throws Exception {
        Xid xid = bench.rollingBack("settled");
        String path = "/transactions/" + xid + "/forget";
        bench.operator.post(path, ORDER).isProblem(409, "not forced", "/transactions/");
        bench.operator.post(Bench.branch(xid, "skip"), FORCE).json();
        bench.operator.post(path, "{\"operator\": \"anna\"}").isProblem(400, "the note is missing", "\"note\"");

        Answer last = bench.operator.post(path, ORDER);

        assertThat(last.at("/forced")).isEqualTo("true");
        assertAudit(last, "FORCED_SKIP", "database is gone");
        assertThat(bench.listed("?status=FORCED")).doesNotContain(xid.toString());
        assertThat(bench.show(xid).status()).isEqualTo(404);
        bench.operator.post(path, ORDER).isProblem(404, xid.toString(), "XID");
    }

    @Test
    @DisplayName(
            "I7: what is not rolling back can not be skipped, not even by force, and what is not stalled not retried")
    void i7_onlyARollbackIsSkippedAndOnlyAStalledBranchRetried() throws Exception {
        Xid active = bench.active("undecided");
        Xid rollingBack = bench.rollingBack("waiting");
        String before = bench.show(active).body() + bench.show(rollingBack).body();

        bench.operator.post(Bench.branch(active, "skip"), FORCE).isProblem(409, "ACTIVE", "/transactions/");
        bench.operator.post(Bench.branch(active, "retry"), ORDER).isProblem(409, "ACTIVE", "/transactions/");
        bench.operator
                .post(Bench.branch(rollingBack, "retry"), ORDER)
                .isProblem(409, "only a stalled branch", "/transactions/");

        assertThat(bench.show(active).body() + bench.show(rollingBack).body()).isEqualTo(before);
    }

    @Test
    @DisplayName(
            "I1: an operator rolls an active transaction back, once and for everybody, and its branches are restored")
    void i1_anOperatorRollsAnActiveTransactionBack() throws Exception {
        ScriptedAgent agent = new ScriptedAgent("runaway").ends(1, Result.RESTORED);
        bench.client.attach(agent);
        Xid xid = bench.active("runaway");
        String path = "/transactions/" + xid + "/rollback";

        Answer answer = bench.operator.post(path, ORDER);

        assertThat(answer.at("/rollback/reason")).isEqualTo("OPERATOR");
        assertThat(answer.at("/rollback/by")).isEqualTo("anna");
        assertThat(answer.at("/rollback/detail")).isEqualTo("ticket 4711");
        bench.awaitAt(xid, "/status", "ROLLED_BACK");
        assertThat(agent.orders).containsExactly(order(xid, "runaway", 1, false));
        Outcome learned = bench.client.commit(xid).get(20, TimeUnit.SECONDS);
        assertThat(learned.status()).isEqualTo(TransactionStatus.ROLLED_BACK);
        assertThat(learned.rollback()).extracting("reason").isEqualTo(RollbackReason.OPERATOR);
        assertThat(bench.operator.post(path, ORDER).at("/status"))
                .as("the same order again")
                .isEqualTo("ROLLED_BACK");
    }

    @Test
    @DisplayName("I1: what is decided otherwise is not rolled back by an operator")
    void i1_aCommittedTransactionStaysCommitted() throws Exception {
        Xid xid = bench.active("committed");
        bench.client.reportCommitted(new BranchId(xid, 7));
        assertThat(bench.client.commit(xid).get(20, TimeUnit.SECONDS).status()).isEqualTo(TransactionStatus.COMMITTED);

        bench.operator
                .post("/transactions/" + xid + "/rollback", ORDER)
                .isProblem(409, "already decided: COMMITTED", "a decision stays");

        Answer shown = bench.show(xid);
        assertThat(shown.at("/status")).isEqualTo("COMMITTED");
        assertThat(shown.at("/finishedAt")).startsWith("20");
        assertThat(List.of("createdAt", "name", "application", "branchCount", "branches", "audit"))
                .as("not kept, and so not shown as if there had been nothing: %s", shown.json())
                .noneMatch(part -> shown.json().has(part));
    }

    private void assertForced(Xid xid, String action, String note) {
        Answer shown = bench.show(xid);
        assertThat(shown.at("/forced")).isEqualTo("true");
        assertThat(shown.at("/branches/0/state")).isEqualTo("SKIPPED");
        assertAudit(shown, action, note);
        assertThat(bench.listed("?status=FORCED")).contains(xid.toString());
        assertThat(bench.listed("")).doesNotContain(xid.toString());
    }

    private static void assertAudit(Answer shown, String action, String note) {
        assertThat(shown.json().path("audit").size()).isEqualTo(1);
        assertThat(shown.at("/audit/0/action")).isEqualTo(action);
        assertThat(shown.at("/audit/0/branch")).isEqualTo("7");
        assertThat(shown.at("/audit/0/operator")).isEqualTo("anna");
        assertThat(shown.at("/audit/0/note")).isEqualTo(note);
        assertThat(shown.at("/audit/0/at")).startsWith("20");
    }

    private static RestoreOrder order(Xid xid, String resource, int attempt, boolean skip) {
        return new RestoreOrder(new BranchId(xid, 7), resource, attempt, skip);
    }
}
