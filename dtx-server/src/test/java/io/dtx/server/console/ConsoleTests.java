package io.dtx.server.console;

import static org.assertj.core.api.Assertions.assertThat;

import io.dtx.model.Xid;
import io.dtx.server.console.Operator.Answer;
import io.dtx.server.tls.LogLines;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Who gets in, what is shown, and what is refused. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ConsoleTests {

    private static final String ORDER = "{\"operator\": \"anna\", \"note\": \"ticket 4711\"}";

    private final Bench bench;

    ConsoleTests(@TempDir Path directory) {
        bench = new Bench(directory);
    }

    @AfterAll
    void stop() {
        bench.close();
    }

    @Test
    void withoutTheTokenOrWithAnotherNothingIsShownAndTheRemedyIsSaid() {
        for (String path : new String[] {"/transactions", "/locks", "/nowhere", "/actuator", "/actuator/health/db"}) {
            for (Answer answer : new Answer[] {
                bench.operatorWithoutToken().get(path),
                bench.operatorWith("guessed-token").get(path)
            }) {
                answer.isProblem(401, "token is missing or wrong", "Authorization: Bearer <token>");
                assertThat(answer.response().headers().firstValue("WWW-Authenticate"))
                        .hasValue("Bearer");
                assertThat(answer.body() + answer.response().headers().map())
                        .contains("dtx.server.operator-token")
                        .doesNotContain(Bench.TOKEN, "guessed-token");
            }
        }
    }

    @Test
    void whoeverGuessesTokensDoesNotFillTheLog() {
        try (LogLines log = new LogLines("io.dtx.server")) {
            for (int guess = 0; guess < 20; guess++) {
                bench.operatorWith("guessed-token" + guess).get("/transactions");
            }

            assertThat(log.lines())
                    .filteredOn(line -> line.contains("Refused an HTTP request"))
                    .hasSizeLessThanOrEqualTo(1);
        }
    }

    @Test
    @DisplayName("I7: without the token nothing can be ordered")
    void i7_withoutTheTokenNothingCanBeOrdered() throws Exception {
        Xid xid = bench.rollingBack("untouched");
        String before = bench.show(xid).body();
        String force = "{\"operator\": \"eve\", \"note\": \"mine\", \"force\": true}";

        bench.operatorWithoutToken().post(Bench.branch(xid, "skip"), force).isProblem(401, "token", "Authorization");
        bench.operatorWith("guessed-token")
                .post(Bench.branch(xid, "skip"), force)
                .isProblem(401, "token", "Authorization");

        assertThat(bench.show(xid).body()).isEqualTo(before);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/transactions/",
                "//transactions",
                "/./transactions",
                "/%74ransactions",
                "/transactions;/actuator/health",
                "/actuator/health/../../transactions",
                "/actuator/health/%2e%2e/%2e%2e/transactions",
                "/actuator/health;/../../transactions"
            })
    void noSpellingOfThePathGetsAroundTheToken(String path) {
        Answer answer = bench.operatorWithoutToken().get(path);

        assertThat(answer.status()).isBetween(400, 404);
        assertThat(answer.body()).doesNotContain("\"transactions\":");
    }

    @Test
    void theHealthIsOpenAndWithoutDetails() {
        assertThat(bench.operatorWithoutToken().get("/actuator/health").json()).hasToString("{\"status\":\"UP\"}");
    }

    @Test
    void anActiveTransactionIsShownWithItsBranchesAndLocks() throws Exception {
        Xid xid = bench.active("shown");

        Answer shown = bench.show(xid);

        assertThat(shown.at("/xid")).isEqualTo(xid.toString());
        assertThat(shown.at("/status")).isEqualTo("ACTIVE");
        assertThat(shown.at("/name")).isEqualTo("transfer");
        assertThat(shown.at("/application")).isEqualTo("bank");
        assertThat(shown.at("/timeoutMillis")).isEqualTo("600000");
        assertThat(shown.at("/branchCount")).isEqualTo("1");
        assertThat(shown.at("/branches/0/number")).isEqualTo("7");
        assertThat(shown.at("/branches/0/resource")).isEqualTo("shown");
        assertThat(shown.at("/branches/0/state")).isEqualTo("REGISTERED");
        assertThat(shown.at("/branches/0/locks/0")).isEqualTo("shown(1)");
        Answer locks = bench.operator.get("/locks?table=shown");
        assertThat(locks.json().path("locks").size()).isEqualTo(1);
        assertThat(locks.at("/locks/0/key")).isEqualTo("shown(1)");
        assertThat(locks.at("/locks/0/resource")).isEqualTo("shown");
        assertThat(locks.at("/locks/0/mode")).isEqualTo("EXCLUSIVE");
        assertThat(locks.at("/locks/0/xid")).isEqualTo(xid.toString());
        assertThat(bench.lockHolders("?xid=" + xid)).containsExactly(xid.toString());
        assertThat(bench.lockHolders("?table=shown&xid=" + bench.client.newXid()))
                .isEmpty();
    }

    @Test
    void transactionsAreListedByStatus() throws Exception {
        String active = bench.active("listed1").toString();
        String rollingBack = bench.rollingBack("listed2").toString();

        assertThat(bench.listed("")).contains(active, rollingBack);
        assertThat(bench.listed("?status=ACTIVE")).contains(active).doesNotContain(rollingBack);
        assertThat(bench.listed("?status=ROLLING_BACK")).contains(rollingBack).doesNotContain(active);
        assertThat(bench.listed("?status=STALLED")).doesNotContain(active, rollingBack);
        assertThat(bench.listed("?status=FORCED")).doesNotContain(active, rollingBack);
    }

    @Test
    void aPageSaysWhetherThereIsMoreAndTheNextOneGoesOn() throws Exception {
        bench.active("page1");
        bench.active("page2");

        Answer first = bench.operator.get("/transactions?limit=1");

        assertThat(first.at("/more")).isEqualTo("true");
        assertThat(bench.listed("?limit=1").get(0)).isEqualTo(bench.listed("").get(0));
        assertThat(bench.listed("?limit=1&offset=1"))
                .containsExactly(bench.listed("").get(1));
        assertThat(bench.operator.get("/transactions?limit=1000").at("/more")).isEqualTo("false");
        assertThat(bench.operator.get("/locks?limit=1").at("/more")).isEqualTo("true");
    }

    @ParameterizedTest
    @CsvSource({
        "/transactions/nonsense,         400, not an XID,         looks like",
        "/locks?xid=nonsense,            400, not an XID,         looks like",
        "/transactions?status=LOST,      400, 'LOST',             STALLED",
        "/transactions?status=stalled,   400, 'stalled',          STALLED",
        "/transactions?limit=-1,         400, limit is -1,        1 to 1000",
        "/transactions?limit=0,          400, limit is 0,         1 to 1000",
        "/transactions?limit=1001,       400, limit is 1001,      1 to 1000",
        "/transactions?limit=2147483647, 400, limit is 2147483647, 1 to 1000",
        "/transactions?limit=99999999999, 400, can not be the limit, whole number",
        "/transactions?limit=ten,        400, can not be the limit, whole number",
        "/transactions?offset=-1,        400, offset is -1,       count from 0",
        "/locks?limit=1001,              400, limit is 1001,      1 to 1000",
        "/nowhere,                       404, nothing here,       /transactions"
    })
    void aQuestionThatCanNotBeAnsweredIsRefusedWithTheRemedy(String path, int status, String error, String remedy) {
        bench.operator.get(path).isProblem(status, error, remedy);
    }

    @Test
    void anUnknownTransactionIsNotFoundAndNotCreated() {
        Xid unknown = bench.client.newXid();
        Xid foreign = Xid.mint("ZZZZZZZZ", unknown.epochMillis(), new byte[10]);

        bench.operator.get("/transactions/" + unknown).isProblem(404, unknown.toString(), "outcome-retention");
        bench.operator.get("/transactions/" + foreign).isProblem(404, "another coordinator cluster", "ZZZZZZZZ");
        for (String order : new String[] {"/rollback", "/branches/7/skip", "/branches/7/retry"}) {
            bench.operator.post("/transactions/" + unknown + order, ORDER).isProblem(404, unknown.toString(), "XID");
            bench.operator
                    .post("/transactions/" + foreign + order, ORDER)
                    .isProblem(404, "another coordinator cluster", "XID");
        }

        assertThat(bench.show(unknown).status()).isEqualTo(404);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '^',
            value = {
                "{\"operator\": \"anna\"}                                  | the note is missing     | \"note\"",
                "{\"operator\": \"anna\", \"note\": \"  \"}                | the note is missing     | \"note\"",
                "{\"note\": \"why\"}                                       | the operator is missing | \"operator\"",
                "{\"operator\": \" \", \"note\": \"why\"}                  | the operator is missing | \"operator\"",
                "{\"operator\": \"anna\", \"note\": \"why\", \"force\": \"perhaps\"} | the body is not | application/json",
                "{\"operator\": {}, \"note\": \"why\"}                     | the body is not         | application/json",
                "{\"operator\":                                            | the body is not         | application/json",
                "[]                                                        | the body is not         | application/json",
                "null                                                      | the body is not         | application/json",
                "^^                                                        | the body is not         | application/json"
            })
    @DisplayName("I7: an order that does not say who and why is refused, and changes nothing")
    void i7_anOrderWithoutWhoAndWhyIsRefused(String body, String error, String remedy) throws Exception {
        Xid xid = bench.rollingBack("refused" + System.nanoTime());
        String before = bench.show(xid).body();

        for (String order : new String[] {"/rollback", "/branches/7/skip", "/branches/7/retry"}) {
            bench.operator.post("/transactions/" + xid + order, body).isProblem(400, error, remedy);
        }

        assertThat(bench.show(xid).body()).isEqualTo(before);
    }

    @Test
    @DisplayName(
            "I7: an order about no branch, too long, of another type or by another method is refused, and changes nothing")
    void i7_anOrderThatIsMalformedIsRefused() throws Exception {
        Xid xid = bench.rollingBack("malformed");
        String before = bench.show(xid).body();
        String branches = "/transactions/" + xid + "/branches/";
        Operator operator = bench.operator;

        operator.post(branches + "seven/skip", ORDER).isProblem(400, "'seven' can not be the number", "whole number");
        operator.post(branches + "99999999999999999999/skip", ORDER).isProblem(400, "number", "whole number");
        operator.post(branches + "0/skip", ORDER).isProblem(400, "positive", "GET /transactions/");
        operator.post(branches + "-7/retry", ORDER).isProblem(400, "positive", "GET /transactions/");
        operator.post(branches + "8/skip", ORDER).isProblem(404, "never registered", "GET /transactions");
        operator.post("/transactions/nonsense/rollback", ORDER).isProblem(400, "not an XID", "looks like");
        operator.post(branches + "7/skip", ORDER.replace("ticket", "x".repeat(501)))
                .isProblem(400, "longer than 500", "shorter");
        operator.post(branches + "7/skip", ORDER, "text/plain").isProblem(415, "not JSON", "application/json");
        operator.send(operator.request(branches + "7/skip").GET()).isProblem(405, "method", "POST");
        operator.send(operator.request("/transactions/" + xid).DELETE()).isProblem(405, "method", "POST");
        operator.send(operator.request(branches + "7/skip")
                        .header("Content-Type", "application/json")
                        .header("Accept", "text/html")
                        .POST(BodyPublishers.ofString("{}")))
                .isProblem(400, "the operator is missing", "operator");

        assertThat(bench.show(xid).body()).isEqualTo(before);
    }

    @Test
    void whoAcceptsOnlyAnotherTypeStillGetsJson() throws Exception {
        Xid xid = bench.active("typed");

        Answer answer = bench.operator.send(bench.operator
                .request("/transactions/" + xid)
                .header("Accept", "text/html")
                .GET());

        assertThat(answer.at("/status")).isEqualTo("ACTIVE");
        bench.operator
                .send(bench.operator
                        .request("/actuator/health")
                        .header("Accept", "text/html")
                        .GET())
                .isProblem(406, "is JSON", "Accept: application/json");
    }

    @Test
    void whateverIsAskedIsAnsweredAndIsNoErrorOfTheServersAndChangesNothing() throws Exception {
        long seed = Long.getLong("dtx.fuzz.seed", System.nanoTime());
        System.out.println("-Ddtx.fuzz.seed=" + seed);
        Xid xid = bench.rollingBack("fuzzed");
        String before = bench.show(xid).body();
        FuzzRequests requests = new FuzzRequests(new Random(seed), xid);
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(Long.getLong("dtx.fuzz.seconds", 2));
        for (int i = 0; i < 20 || System.nanoTime() < end; i++) {
            HttpRequest.Builder request = requests.next(bench.operator);
            Answer answer = bench.operator.send(request);
            assertThat(answer.status())
                    .as("%s: %s", request.build(), answer.body())
                    .isBetween(200, 499);
            assertThat(answer.body()).doesNotContain("Exception", "\tat ");
        }

        assertThat(bench.show(xid).body()).isEqualTo(before);
    }
}
