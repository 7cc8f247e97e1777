package io.dtx.samples.torture;

import io.dtx.test.DatabaseServer;
import io.dtx.test.Durability;
import io.dtx.test.MariaDbServer;
import io.dtx.test.PostgreSqlServer;
import java.io.IOException;
import java.util.function.LongSupplier;
import java.util.stream.Stream;

/**
 * A database server that waits for its disk, as something that can be killed, stopped, and started again.
 *
 * @param scripts the directory of sql/ with its undo_log
 * @param now in SQL, as the times in undo_log are
 * @param urlPrefix before host and port
 * @param urlSuffix so that a statement which is never answered does not hold a row for ever; so must every service be set up
 */
record DatabaseProcess(
        DatabaseServer server,
        String scripts,
        String now,
        String urlPrefix,
        String urlSuffix,
        int port,
        LongSupplier pid,
        Fault.Step kill,
        Fault.Step startAgain) {

    /** @param kind mariadb or postgresql */
    static DatabaseProcess start(String kind) {
        if (kind.equals("postgresql")) {
            PostgreSqlServer server = PostgreSqlServer.start(Durability.FULL);
            return new DatabaseProcess(
                    server,
                    kind,
                    "CURRENT_TIMESTAMP",
                    "jdbc:postgresql://127.0.0.1:",
                    "?connectTimeout=2&socketTimeout=10",
                    server.port(),
                    server::pid,
                    server::kill,
                    server::startAgain);
        }
        MariaDbServer server = MariaDbServer.start(Durability.FULL);
        return new DatabaseProcess(
                server,
                "mysql",
                "UTC_TIMESTAMP(6)",
                "jdbc:mariadb://127.0.0.1:",
                "?connectTimeout=2000&socketTimeout=10000",
                server.port(),
                server::pid,
                server::kill,
                server::startAgain);
    }

    /** To all of its processes: PostgreSQL has one for each connection. */
    void signal(String signal) throws IOException, InterruptedException {
        ProcessHandle main = ProcessHandle.of(pid.getAsLong()).orElseThrow();
        for (ProcessHandle process :
                Stream.concat(Stream.of(main), main.descendants()).toList()) {
            try {
                Signals.send(signal, process.pid());
            } catch (IOException e) {
                if (process.isAlive()) {
                    throw e;
                } // otherwise it has ended meanwhile
            }
        }
    }
}
