package io.dtx.samples.torture;

import io.dtx.samples.demo.DemoFailure;
import io.dtx.samples.demo.Waiting;
import io.dtx.test.Database;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;

/** Looks, past dtx, at what is in the databases, and asks the coordinator what it still holds. */
final class Audit {

    /** A node that starts may have much of its log to apply, on a machine that is busy: as long as something changes, it goes on. */
    private static final long STANDSTILL_SECONDS = 120;

    private static final long SETTLE_SECONDS = 900;
    /** A guard row may go after twenty minutes, if its transaction is forgotten; the sweep that sees it comes within five. */
    private static final int GUARD_MINUTES = 25;

    private static final int SHOWN = 5;

    private final BankSystem system;

    Audit(BankSystem system) {
        this.system = system;
    }

    /**
     * Waits until nothing is under way any more.
     *
     * @return what is still there when nothing has changed for a long time, in words
     */
    List<String> settle() {
        List<String> left = left();
        long changed = System.nanoTime();
        long end = changed + TimeUnit.SECONDS.toNanos(SETTLE_SECONDS);
        while (!left.isEmpty()
                && System.nanoTime() < Math.min(end, changed + TimeUnit.SECONDS.toNanos(STANDSTILL_SECONDS))) {
            List<String> before = left;
            Waiting.upTo(1, () -> !left().equals(before));
            left = left();
            changed = left.equals(before) ? changed : System.nanoTime();
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
                long guards = number(
                        database,
                        "SELECT count(*) FROM undo_log WHERE log_status = 1 AND log_created < "
                                + system.server().now() + " - INTERVAL '" + GUARD_MINUTES + "' MINUTE");
                if (guards > 0) {
                    left.add(guards + " guard rows past their time in " + database.name());
                }
            }
            system.consoles().forEach(console -> left.addAll(console.unfinished()));
        } catch (SQLException | DemoFailure e) {
            left.add(e.toString());
        }
        return left;
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
