package io.dtx.test.equivalence;

import io.dtx.test.equivalence.Sequence.Local;
import io.dtx.test.equivalence.Step.Command;
import io.dtx.test.equivalence.Step.Execute;
import io.dtx.test.equivalence.Step.ReleaseSavepoint;
import io.dtx.test.equivalence.Step.RollbackToSavepoint;
import io.dtx.test.equivalence.Step.SetSavepoint;
import java.sql.Connection;
import java.util.HexFormat;
import java.util.List;

/** Prints a sequence for people. */
final class Script {

    private Script() {}

    static String of(List<Table> tables, Sequence sequence) {
        StringBuilder text = new StringBuilder();
        for (Table table : tables) {
            text.append(table.create()).append(";\n");
        }
        sequence.rows().forEach(row -> text.append(row).append(";\n"));
        sequence.session().forEach(setting -> text.append(setting).append(";\n"));
        text.append("-- isolation ")
                .append(
                        sequence.isolation() == Connection.TRANSACTION_READ_COMMITTED
                                ? "READ COMMITTED"
                                : "REPEATABLE READ")
                .append("\n-- GLOBAL BEGIN\n");
        sequence.locals().forEach(local -> append(text, local));
        return text.append(sequence.commit() ? "-- GLOBAL COMMIT\n" : "-- GLOBAL ROLLBACK\n")
                .toString();
    }

    private static void append(StringBuilder text, Local local) {
        text.append(
                local.autocommit()
                        ? "-- autocommit\n"
                        : "BEGIN; -- " + (local.goesOn() ? "goes on after errors" : "ends at an error") + "\n");
        for (Step step : local.steps()) {
            if (step instanceof Execute execute) {
                append(text, execute);
            } else if (step instanceof SetSavepoint set) {
                text.append("SAVEPOINT ").append(set.name()).append(";\n");
            } else if (step instanceof RollbackToSavepoint back) {
                text.append("ROLLBACK TO SAVEPOINT ").append(back.name()).append(";\n");
            } else if (step instanceof ReleaseSavepoint release) {
                text.append("RELEASE SAVEPOINT ").append(release.name()).append(";\n");
            }
        }
        if (!local.autocommit()) {
            text.append(local.commit() ? "COMMIT;\n" : "ROLLBACK;\n");
        }
    }

    private static void append(StringBuilder text, Execute step) {
        for (Command command : step.commands()) {
            text.append(command.sql()).append("; -- ").append(step.call());
            if (step.keys() != Step.Keys.NONE) {
                text.append(", keys by ").append(step.keys()).append(step.keyNames());
            }
            if (step.again()) {
                text.append(", on the same Statement");
            }
            command.parameters().forEach(bound -> text.append(", ").append(shown(bound)));
            text.append('\n');
        }
    }

    private static String shown(Step.Bound bound) {
        if (bound.sample() == null) {
            return "NULL";
        }
        Object value = bound.sample().parameter();
        if (value instanceof byte[] bytes) {
            return bytes.length > 20
                    ? bytes.length + " bytes"
                    : "0x" + HexFormat.of().formatHex(bytes);
        }
        return value.getClass().getSimpleName() + " '" + value + "'";
    }
}
