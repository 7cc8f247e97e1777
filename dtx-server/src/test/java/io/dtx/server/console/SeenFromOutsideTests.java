package io.dtx.server.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.dtx.error.UsageException;
import io.dtx.model.BranchId;
import io.dtx.model.Lock;
import io.dtx.model.LockKey;
import io.dtx.model.LockMode;
import io.dtx.model.Rollback;
import io.dtx.model.RollbackReason;
import io.dtx.model.Xid;
import io.dtx.protocol.Request.RestoreReport.Result;
import io.dtx.server.console.Operator.Answer;
import io.dtx.server.runtime.Limits;
import io.dtx.server.runtime.Limits.Limit;
import java.io.IOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** The two roles of the HTTP side, the metrics that Prometheus scrapes, and the health. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SeenFromOutsideTests {

    private static final String ORDER = "{\"operator\": \"anna\", \"note\": \"ticket 4711\", \"force\": true}";
    private static final Path OPERATIONS = Path.of("..", "docs", "operations.md");

    private final Bench bench;
    private final Operator reader;

    SeenFromOutsideTests(@TempDir Path directory) {
        bench = new Bench(directory);
        reader = bench.operatorWith(Bench.READ_TOKEN);
    }

    @AfterAll
    void stop() {
        bench.close();
    }

    @Test
    void theReadTokenShowsEverything() throws Exception {
        Xid xid = bench.active("readable");

        assertThat(reader.get("/transactions/" + xid).at("/xid")).isEqualTo(xid.toString());
        assertThat(reader.get("/locks?table=readable").at("/locks/0/xid")).isEqualTo(xid.toString());
        assertThat(reader.get("/resources").json().path("resources").isArray()).isTrue();
    }

    @Test
    @DisplayName("I7: the read token orders nothing: 403, with the remedy, and nothing is changed")
    void i7_theReadTokenOrdersNothing() throws Exception {
        Xid xid = bench.rollingBack("unordered");
        String before = bench.show(xid).body();

        for (String order : new String[] {
            Bench.branch(xid, "skip"),
            Bench.branch(xid, "retry"),
            "/transactions/" + xid + "/rollback",
            "/transactions/" + xid + "/forget",
            "/nowhere"
        }) {
            Answer answer = reader.post(order, ORDER);
            answer.isProblem(403, "may look, and not order", "operators' token");
            assertThat(answer.body() + answer.response().headers().map()).doesNotContain(Bench.TOKEN, Bench.READ_TOKEN);
        }
        for (String method : new String[] {"PUT", "DELETE", "PATCH", "OPTIONS"}) {
            assertThat(reader.send(reader.request("/transactions").method(method, BodyPublishers.noBody()))
                            .status())
                    .as(method)
                    .isEqualTo(403);
        }

        assertThat(bench.show(xid).body()).isEqualTo(before);
    }

    @Test
    void metricsNeedAToken() {
        for (Operator stranger : new Operator[] {bench.operatorWithoutToken(), bench.operatorWith("guessed-token")}) {
            Answer answer = stranger.get("/actuator/prometheus");
            answer.isProblem(401, "token is missing or wrong", "Authorization: Bearer <token>");
            assertThat(answer.response().headers().firstValue("WWW-Authenticate"))
                    .hasValue("Bearer");
        }
        assertThat(bench.operator.get("/actuator/prometheus").status()).isEqualTo(200);
    }

    @Test
    @DisplayName(
            "The health tells strangers nothing but its status, and who carries a token the oldest unfinished transaction")
    void theHealthTellsDetailsToWhoCarriesAToken() throws Exception {
        Xid oldest = Xid.parse(
                bench.listed("").isEmpty()
                        ? bench.active("old").toString()
                        : bench.listed("").get(0));

        assertThat(bench.operatorWithoutToken().get("/actuator/health").json()).hasToString("{\"status\":\"UP\"}");
        bench.operatorWith("guessed-token")
                .get("/actuator/health")
                .isProblem(401, "token is missing or wrong", "Authorization: Bearer <token>");
        Answer shown = reader.get("/actuator/health");
        String details = "/components/coordinator/details";
        assertThat(shown.at(details + "/status")).isEqualTo("SERVING");
        assertThat(shown.at(details + "/cluster")).isEqualTo(oldest.cluster());
        assertThat(shown.at(details + "/oldestUnfinished")).isEqualTo(oldest.toString());
        assertThat(Long.parseLong(shown.at(details + "/oldestUnfinishedSeconds")))
                .isNotNegative();
    }

    @Test
    void whatGoesOverALimitIsCountedByLimit() throws Exception {
        String count = "dtx_server_limit_refused_total{limit=\"locks_per_branch\"}";
        Map<String, Double> before = samples();
        List<Lock> locks = new ArrayList<>();
        for (int i = 0; i <= Limits.STANDARD.locksPerBranch(); i++) {
            locks.add(new Lock(
                    LockKey.on("r", "", "", "t", "").number(String.valueOf(i)).build(), LockMode.SHARED));
        }

        assertThatThrownBy(() -> bench.client
                        .register(new BranchId(bench.client.newXid(), 1), "r", locks)
                        .get(20, TimeUnit.SECONDS))
                .hasRootCauseInstanceOf(UsageException.class)
                .hasMessageContaining("dtx.server.limits.locks-per-branch");

        assertThat(more(before, samples(), count)).isEqualTo(1);
        assertThat(before.keySet().stream().filter(name -> name.startsWith("dtx_server_limit_refused")))
                .hasSize(Limits.Limit.values().length);
    }

    @Test
    void whatHappensIsCounted() throws Exception {
        Map<String, Double> before = samples();

        Xid committed = bench.active("counted1");
        bench.client.reportCommitted(new BranchId(committed, 7));
        bench.client.commit(committed).get(20, TimeUnit.SECONDS);
        bench.client.attach(new ScriptedAgent("counted2").ends(1, Result.RESTORED));
        Xid restored = bench.rollingBack("counted2");
        bench.awaitAt(restored, "/status", "ROLLED_BACK");
        Xid empty = bench.client.newXid();
        bench.client
                .rollBack(empty, new Rollback(RollbackReason.VETO, "", "no money"))
                .get(20, TimeUnit.SECONDS);
        bench.stalled(new ScriptedAgent("counted3").ends(1, Result.DIRTY));
        bench.rollingBack("counted4");

        Map<String, Double> after = samples();
        assertThat(more(before, after, "dtx_server_transactions_begun_total")).isEqualTo(4);
        assertThat(more(before, after, "dtx_server_transactions_decided_total{outcome=\"committed\",reason=\"none\"}"))
                .isEqualTo(1);
        assertThat(more(
                        before,
                        after,
                        "dtx_server_transactions_decided_total{outcome=\"rolled_back\",reason=\"application\"}"))
                .isEqualTo(3);
        assertThat(more(before, after, "dtx_server_register_seconds_count")).isEqualTo(4);
        assertThat(more(before, after, "dtx_server_decision_seconds_count")).isEqualTo(5);
        assertThat(more(before, after, "dtx_server_restore_seconds_count")).isEqualTo(1);
        assertThat(more(before, after, "dtx_server_stalls_total")).isEqualTo(1);
        assertThat(more(before, after, "dtx_server_log_append_seconds_count")).isPositive();
        assertThat(after)
                .containsEntry("dtx_server_leading", 1.0)
                .containsEntry("dtx_server_applications", 1.0)
                .containsEntry("dtx_server_connections", 1.0)
                .containsEntry("dtx_server_lock_wait_seconds_count{result=\"deadlock\"}", 0.0);
        // Gauges may be a second old.
        await().atMost(Duration.ofSeconds(20))
                .untilAsserted(() -> assertThat(samples())
                        .hasEntrySatisfying(
                                "dtx_server_branches_stalled",
                                count -> assertThat(count).isPositive())
                        .hasEntrySatisfying(
                                "dtx_server_resources_unserved",
                                count -> assertThat(count).isPositive()));
        Answer resources = reader.get("/resources");
        assertThat(resources.body())
                .contains("\"id\":\"counted2\",\"label\":\"jdbc:scripted\",\"processes\":1,\"waiting\":0")
                .contains("\"id\":\"counted4\",\"label\":\"\",\"processes\":0,\"waiting\":1,\"first\":")
                .contains("\"unservedSeconds\":");
    }

    @Test
    @DisplayName("Every meter has a line in docs/operations.md, and every line its meter")
    void everyMeterIsDocumented() throws IOException {
        TreeSet<String> documented = new TreeSet<>();
        Pattern row = Pattern.compile("(?m)^ *\\| `(dtx\\.server\\.[a-z.]+)`( \\*)? \\|");
        row.matcher(section("Metrics"))
                .results()
                .map(match -> match.group(1).replace('.', '_'))
                .forEach(name ->
                        assertThat(documented.add(name)).as(name + " only once").isTrue());
        TreeSet<String> measured = Pattern.compile("(?m)^# HELP (dtx_\\S+)")
                .matcher(reader.get("/actuator/prometheus").body())
                .results()
                .map(match -> match.group(1).replaceFirst("_(total|seconds|seconds_max|max|bytes)$", ""))
                .collect(Collectors.toCollection(TreeSet::new));

        assertThat(measured).isNotEmpty().isEqualTo(documented);
        assertThat(section("Metrics"))
                .contains(Arrays.stream(Limit.values())
                        .map(limit -> "`" + limit.name().toLowerCase(Locale.ROOT) + "`")
                        .toList());
    }

    @Test
    @DisplayName("Every warning and error of the coordinator is in docs/operations.md, by its first fixed words")
    void everyWarningIsDocumented() throws IOException {
        String page = Files.readString(OPERATIONS).replaceAll("\\s+", " ");
        Pattern line = Pattern.compile("\\blog\\.(?:warn|error)\\(\\s*\"([^\"]+)\"");
        List<String> undocumented = new ArrayList<>();
        try (Stream<Path> files = Files.walk(Path.of("src", "main", "java"))) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                line.matcher(Files.readString(file))
                        .results()
                        .map(match -> fixedWords(match.group(1)))
                        .filter(words -> !page.contains(words))
                        .forEach(undocumented::add);
            }
        }

        assertThat(undocumented).isEmpty();
    }

    private static String fixedWords(String message) {
        List<String> pieces = Arrays.stream(message.split("\\{}|[;:.,](?= |$)"))
                .map(String::strip)
                .toList();
        return pieces.stream().filter(piece -> piece.length() >= 12).findFirst().orElse(pieces.get(0));
    }

    private static String section(String title) throws IOException {
        String page = Files.readString(OPERATIONS);
        int start = page.indexOf("## " + title + "\n");
        assertThat(start).as("a section " + title).isNotNegative();
        int end = page.indexOf("\n## ", start);
        return page.substring(start, end < 0 ? page.length() : end);
    }

    private static double more(Map<String, Double> before, Map<String, Double> after, String sample) {
        assertThat(before).containsKey(sample);
        return after.getOrDefault(sample, 0.0) - before.getOrDefault(sample, 0.0);
    }

    /** By name with tags. */
    private Map<String, Double> samples() {
        return Pattern.compile("(?m)^(dtx_\\S+) (\\S+)$")
                .matcher(reader.get("/actuator/prometheus").body())
                .results()
                .collect(Collectors.toMap(
                        match -> match.group(1), match -> value(match), (one, other) -> one, TreeMap::new));
    }

    private static double value(MatchResult match) {
        return Double.parseDouble(match.group(2));
    }
}
