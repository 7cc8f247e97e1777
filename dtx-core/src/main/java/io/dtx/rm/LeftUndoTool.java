package io.dtx.rm;

import io.dtx.model.Xid;
import io.dtx.rm.LeftUndo.Ended;
import io.dtx.rm.LeftUndo.Left;
import io.dtx.rm.LeftUndo.Order;
import io.dtx.undo.Restoration;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Command line of {@link LeftUndo}, for one database at a time. See docs/operations.md, "Lost data" and "A restore that was
 * lost". Needs a JDBC driver on the class path, as an application has it.
 *
 * <pre>
 * list    --url jdbc:.. --user .. [--given-up &lt;file&gt;]
 * restore --url jdbc:.. --user .. [--given-up &lt;file&gt; [--force yes]] --alive &lt;cluster id&gt; --xid .. --operator .. --note ..
 * drop    --url jdbc:.. --user .. --alive &lt;cluster id&gt; --xid .. --operator .. --note ..
 * </pre>
 *
 * The file is what the coordinator wrote down when it gave the cluster up: outcomes are shown beside the XIDs, and what it says has
 * committed is not restored, unless that is forced.
 *
 * The password comes from the environment, DTX_DB_PASSWORD. Ends with 0 if all was done, 1 if a branch is stalled, 2 if the order
 * or the database is wrong.
 */
public final class LeftUndoTool {

    private static final String PASSWORD = "DTX_DB_PASSWORD";
    private static final Set<String> OPTIONS =
            Set.of("url", "user", "alive", "xid", "operator", "note", "given-up", "force");

    private final Map<String, String> options;
    private final PrintStream out;

    private LeftUndoTool(Map<String, String> options, PrintStream out) {
        this.options = options;
        this.out = out;
    }

    public static void main(String[] arguments) {
        System.exit(run(arguments, System.getenv(PASSWORD), System.out));
    }

    static int run(String[] arguments, @Nullable String password, PrintStream out) {
        try {
            LeftUndoTool tool = new LeftUndoTool(options(arguments), out);
            try (Connection connection =
                    DriverManager.getConnection(tool.option("url"), tool.option("user"), password)) {
                return tool.carryOut(arguments[0], connection);
            }
        } catch (IllegalArgumentException e) {
            out.println("Not done: " + e.getMessage());
            out.println("usage: list|restore|drop --url <jdbc url> --user <name>"
                    + " [--alive <cluster id> --xid <xid> --operator <who> --note <why>]"
                    + " [--given-up <file> [--force yes]], password in " + PASSWORD);
            return 2;
        } catch (IOException e) {
            out.println("Not done: the file of --given-up can not be read: " + e);
            return 2;
        } catch (SQLException e) {
            out.println("The database says: " + e.getMessage());
            return 2;
        }
    }

    private static Map<String, String> options(String[] arguments) {
        if (arguments.length == 0 || !List.of("list", "restore", "drop").contains(arguments[0])) {
            throw new IllegalArgumentException("say whether to list, to restore or to drop");
        }
        Map<String, String> options = new HashMap<>();
        for (int i = 1; i < arguments.length; i += 2) {
            if (!arguments[i].startsWith("--") || i + 1 == arguments.length) {
                throw new IllegalArgumentException("'" + arguments[i] + "' is no option with a value");
            }
            String name = arguments[i].substring(2);
            if (!OPTIONS.contains(name)) {
                throw new IllegalArgumentException("there is no option '" + arguments[i] + "'");
            }
            options.put(name, arguments[i + 1]);
        }
        return options;
    }

    private String option(String name) {
        String value = options.get(name);
        if (value == null) {
            throw new IllegalArgumentException("--" + name + " is missing");
        }
        return value;
    }

    private int carryOut(String action, Connection connection) throws SQLException, IOException {
        if (action.equals("list")) {
            return list(LeftUndo.of(connection), connection);
        }
        Order order = new Order(Xid.parse(option("xid")), option("alive"), option("operator"), option("note"));
        LeftUndo left = LeftUndo.of(connection);
        if (action.equals("drop")) {
            out.println(left.drop(connection, order) + " undo rows of " + order.xid() + " dropped on " + left.label());
            return 0;
        }
        refuseCommitted(order.xid());
        List<Ended> ended = left.restore(connection, order);
        boolean stalled = false;
        for (Ended branch : ended) {
            Restoration restoration = branch.restoration();
            stalled |= restoration.result() == Restoration.Result.STALLED;
            out.println("branch " + branch.branch() + ": " + restoration.result()
                    + (restoration.detail().isEmpty() ? "" : ", " + restoration.detail()));
        }
        out.println(
                ended.isEmpty()
                        ? "no undo row of " + order.xid() + " on " + left.label()
                        : stalled
                                ? "Nothing of that branch was changed, nor any before it. Make the rows right by hand and"
                                        + " restore again, or drop."
                                : "all of " + order.xid() + " is restored on " + left.label());
        return stalled ? 1 : 0;
    }

    /** What of it is in other databases would stay: its undo rows there may be gone already. */
    private void refuseCommitted(Xid xid) throws IOException {
        String file = options.get("given-up");
        if (file == null || "yes".equals(options.get("force"))) {
            return;
        }
        GivenUpOutcomes known = GivenUpOutcomes.read(Path.of(file), Set.of(xid.toString()));
        if (known.text(xid).isEmpty()) {
            throw new IllegalArgumentException(
                    file + " is of another cluster than " + xid + ": give that one's, or leave --given-up out");
        }
        if (known.committed(xid)) {
            throw new IllegalArgumentException(xid + " is " + known.text(xid) + " in " + file
                    + ": to restore it here would take back a part of what was done as a whole. Drop it, or restore it all the"
                    + " same with --force yes");
        }
    }

    private int list(LeftUndo left, Connection connection) throws SQLException, IOException {
        Map<String, List<Left>> byCluster = left.byCluster(connection);
        String file = options.get("given-up");
        GivenUpOutcomes known = file == null ? null : GivenUpOutcomes.read(Path.of(file), xids(byCluster));
        out.println("undo_log on " + left.label() + (byCluster.isEmpty() ? " holds nothing" : ":"));
        byCluster.forEach((cluster, transactions) -> {
            out.println(cluster.isEmpty() ? "not of dtx:" : "cluster " + cluster + ":");
            transactions.forEach(transaction -> out.println("  "
                    + transaction.xid().replaceAll("[^\\x20-\\x7e]", "?") + ": "
                    + transaction.undo() + " undo rows, " + transaction.guards() + " guard rows"
                    + (transaction.unrestored() == 0 ? "" : ", " + transaction.unrestored() + " undo rows not restored")
                    + ", log_created " + transaction.first()
                    + (transaction.last().equals(transaction.first()) ? "" : " to " + transaction.last())
                    + (known == null || cluster.isEmpty() ? "" : outcome(known.text(Xid.parse(transaction.xid()))))));
        });
        return 0;
    }

    private static String outcome(String text) {
        return text.isEmpty() ? "" : ": " + text;
    }

    private static Set<String> xids(Map<String, List<Left>> byCluster) {
        return byCluster.values().stream().flatMap(List::stream).map(Left::xid).collect(Collectors.toSet());
    }
}
