package io.dtx.rm;

import io.dtx.model.Xid;
import io.dtx.rm.LeftUndo.Ended;
import io.dtx.rm.LeftUndo.Left;
import io.dtx.rm.LeftUndo.Order;
import io.dtx.undo.Restoration;
import java.io.PrintStream;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Command line of {@link LeftUndo}, for one database at a time. See docs/operations.md, "Lost data" and "A restore that was
 * lost". Needs a JDBC driver on the class path, as an application has it.
 *
 * <pre>
 * list    --url jdbc:.. --user ..
 * restore --url jdbc:.. --user .. --alive &lt;cluster id&gt; --xid .. --operator .. --note ..
 * drop    (likewise)
 * </pre>
 *
 * The password comes from the environment, DTX_DB_PASSWORD. Ends with 0 if all was done, 1 if a branch is stalled, 2 if the order
 * or the database is wrong.
 */
public final class LeftUndoTool {

    private static final String PASSWORD = "DTX_DB_PASSWORD";

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
                    + " [--alive <cluster id> --xid <xid> --operator <who> --note <why>], password in " + PASSWORD);
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
            options.put(arguments[i].substring(2), arguments[i + 1]);
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

    private int carryOut(String action, Connection connection) throws SQLException {
        if (action.equals("list")) {
            return list(LeftUndo.of(connection), connection);
        }
        Order order = new Order(Xid.parse(option("xid")), option("alive"), option("operator"), option("note"));
        LeftUndo left = LeftUndo.of(connection);
        if (action.equals("drop")) {
            out.println(left.drop(connection, order) + " undo rows of " + order.xid() + " dropped on " + left.label());
            return 0;
        }
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

    private int list(LeftUndo left, Connection connection) throws SQLException {
        Map<String, List<Left>> byCluster = left.byCluster(connection);
        out.println("undo_log on " + left.label() + (byCluster.isEmpty() ? " holds nothing" : ":"));
        byCluster.forEach((cluster, transactions) -> {
            out.println(cluster.isEmpty() ? "not of dtx:" : "cluster " + cluster + ":");
            transactions.forEach(
                    transaction -> out.println("  " + transaction.xid().replaceAll("[^\\x20-\\x7e]", "?") + ": "
                            + transaction.undo() + " undo rows, " + transaction.guards() + " guard rows"
                            + (transaction.unrestored() == 0
                                    ? ""
                                    : ", " + transaction.unrestored() + " undo rows not restored")));
        });
        return 0;
    }
}
