package io.dtx.rm;

import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.util.List;

/** Elements of a batch that the driver executes at once, as it would without dtx. */
interface BatchPart {

    /**
     * Executes and captures them.
     *
     * @return the driver's counts
     * @throws NotTold if what they did can not be told: then they are to be undone, and run one by one
     */
    int[] run() throws SQLException;

    /**
     * The driver has raised an error, after which the local transaction goes on: captures what has stayed.
     *
     * @param counts as the driver told them with the error; fewer than elements if it did not go on
     * @param before set before the part was run; when this returns it is released, or rolled back to
     */
    void failed(int[] counts, Savepoint before, One one) throws SQLException;

    /** Runs and captures one element by itself. */
    interface One {
        void run(BatchElement element) throws SQLException;
    }

    /** What a part did is not certain. Nothing of it was captured. */
    final class NotTold extends SQLException {
        private static final long serialVersionUID = 1L;

        NotTold(String message) {
            super(message);
        }
    }

    /** Has the driver execute elements of one text, or of several on a plain statement. */
    static int[] execute(StatementRun execution, Statement on, List<BatchElement> elements) throws SQLException {
        execution.running().accept(on);
        execution.transaction().changed(); // a part of it, if it fails
        on.clearBatch();
        for (BatchElement element : elements) {
            if (on instanceof PreparedStatement prepared) {
                element.parameters().bindAll(prepared);
                prepared.addBatch();
            } else {
                on.addBatch(element.sql());
            }
        }
        return on.executeBatch();
    }
}
