package io.dtx.undo;

import io.dtx.model.BranchId;
import io.dtx.model.Xid;
import io.dtx.sql.TableName;
import io.dtx.sql.TableName.Identifier;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** A fresh database with undo_log, and everything of this package on it. */
final class UndoSetup {

    static final String CLUSTER = "cluster1";
    private static final SecureRandom RANDOM = new SecureRandom();

    final io.dtx.test.Database server;
    final Database database;
    final UndoLog undoLog;
    final TableCatalogue tables;
    final UndoCodec codec = new UndoCodec(10_000_000);
    final Restore restore;

    UndoSetup(io.dtx.test.Database server) throws SQLException {
        this.server = server;
        server.runScript(script(server));
        try (Connection connection = server.connect()) {
            this.database = Database.of(connection);
            this.undoLog = UndoLog.open(connection, database);
            this.tables = new TableCatalogue(database, Duration.ofMinutes(1));
            this.restore = new Restore(database, tables, undoLog, codec, DriverSession.of(connection), Set.of("ITEM"));
        }
    }

    static String script(io.dtx.test.Database server) {
        String name = "undo_log-" + server.dialect().name().toLowerCase(Locale.ROOT) + ".sql";
        try (InputStream in = UndoLog.class.getResourceAsStream(name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static BranchId newBranch() {
        return newBranch(CLUSTER);
    }

    static BranchId newBranch(String cluster) {
        byte[] random = new byte[10];
        RANDOM.nextBytes(random);
        return new BranchId(Xid.mint(cluster, System.currentTimeMillis(), random), RANDOM.nextLong() >>> 1 | 1);
    }

    void run(String... sql) {
        server.run(sql);
    }

    Table table(String name) throws SQLException {
        try (Connection connection = server.connect()) {
            return tables.table(connection, new TableName(List.of(), new Identifier(name, false), null));
        }
    }

    /** A local transaction whose statements are captured as the resource manager does it. */
    CapturedTransaction begin() throws SQLException {
        Connection connection = server.connect();
        connection.setAutoCommit(false);
        return new CapturedTransaction(this, connection);
    }

    Restoration restore(BranchId branch) throws SQLException {
        try (Connection connection = server.connect()) {
            return restore.restore(connection, branch);
        }
    }

    Restoration skip(BranchId branch) throws SQLException {
        try (Connection connection = server.connect()) {
            return restore.skip(connection, branch);
        }
    }

    /** The rows of a query, each as its columns' texts joined by a bar. */
    List<String> rows(String query) throws SQLException {
        try (Connection connection = server.connect();
                Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery(query)) {
            List<String> rows = new ArrayList<>();
            while (result.next()) {
                List<String> row = new ArrayList<>();
                for (int i = 1; i <= result.getMetaData().getColumnCount(); i++) {
                    row.add(result.getString(i));
                }
                rows.add(String.join("|", row.stream().map(String::valueOf).toList()));
            }
            return rows;
        }
    }

    /** The log_status of the branch's rows of undo_log. */
    List<String> undoLogOf(BranchId branch) throws SQLException {
        return rows("SELECT log_status FROM undo_log WHERE xid = '" + branch.xid() + "' AND branch_id = "
                + branch.number());
    }
}
