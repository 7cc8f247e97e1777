package io.dtx.samples.torture;

import io.dtx.test.Database;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Looks, past dtx, at what is in the databases, and asks the coordinator what it still holds. */
final class Audit {

    private static final long SETTLE_SECONDS = 120;
    private static final int SHOWN = 5;

    private final BankSystem system;
    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(2))
            .build();

    Audit(BankSystem system) {
        this.system = system;
    }

    /**
     * Waits until nothing is under way any more.
     *
     * @return what is still there after a long time, in words
     */
    List<String> settle() throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(SETTLE_SECONDS);
        List<String> left = left();
        while (!left.isEmpty() && System.nanoTime() < deadline) {
            TimeUnit.MILLISECONDS.sleep(100);
            left = left();
        }
        return left;
    }

    /** What is wrong with the books, given what the callers were told. */
    List<String> check(Map<String, Answered> answers) throws SQLException {
        List<String> wrong = new ArrayList<>();
        Map<String, Long> paid = entries(system.payingDatabase());
        Map<String, Long> received = entries(system.receivingDatabase());
        TreeSet<String> all = new TreeSet<>(paid.keySet());
        all.addAll(received.keySet());
        all.addAll(answers.keySet());
        for (String transfer : all) {
            Long out = paid.get(transfer);
            Long in = received.get(transfer);
            Answered answered = answers.getOrDefault(transfer, Answered.NOTHING);
            boolean there = out != null;
            if (there != (in != null) || (out != null && in != null && out + in != 0)) {
                wrong.add(transfer + " happened by half: paid " + out + ", received " + in + ", answered " + answered);
            } else if (answered == Answered.DONE && !there) {
                wrong.add(transfer + " was answered as done and is lost");
            } else if (answered == Answered.FAILED && there) {
                wrong.add(transfer + " was answered as failed and is there");
            }
        }
        balances(system.payingDatabase(), wrong);
        balances(system.receivingDatabase(), wrong);
        return wrong;
    }

    private List<String> left() {
        List<String> left = new ArrayList<>();
        try {
            for (Database database : List.of(system.payingDatabase(), system.receivingDatabase())) {
                long rows = number(database, "SELECT count(*) FROM undo_log WHERE log_status = 0");
                if (rows > 0) {
                    left.add(rows + " undo rows in " + database.name());
                }
            }
            left.addAll(atCoordinator());
        } catch (SQLException | IOException e) {
            left.add(e.toString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            left.add("interrupted");
        }
        return left;
    }

    private List<String> atCoordinator() throws IOException, InterruptedException {
        List<String> left = new ArrayList<>();
        boolean answered = false;
        for (Map.Entry<String, String> console : system.consoles().entrySet()) {
            HttpResponse<String> transactions = ask(console, "/transactions");
            HttpResponse<String> locks = ask(console, "/locks");
            if (transactions.statusCode() == 200 && locks.statusCode() == 200) {
                answered = true;
                add(left, "global transactions", parse(transactions).path("transactions"));
                add(left, "locks", parse(locks).path("locks"));
            }
        }
        if (!answered) {
            left.add("no coordinator answers its operator");
        }
        return left;
    }

    private static void add(List<String> left, String what, JsonNode found) {
        if (!found.isEmpty()) {
            left.add(found.size() + " " + what + ", such as " + found.get(0));
        }
    }

    private HttpResponse<String> ask(Map.Entry<String, String> console, String path)
            throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create(console.getKey() + path))
                .timeout(Duration.ofSeconds(10))
                .header("Authorization", "Bearer " + console.getValue())
                .build();
        return http.send(request, HttpResponse.BodyHandlers.ofString());
    }

    private static JsonNode parse(HttpResponse<String> answer) {
        return JsonMapper.shared().readTree(answer.body());
    }

    /** Each balance is what the entries make of it: an update without its entry, or twice, would show here. */
    private static void balances(Database database, List<String> wrong) throws SQLException {
        String sql = "SELECT a.id, a.balance, COALESCE(SUM(e.amount), 0) FROM account a"
                + " LEFT JOIN entry e ON e.account = a.id GROUP BY a.id, a.balance";
        try (Connection connection = database.connect();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            while (rows.next()) {
                long expected = BankSystem.BALANCE + rows.getLong(3);
                if (rows.getLong(2) != expected && wrong.size() < 10 * SHOWN) {
                    wrong.add("account " + rows.getInt(1) + " of " + database.name() + " holds " + rows.getLong(2)
                            + ", its entries make " + expected);
                }
            }
        }
    }

    private static Map<String, Long> entries(Database database) throws SQLException {
        Map<String, Long> entries = new HashMap<>();
        try (Connection connection = database.connect();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("SELECT transfer, amount FROM entry")) {
            while (rows.next()) {
                entries.put(rows.getString(1), rows.getLong(2));
            }
        }
        return entries;
    }

    private static long number(Database database, String sql) throws SQLException {
        try (Connection connection = database.connect();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return row.getLong(1);
        }
    }
}
