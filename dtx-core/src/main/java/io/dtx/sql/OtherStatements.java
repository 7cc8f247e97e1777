package io.dtx.sql;

import io.dtx.sql.SqlStatement.Refused;
import java.util.HashMap;
import java.util.Map;

/** Why statements that start with other words are refused, by the first word. */
final class OtherStatements {

    private static final Map<String, Refused> REFUSALS = refusals();

    private OtherStatements() {}

    private static Map<String, Refused> refusals() {
        Map<String, Refused> table = new HashMap<>();
        for (String word : words("BEGIN START COMMIT END ROLLBACK ABORT SAVEPOINT RELEASE XA")) {
            table.put(word, transactionControl(word).asStatement());
        }
        refuse(
                table,
                "LOCK UNLOCK",
                "%s, which takes or ends locks behind the transaction's back",
                "lock rows with SELECT .. FOR UPDATE");
        refuse(
                table,
                "CREATE ALTER DROP RENAME COMMENT IMPORT REFRESH REINDEX CLUSTER SECURITY",
                "%s: a change of the schema, which can not be rolled back with the data",
                "run schema changes outside the global transaction");
        refuse(table, "TRUNCATE", "TRUNCATE, whose rows no one can read back", "write DELETE FROM");
        refuse(
                table,
                "GRANT REVOKE",
                "%s: a change of rights, which can not be rolled back with the data",
                "change rights outside the global transaction");
        refuse(
                table,
                "USE RESET DISCARD CHANGE",
                "%s, which changes how the session reads or runs statements",
                "set it when the connection is opened, or outside the global transaction");
        refuse(
                table,
                "CALL DO EXECUTE EXEC",
                "%s, which runs what can not be seen from here",
                "send the SQL statements themselves");
        refuse(
                table,
                "PREPARE DEALLOCATE",
                "%s as SQL text, which hides or ends statements and transactions",
                "use a JDBC PreparedStatement, and let dtx commit");
        refuse(
                table,
                "DECLARE FETCH MOVE CLOSE HANDLER OPEN",
                "%s: a cursor in SQL text",
                "use a JDBC ResultSet, with a fetch size for large ones");
        refuse(table, "COPY LOAD", "%s, which writes rows in bulk past dtx", "insert the rows in JDBC batches");
        refuse(
                table,
                "REPLACE UPSERT",
                "%s, which is not this database's",
                "write INSERT .. ON CONFLICT in PostgreSQL, MERGE in H2");
        refuse(
                table,
                "ANALYZE ANALYSE OPTIMIZE REPAIR CHECK CHECKSUM VACUUM CHECKPOINT FLUSH KILL PURGE CACHE BACKUP SCRIPT"
                        + " RUNSCRIPT SHUTDOWN INSTALL UNINSTALL LISTEN UNLISTEN NOTIFY CHECKPOINT RESTART HELP SIGNAL"
                        + " RESIGNAL GET BINLOG CLONE STOP",
                "%s: a command to the server",
                "run it outside the global transaction");
        return Map.copyOf(table);
    }

    private static String[] words(String words) {
        return words.split(" ");
    }

    private static void refuse(Map<String, Refused> table, String words, String reason, String remedy) {
        for (String word : words(words)) {
            table.put(word, new Refused(reason.formatted(word), remedy));
        }
    }

    static Refusal transactionControl(String what) {
        return new Refusal(
                what + ": transaction control as SQL text",
                "use the methods of the JDBC Connection (setAutoCommit, commit, rollback, setSavepoint) or @Transactional");
    }

    static Refused refusal(Token first) {
        Refused known = first.kind() == Token.Kind.WORD ? REFUSALS.get(first.text()) : null;
        return known != null
                ? known
                : new Refused("a statement that dtx does not know", "take it out of the global transaction");
    }
}
